//! What only agents do and are told: the inbox, who is there, and what they have not read.

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
    /// Agent: who is there.
    pub fn presence(&self) -> &Presence {
        &self.presence
    }

    /// Agent: how many of the visitor's texts this agent has not had before their eyes.
    pub fn unread(&self, id: ConversationId) -> i64 {
        let Some(conversation) = self.inbox.get(id) else {
            return 0;
        };
        // What was before their eyes is read, also while the server does not know it yet.
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
            // Those of everybody, and what was not asked for.
            _ => {}
        }
    }

    fn list_more(&mut self, cursor: &str, page: Conversations, turn: &mut Turn<'_>) {
        if self.inbox.turn_page(cursor, page.next_cursor) {
            for conversation in page.conversations {
                self.learn(conversation, turn);
            }
            self.hear_seen(page.seen, turn);
            turn.changed(Change::Inbox);
        }
    }

    /// Asks for a change of a conversation. Unlike a text it is not kept for later: by then
    /// the conversation may be another's.
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

    /// Asks for the inbox, or for what has changed in it.
    fn subscribe_inbox(&mut self, turn: &mut Turn<'_>) {
        self.inbox.asked();
        let after = self.inbox.position();
        self.ask(Asked::Inbox, Command::SubscribeInbox { after }, turn);
    }

    pub(super) fn retry_inbox(&mut self, turn: &mut Turn<'_>) {
        if self.inbox.retry_at.is_some_and(|at| at <= turn.now) {
            self.subscribe_inbox(turn);
        }
    }

    /// The agent chooses to be away, or to be here.
    fn choose_away(&mut self, away: bool, turn: &mut Turn<'_>) {
        if self.link.is_live() {
            self.say_presence(Some(away), None, turn);
        } else {
            turn.refused("away", None, Self::offline());
        }
    }

    /// Somebody uses this window, or nobody any more.
    fn set_idle(&mut self, idle: bool, turn: &mut Turn<'_>) {
        if std::mem::replace(&mut self.presence.idle, idle) != idle && self.link.is_live() {
            self.say_presence(None, Some(idle), turn);
        }
    }

    /// After a welcome. A new connection counts as used until something else is said.
    pub(super) fn resume_as_agent(&mut self, turn: &mut Turn<'_>) {
        if self.inbox.followed {
            self.subscribe_inbox(turn);
        }
        if self.presence.idle {
            self.say_presence(None, Some(true), turn);
        }
    }

    /// We are somebody else now.
    pub(super) fn forget_colleagues(&mut self, turn: &mut Turn<'_>) {
        let idle = self.presence.idle;
        self.presence = Presence::default();
        self.presence.idle = idle;
        turn.changed(Change::Presence);
    }

    /// Whether this is why there is no welcome: the platform is closed for a while. All others of
    /// these refusals are said by the close code that follows.
    pub(super) fn is_closed_out(&self, error: &ErrorBody) -> bool {
        *self.link.state() == Connection::Connecting && error.code == ErrorCode::Maintenance
    }

    pub(super) fn offline() -> ErrorBody {
        let advice = "There is no connection at the moment. Try again in a few seconds.";
        ErrorBody::new(ErrorCode::Unavailable, advice)
    }

    fn say_presence(&mut self, away: Option<bool>, idle: Option<bool>, turn: &mut Turn<'_>) {
        let asked = match away {
            Some(_) => Asked::Choice,
            None => Asked::Nothing,
        };
        self.ask(asked, Command::Presence { away, idle }, turn);
    }

    pub(super) fn hear_as_agent(
        &mut self,
        event: Event,
        asked: Option<Asked>,
        turn: &mut Turn<'_>,
    ) {
        match event {
            Event::Inbox {
                conversations,
                position,
                queue,
                next_cursor,
            } if asked == Some(Asked::Inbox) => {
                self.inbox.replace(position, next_cursor);
                self.caught_up_inbox(conversations, position, queue, turn);
            }
            Event::InboxChanges {
                conversations,
                position,
                queue,
            } if asked == Some(Asked::Inbox) => {
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
            Event::Seen { markers } => self.hear_seen(markers, turn),
            Event::Presence {
                all,
                agents,
                visitors,
                typing,
            } => self.hear_presence(all, agents, visitors, typing, turn),
            // Those of everybody, and what was not asked for.
            _ => {}
        }
    }

    /// All changes up to `position` are known with these.
    fn caught_up_inbox(
        &mut self,
        conversations: Vec<Conversation>,
        position: Position,
        queue: Queue,
        turn: &mut Turn<'_>,
    ) {
        for conversation in conversations {
            self.learn(conversation, turn);
        }
        self.inbox.reach(position, queue);
        turn.changed(Change::Inbox);
    }

    fn hear_presence(
        &mut self,
        all: bool,
        agents: Vec<AgentPresence>,
        visitors: Vec<VisitorPresence>,
        typing: Vec<ConversationId>,
        turn: &mut Turn<'_>,
    ) {
        self.presence.hear(all, agents, visitors);
        turn.changed(Change::Presence);
        for id in typing {
            // Of what is open we are told at once, and also when it ends.
            let is_open = self.timelines.get(id).is_some_and(|it| it.open);
            let visitor = self.inbox.get(id).map(|it| Sender::Visitor {
                id: it.visitor.id,
                name: it.visitor.name.clone(),
            });
            if let (Some(visitor), false) = (visitor, is_open) {
                self.hear_typing(id, &visitor, true, turn);
            }
        }
    }

    fn hear_seen(&mut self, markers: Vec<SeenMarker>, turn: &mut Turn<'_>) {
        for marker in markers {
            let id = marker.conversation_id;
            if self.presence.mark(marker) {
                self.changed_people(id, turn);
            }
        }
    }

    /// The last message that this agent has seen, by the server's word.
    pub(super) fn marked(&self, id: ConversationId) -> Seq {
        self.presence.marker(id).map_or(0, |marker| marker.seq)
    }
}
