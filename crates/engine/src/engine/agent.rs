//! The part of the engine that only agents have: the inbox, presence and unread counts.

use deskbell_protocol::api::conversations::Conversations;
use deskbell_protocol::{
    AgentPresence, Command, Conversation, ConversationId, ErrorBody, ErrorCode, Event, Position,
    Queue, SeenMarker, Sender, Seq, VisitorPresence,
};

use super::Engine;
use super::turn::Turn;
use crate::connection::Connection;
use crate::effect::Change;
use crate::input::Action;
use crate::presence::Presence;
use crate::requests::Asked;

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
                .reading
                .has_seen(timeline.last_of_others(self.side))
        {
            return 0;
        }
        let read = self.presence.marker(id).map_or(0, |it| it.visitor_texts);
        (conversation.visitor_texts - read).max(0)
    }

    pub(super) fn act_as_agent(&mut self, action: Action, turn: &mut Turn<'_>) {
        match action {
            Action::FollowInbox if !self.inbox.followed => {
                self.inbox.followed = true;
                if self.link.is_live() {
                    self.subscribe_inbox(turn);
                }
            }
            Action::ListMore { cursor, page } => self.list_more(&cursor, page, turn),
            Action::Claim(id) => {
                self.change(
                    "claim",
                    Command::Claim {
                        conversation_id: id,
                    },
                    id,
                    turn,
                );
            }
            Action::Resolve(id) => {
                self.change(
                    "resolve",
                    Command::Resolve {
                        conversation_id: id,
                    },
                    id,
                    turn,
                );
            }
            Action::Reopen(id) => {
                self.change(
                    "reopen",
                    Command::Reopen {
                        conversation_id: id,
                    },
                    id,
                    turn,
                );
            }
            Action::Close(id) => {
                self.change(
                    "close",
                    Command::Close {
                        conversation_id: id,
                    },
                    id,
                    turn,
                );
            }
            Action::SetAway(away) => self.choose_away(away, turn),
            Action::SetIdle(idle) => self.set_idle(idle, turn),
            // Actions of both sides, and repeated ones.
            _ => {}
        }
    }

    fn list_more(&mut self, cursor: &str, page: Conversations, turn: &mut Turn<'_>) {
        if self.inbox.turn_page(cursor, page.next_cursor) {
            for conversation in page.conversations {
                self.update_conversation(conversation, turn);
            }
            self.apply_markers(page.seen, turn);
            turn.changed(Change::Inbox);
        }
    }

    /// Requests a change of a conversation. Unlike a text it is not queued while there is no connection:
    /// the conversation may have changed by then.
    fn change(
        &mut self,
        action: &'static str,
        command: Command,
        id: ConversationId,
        turn: &mut Turn<'_>,
    ) {
        if self.link.is_live() {
            self.ask(Asked::Act(action, id), command, turn);
        } else {
            turn.refused(action, Some(id), Self::offline());
        }
    }

    /// Subscribes to the inbox: for a snapshot, or for the changes since the last one.
    fn subscribe_inbox(&mut self, turn: &mut Turn<'_>) {
        self.inbox.asked();
        let after = self.inbox.position();
        self.ask(Asked::Inbox(after), Command::SubscribeInbox { after }, turn);
    }

    /// Requests a new snapshot of the inbox: the server was restored from a backup.
    pub(super) fn start_inbox_over(&mut self, turn: &mut Turn<'_>) {
        self.presence.reset_markers();
        if self.inbox.position().is_some() {
            self.inbox.reset();
            self.subscribe_inbox(turn);
        }
    }

    pub(super) fn retry_inbox(&mut self, turn: &mut Turn<'_>) {
        if self.inbox.retry_at.is_some_and(|at| at <= turn.now) {
            self.subscribe_inbox(turn);
        }
    }

    /// Sets whether the agent is away.
    fn choose_away(&mut self, away: bool, turn: &mut Turn<'_>) {
        if self.link.is_live() {
            self.send_presence(Some(away), None, turn);
        } else {
            turn.refused("away", None, Self::offline());
        }
    }

    /// Sets whether this window is idle.
    fn set_idle(&mut self, idle: bool, turn: &mut Turn<'_>) {
        if std::mem::replace(&mut self.presence.idle, idle) != idle && self.link.is_live() {
            self.send_presence(None, Some(idle), turn);
        }
    }

    /// Resumes the inbox after `welcome`. A new connection counts as in use, so an idle one is reported.
    pub(super) fn resume_inbox(&mut self, turn: &mut Turn<'_>) {
        if self.inbox.followed {
            self.subscribe_inbox(turn);
        }
        if self.presence.idle {
            self.send_presence(None, Some(true), turn);
        }
    }

    /// Resets presence after a change of identity.
    pub(super) fn reset_presence(&mut self, turn: &mut Turn<'_>) {
        let idle = self.presence.idle;
        self.presence = Presence::default();
        self.presence.idle = idle;
        turn.changed(Change::Presence);
    }

    /// Whether `hello` was refused for maintenance. All other refusals of `hello` are reported by the
    /// close code that follows.
    pub(super) fn is_maintenance(&self, error: &ErrorBody) -> bool {
        *self.link.state() == Connection::Connecting && error.code == ErrorCode::Maintenance
    }

    pub(super) fn offline() -> ErrorBody {
        let advice = "There is no connection at the moment. Try again in a few seconds.";
        ErrorBody::new(ErrorCode::Unavailable, advice)
    }

    fn send_presence(&mut self, away: Option<bool>, idle: Option<bool>, turn: &mut Turn<'_>) {
        let asked = match away {
            Some(_) => Asked::Choice,
            None => Asked::Nothing,
        };
        self.ask(asked, Command::Presence { away, idle }, turn);
    }

    pub(super) fn apply_agent_event(
        &mut self,
        event: Event,
        asked: Option<Asked>,
        turn: &mut Turn<'_>,
    ) {
        let asked = match asked {
            Some(Asked::Inbox(after)) => Some(after),
            _ => None,
        };
        match event {
            Event::Inbox {
                conversations,
                position,
                queue,
                next_cursor,
            } if asked.is_some() => {
                if asked.flatten() > Some(position) {
                    // The server was restored from a backup.
                    self.inbox.reset();
                    self.presence.reset_markers();
                }
                self.inbox.replace(position, next_cursor);
                self.caught_up_inbox(conversations, position, queue, turn);
            }
            Event::InboxChanges {
                conversations,
                position,
                queue,
            } if asked.is_some() => {
                self.caught_up_inbox(conversations, position, queue, turn);
            }
            Event::InboxChanged {
                position,
                queue,
                conversation,
            } => self.caught_up_inbox(vec![conversation], position, queue, turn),
            Event::YouChanged { you } => {
                self.introduce(you, turn);
                turn.changed(Change::Connection);
            }
            Event::Seen { markers } => self.apply_markers(markers, turn),
            Event::Presence {
                all,
                agents,
                visitors,
                typing,
            } => self.apply_presence(all, agents, visitors, typing, turn),
            // Actions of both sides, and repeated ones.
            _ => {}
        }
    }

    /// Applies all changes up to `position`.
    fn caught_up_inbox(
        &mut self,
        conversations: Vec<Conversation>,
        position: Position,
        queue: Queue,
        turn: &mut Turn<'_>,
    ) {
        for conversation in conversations {
            self.update_conversation(conversation, turn);
        }
        self.inbox.reach(position, queue);
        turn.changed(Change::Inbox);
    }

    fn apply_presence(
        &mut self,
        all: bool,
        agents: Vec<AgentPresence>,
        visitors: Vec<VisitorPresence>,
        typing: Vec<ConversationId>,
        turn: &mut Turn<'_>,
    ) {
        self.presence.update(all, agents, visitors);
        turn.changed(Change::Presence);
        for id in typing {
            // In open conversations typing arrives by its own events.
            let is_open = self.timelines.get(id).is_some_and(|it| it.open);
            let visitor = self.inbox.get(id).map(|it| Sender::Visitor {
                id: it.visitor.id,
                name: it.visitor.name.clone(),
            });
            if let (Some(visitor), false) = (visitor, is_open) {
                self.apply_typing(id, &visitor, true, turn);
            }
        }
    }

    fn apply_markers(&mut self, markers: Vec<SeenMarker>, turn: &mut Turn<'_>) {
        for marker in markers {
            let id = marker.conversation_id;
            if self.presence.mark(marker) {
                self.changed_conversation(id, turn);
            }
        }
    }

    /// The last message that this agent has seen, as the server has it.
    pub(super) fn marked(&self, id: ConversationId) -> Seq {
        self.presence.marker(id).map_or(0, |marker| marker.seq)
    }
}
