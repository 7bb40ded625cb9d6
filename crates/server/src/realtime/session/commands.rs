//! The execution of commands.

use deskbell_base::error::{AppError, AppResult};
use deskbell_base::scope::Scope;
use deskbell_domain::conversations;
use deskbell_domain::conversations::writing::OutgoingMessage;
use deskbell_domain::conversations::{assignment, attributes, inbox, notes, snoozing};
use deskbell_hub::Topic;
use deskbell_protocol::api::conversations::UpdateConversation;
use deskbell_protocol::{Command, Conversation, ConversationId, ErrorCode, Event, Seq, limits};

use super::Session;

impl Session {
    /// Executes a command, if the principal is permitted to send it.
    pub(super) async fn execute(&mut self, command: Command) -> AppResult<Event> {
        match (command, &self.scope) {
            (
                Command::Send {
                    conversation_id,
                    client_id,
                    text,
                    assignee,
                },
                scope,
            ) => {
                let outgoing = OutgoingMessage {
                    conversation_id,
                    client_id,
                    text,
                    assignee,
                };
                let pending = self.realtime.messages.send(scope, outgoing);
                pending.await?.saved().await
            }
            (Command::Hello { .. }, _) => Err(AppError::new(
                ErrorCode::BadRequest,
                "This connection is already authenticated.",
            )),
            (Command::Ping, _) => Ok(Event::Pong),
            (
                Command::Subscribe {
                    conversation_id,
                    after_seq,
                },
                _,
            ) => self.subscribe(conversation_id, after_seq).await,
            (Command::Unsubscribe { conversation_id }, _) => {
                self.mailbox.unfollow(Topic::Conversation(conversation_id));
                let for_agents = Topic::ConversationForAgents(conversation_id);
                self.mailbox.unfollow(for_agents);
                self.cursors.forget(conversation_id);
                self.notes.forget(conversation_id);
                self.stop_viewing(conversation_id);
                Ok(Event::Done)
            }
            (
                Command::Typing {
                    conversation_id,
                    active,
                },
                _,
            ) => self.set_typing(conversation_id, active),
            (
                Command::Receipt {
                    conversation_id,
                    delivered,
                    seen,
                },
                _,
            ) => self.read(conversation_id, delivered, seen),
            (Command::Presence { away, idle }, Scope::Agent(_)) => {
                self.set_availability(away, idle).await
            }
            (
                Command::Load {
                    conversation_id,
                    before_seq,
                },
                scope,
            ) => conversations::load(&self.realtime.core, scope, conversation_id, before_seq).await,
            (Command::Start { client_id, text }, Scope::Visitor(visitor)) => {
                let started =
                    conversations::start(&self.realtime.core, visitor, client_id, &text).await?;
                if let Some(present) = &self.present {
                    present.set_listed(true);
                }
                if let Event::Started { conversation, .. } = &started {
                    self.started_here = Some(conversation.id);
                }
                Ok(started)
            }
            (Command::SubscribeInbox { after }, Scope::Agent(agent)) => {
                self.mailbox.follow(Topic::Inbox(agent.workspace_id)).await;
                let (event, position) = inbox::follow(&self.realtime.core, agent, after).await?;
                self.inbox.advance(position);
                Ok(event)
            }
            (Command::Claim { conversation_id }, Scope::Agent(agent)) => {
                changed(assignment::claim(&self.realtime.core, agent, conversation_id).await)
            }
            (
                Command::Assign {
                    conversation_id: id,
                    to,
                    from,
                },
                Scope::Agent(agent),
            ) => changed(assignment::assign(&self.realtime.core, agent, id, to, from).await),
            (
                Command::Update {
                    conversation_id: id,
                    priority,
                    subject,
                },
                Scope::Agent(agent),
            ) => {
                let changes = UpdateConversation { priority, subject };
                changed(attributes::update(&self.realtime.core, agent, id, changes).await)
            }
            (
                Command::Note {
                    conversation_id: id,
                    client_id,
                    text,
                    mentions,
                },
                Scope::Agent(agent),
            ) => {
                let draft = notes::Draft {
                    client_id,
                    text,
                    mentions,
                };
                let note = notes::write(&self.realtime.core, agent, id, draft).await?;
                Ok(Event::NoteSaved { note })
            }
            (
                Command::SubscribeNotes {
                    conversation_id,
                    after,
                },
                Scope::Agent(agent),
            ) => {
                let agent = agent.clone();
                self.subscribe_notes(&agent, conversation_id, after).await
            }
            (
                Command::Snooze {
                    conversation_id: id,
                    snooze,
                },
                Scope::Agent(agent),
            ) => changed(snoozing::snooze(&self.realtime.core, agent, id, snooze).await),
            (Command::Resolve { conversation_id }, Scope::Agent(agent)) => {
                changed(conversations::resolve(&self.realtime.core, agent, conversation_id).await)
            }
            (Command::Reopen { conversation_id }, Scope::Agent(agent)) => {
                changed(conversations::reopen(&self.realtime.core, agent, conversation_id).await)
            }
            (Command::Close { conversation_id }, Scope::Agent(agent)) => {
                changed(conversations::close(&self.realtime.core, agent, conversation_id).await)
            }
            (Command::Start { .. }, Scope::Agent(_)) => Err(AppError::new(
                ErrorCode::Forbidden,
                "Only a visitor can start a conversation.",
            )),
            (
                Command::SubscribeInbox { .. }
                | Command::Claim { .. }
                | Command::Assign { .. }
                | Command::Update { .. }
                | Command::Note { .. }
                | Command::SubscribeNotes { .. }
                | Command::Snooze { .. }
                | Command::Resolve { .. }
                | Command::Reopen { .. }
                | Command::Close { .. }
                | Command::Presence { .. },
                Scope::Visitor(_),
            ) => Err(AppError::new(
                ErrorCode::Forbidden,
                "Only an agent can do this.",
            )),
        }
    }

    async fn subscribe(&mut self, id: ConversationId, after_seq: Option<Seq>) -> AppResult<Event> {
        if !self.cursors.has_room_for(id) {
            let message = format!(
                "You can follow at most {} conversations at once.",
                limits::SUBSCRIPTIONS
            );
            return Err(AppError::new(ErrorCode::RateLimited, message));
        }
        conversations::access(&self.realtime.core, &self.scope, id).await?;
        if matches!(self.scope, Scope::Agent(_)) {
            self.mailbox.follow(Topic::ConversationForAgents(id)).await;
        }
        self.mailbox.follow(Topic::Conversation(id)).await;
        let page =
            conversations::read_from(&self.realtime.core, &self.scope, id, after_seq).await?;
        let delivered = (after_seq.is_none() || !page.more).then(|| {
            // A client that claims messages which do not exist (a backup was restored) has those
            // that exist.
            let held = after_seq.unwrap_or(0).min(page.conversation.last_seq);
            page.messages.last().map_or(held, |message| message.seq)
        });
        self.cursors
            .begin(&page.conversation, page.receipts, delivered);
        if let Some(present) = &self.present {
            present.look_at(id);
        }
        Ok(Event::Subscribed {
            conversation: page.conversation,
            messages: page.messages,
            more: page.more,
            receipts: page.receipts,
        })
    }
}

/// The answer to a command that changes a conversation.
fn changed(result: AppResult<Conversation>) -> AppResult<Event> {
    result.map(|conversation| Event::Changed { conversation })
}
