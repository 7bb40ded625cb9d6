//! The part of the engine that only agents have: the inbox, presence and unread counts.

use deskbell_protocol::api::conversations::Conversations;
use deskbell_protocol::{
    AgentPresence, Command, Conversation, ConversationId, ErrorBody, ErrorCode, Event, Position,
    Queue, SeenMarker, Sender, Seq, VisitorPresence,
};

use super::Engine;
use super::context::Context;
use crate::connection::Connection;
use crate::effect::{Change, Effect};
use crate::input::Action;
use crate::presence::Presence;
use crate::requests::Purpose;

impl Engine {
    /// Agent: presence.
    pub fn presence(&self) -> &Presence {
        &self.presence
    }

    /// Agent: the number of the visitor's texts that this agent has not seen.
    pub fn unread(&self, id: ConversationId) -> i64 {
        let Some(conversation) = self.inbox.get(id) else {
            return 0;
        };
        // What they have seen is read, also before the server has the receipt.
        if let Some(timeline) = self.timelines.get(id)
            && timeline.last_seq() >= Some(conversation.last_seq)
            && timeline
                .receipt_state
                .has_seen(timeline.last_of_others(self.side))
        {
            return 0;
        }
        let read = self.presence.marker(id).map_or(0, |it| it.visitor_texts);
        (conversation.visitor_texts - read).max(0)
    }

    pub(super) fn act_as_agent(&mut self, action: Action, cx: &mut Context<'_>) {
        match action {
            Action::FollowInbox if !self.inbox.followed => {
                self.inbox.followed = true;
                if self.connection.is_live() {
                    self.subscribe_inbox(cx);
                }
            }
            Action::ListMore { cursor, page } => self.list_more(&cursor, page, cx),
            Action::Claim(id) => {
                self.change(
                    "claim",
                    Command::Claim {
                        conversation_id: id,
                    },
                    id,
                    cx,
                );
            }
            Action::Assign {
                conversation_id,
                to,
            } => {
                let from = self
                    .inbox
                    .get(conversation_id)
                    .map(Conversation::assignment);
                self.change(
                    "assign",
                    Command::Assign {
                        conversation_id,
                        to,
                        from,
                    },
                    conversation_id,
                    cx,
                );
            }
            Action::Update {
                conversation_id,
                priority,
                subject,
            } => {
                let command = Command::Update {
                    conversation_id,
                    priority,
                    subject,
                };
                self.change("update", command, conversation_id, cx);
            }
            Action::Note {
                conversation_id,
                client_id,
                text,
                mentions,
            } => {
                let command = Command::Note {
                    conversation_id,
                    client_id,
                    text,
                    mentions,
                };
                self.change("note", command, conversation_id, cx);
            }
            Action::Snooze {
                conversation_id,
                snooze,
            } => {
                let command = Command::Snooze {
                    conversation_id,
                    snooze,
                };
                self.change("snooze", command, conversation_id, cx);
            }
            Action::Resolve(id) => {
                self.change(
                    "resolve",
                    Command::Resolve {
                        conversation_id: id,
                    },
                    id,
                    cx,
                );
            }
            Action::Reopen(id) => {
                self.change(
                    "reopen",
                    Command::Reopen {
                        conversation_id: id,
                    },
                    id,
                    cx,
                );
            }
            Action::Close(id) => {
                self.change(
                    "close",
                    Command::Close {
                        conversation_id: id,
                    },
                    id,
                    cx,
                );
            }
            Action::SetAway(away) => self.set_away(away, cx),
            Action::SetIdle(idle) => self.set_idle(idle, cx),
            // Actions of both sides, and repeated ones.
            _ => {}
        }
    }

    fn list_more(&mut self, cursor: &str, page: Conversations, cx: &mut Context<'_>) {
        if self.inbox.advance_cursor(cursor, page.next_cursor) {
            for conversation in page.conversations {
                self.update_conversation(conversation, cx);
            }
            self.apply_markers(page.seen, cx);
            cx.changed(Change::Inbox);
        }
    }

    /// Requests a change of a conversation. Unlike a text it is not queued while there is no connection:
    /// the conversation may have changed by then.
    fn change(
        &mut self,
        action: &'static str,
        command: Command,
        id: ConversationId,
        cx: &mut Context<'_>,
    ) {
        if self.connection.is_live() {
            self.request(Purpose::Change(action, id), command, cx);
        } else {
            cx.refused(action, Some(id), Self::offline());
        }
    }

    /// Subscribes to the inbox: for a snapshot, or for the changes since the last one.
    fn subscribe_inbox(&mut self, cx: &mut Context<'_>) {
        self.inbox.requested();
        let after = self.inbox.position();
        self.request(Purpose::Inbox(after), Command::SubscribeInbox { after }, cx);
    }

    /// Requests a new snapshot of the inbox: the server was restored from a backup.
    pub(super) fn reload_inbox(&mut self, cx: &mut Context<'_>) {
        self.presence.reset_markers();
        if self.inbox.position().is_some() {
            self.inbox.reset();
            self.subscribe_inbox(cx);
        }
    }

    pub(super) fn retry_inbox(&mut self, cx: &mut Context<'_>) {
        if self.inbox.retry_at.is_some_and(|at| at <= cx.now) {
            self.subscribe_inbox(cx);
        }
    }

    /// Sets whether the agent is away.
    fn set_away(&mut self, away: bool, cx: &mut Context<'_>) {
        if self.connection.is_live() {
            self.send_presence(Some(away), None, cx);
        } else {
            cx.refused("away", None, Self::offline());
        }
    }

    /// Sets whether this window is idle.
    fn set_idle(&mut self, idle: bool, cx: &mut Context<'_>) {
        if std::mem::replace(&mut self.presence.idle, idle) != idle && self.connection.is_live() {
            self.send_presence(None, Some(idle), cx);
        }
    }

    /// Resumes the inbox after `welcome`. A new connection counts as in use, so an idle one is reported.
    pub(super) fn resume_inbox(&mut self, cx: &mut Context<'_>) {
        if self.inbox.followed {
            self.subscribe_inbox(cx);
        }
        if self.presence.idle {
            self.send_presence(None, Some(true), cx);
        }
    }

    /// Resets presence after a change of identity.
    pub(super) fn reset_presence(&mut self, cx: &mut Context<'_>) {
        let idle = self.presence.idle;
        self.presence = Presence::default();
        self.presence.idle = idle;
        cx.changed(Change::Presence);
    }

    /// Whether `hello` was refused for maintenance. All other refusals of `hello` are reported by the
    /// close code that follows.
    pub(super) fn is_maintenance(&self, error: &ErrorBody) -> bool {
        *self.connection.state() == Connection::Connecting && error.code == ErrorCode::Maintenance
    }

    pub(super) fn offline() -> ErrorBody {
        let advice = "There is no connection at the moment. Try again in a few seconds.";
        ErrorBody::new(ErrorCode::Unavailable, advice)
    }

    fn send_presence(&mut self, away: Option<bool>, idle: Option<bool>, cx: &mut Context<'_>) {
        let purpose = match away {
            Some(_) => Purpose::SetAway,
            None => Purpose::Untracked,
        };
        self.request(purpose, Command::Presence { away, idle }, cx);
    }

    pub(super) fn apply_agent_event(
        &mut self,
        event: Event,
        purpose: Option<Purpose>,
        cx: &mut Context<'_>,
    ) {
        let requested = match purpose {
            Some(Purpose::Inbox(after)) => Some(after),
            _ => None,
        };
        match event {
            Event::Inbox {
                conversations,
                position,
                queue,
                next_cursor,
            } if requested.is_some() => {
                if requested.flatten() > Some(position) {
                    // The server was restored from a backup.
                    self.inbox.reset();
                    self.presence.reset_markers();
                }
                self.inbox.replace(position, next_cursor);
                self.apply_inbox(conversations, position, queue, cx);
            }
            Event::InboxChanges {
                conversations,
                position,
                queue,
            } if requested.is_some() => {
                self.apply_inbox(conversations, position, queue, cx);
            }
            Event::InboxChanged {
                position,
                queue,
                conversation,
            } => self.apply_inbox(vec![conversation], position, queue, cx),
            Event::Notes {
                conversation_id,
                notes,
                more,
            } => {
                if let Some(Purpose::Notes(id, after)) = purpose
                    && id == conversation_id
                {
                    self.apply_notes(id, notes, more, after, cx);
                }
            }
            Event::NoteSaved { note } => {
                cx.effects.push(Effect::NoteSaved {
                    conversation_id: note.conversation_id,
                    client_id: note.client_id,
                });
                self.note_created(note, cx);
            }
            Event::NoteCreated { note } => self.note_created(note, cx),
            Event::YouChanged { you } => {
                self.set_principal(you, cx);
                cx.changed(Change::Connection);
            }
            Event::Notified { notification } => cx.effects.push(Effect::Notified(notification)),
            Event::NotificationsChanged => cx.effects.push(Effect::NotificationsChanged),
            Event::Seen { markers } => self.apply_markers(markers, cx),
            Event::Presence {
                all,
                agents,
                visitors,
                typing,
            } => self.apply_presence(all, agents, visitors, typing, cx),
            // Actions of both sides, and repeated ones.
            _ => {}
        }
    }

    /// Applies all changes up to `position`.
    fn apply_inbox(
        &mut self,
        conversations: Vec<Conversation>,
        position: Position,
        queue: Queue,
        cx: &mut Context<'_>,
    ) {
        for conversation in conversations {
            self.update_conversation(conversation, cx);
        }
        self.inbox.advance(position, queue);
        cx.changed(Change::Inbox);
    }

    fn apply_presence(
        &mut self,
        all: bool,
        agents: Vec<AgentPresence>,
        visitors: Vec<VisitorPresence>,
        typing: Vec<ConversationId>,
        cx: &mut Context<'_>,
    ) {
        self.presence.update(all, agents, visitors);
        cx.changed(Change::Presence);
        for id in typing {
            // In open conversations typing arrives by its own events.
            let is_open = self.timelines.get(id).is_some_and(|it| it.open);
            let visitor = self.inbox.get(id).map(|it| Sender::Visitor {
                id: it.visitor.id,
                name: it.visitor.name.clone(),
            });
            if let (Some(visitor), false) = (visitor, is_open) {
                self.apply_typing(id, &visitor, true, cx);
            }
        }
    }

    fn apply_markers(&mut self, markers: Vec<SeenMarker>, cx: &mut Context<'_>) {
        for marker in markers {
            let id = marker.conversation_id;
            if self.presence.apply_marker(marker) {
                self.changed_conversation(id, cx);
            }
        }
    }

    /// The last message that this agent has seen, as the server has it.
    pub(super) fn marker_seq(&self, id: ConversationId) -> Seq {
        self.presence.marker(id).map_or(0, |marker| marker.seq)
    }
}
