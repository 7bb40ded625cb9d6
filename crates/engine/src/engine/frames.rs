//! What the server says. Every event is taken for what it says, however late or often it comes;
//! only what cannot be told from the event itself depends on the command it answers.

use deskbell_protocol::{
    Conversation, ConversationId, ErrorBody, Event, Message, Seq, ServerFrame, Status,
};

use super::Engine;
use super::turn::Turn;
use crate::connection::{Connection, pause_after, pause_ms};
use crate::effect::Change;
use crate::input::Side;
use crate::requests::Asked;
use crate::timeline::{Fit, Sync};

impl Engine {
    pub(super) fn receive(&mut self, frame: ServerFrame, turn: &mut Turn<'_>) {
        if !self.link.is_up() {
            return;
        }
        self.link.heard();
        let asked = frame.reply_to.and_then(|id| self.requests.close(id));
        match frame.event {
            Event::Welcome {
                you,
                heartbeat_ms,
                conversation,
                team_online,
                past,
                ..
            } => {
                if *self.link.state() == Connection::Connecting {
                    self.team_online = team_online;
                    let current = conversation.or_else(|| self.to_read(past));
                    self.welcomed(you, heartbeat_ms, current, turn);
                }
            }
            Event::Started {
                conversation,
                message,
            } => {
                self.started(conversation, message, asked.is_some(), turn);
            }
            Event::Saved {
                conversation_id,
                client_id,
                seq,
                created_at,
                ..
            } => {
                if let Some(timeline) = self.timelines.get_mut(conversation_id)
                    && timeline.acknowledge(client_id, seq, created_at)
                {
                    self.changed_timeline(conversation_id, turn);
                }
                self.flush(conversation_id, turn);
            }
            Event::Subscribed {
                conversation,
                messages,
                more,
                receipts,
            } => {
                let id = conversation.id;
                self.learn(conversation, turn);
                self.hear_receipts(id, receipts, turn);
                self.subscribed(id, messages, more, asked, turn);
            }
            Event::Page {
                conversation_id,
                messages,
                ..
            } => {
                if asked == Some(Asked::Load(conversation_id))
                    && let Some(timeline) = self.timelines.get_mut(conversation_id)
                {
                    timeline.prepend(messages);
                    self.changed_timeline(conversation_id, turn);
                }
            }
            Event::Changed { conversation } | Event::ConversationChanged { conversation } => {
                let id = conversation.id;
                self.learn(conversation, turn);
                self.heard_of(id, turn);
            }
            Event::MessageCreated { message } => self.message_created(message, turn),
            #[cfg(feature = "agent")]
            Event::Error { error } if self.is_closed_out(&error) => {
                turn.refused("hello", None, error);
            }
            Event::Error { error } => {
                if let Some(asked) = asked {
                    self.refused(asked, error, turn);
                }
            }
            Event::Typing {
                conversation_id,
                sender,
                active,
            } => self.hear_typing(conversation_id, &sender, active, turn),
            Event::Receipts {
                conversation_id,
                receipts,
            } => self.hear_receipts(conversation_id, receipts, turn),
            Event::Assignee {
                conversation_id,
                online,
            } => {
                let head = self.conversation(conversation_id);
                let agent = head.and_then(|head| head.assignee.as_ref()).map(|it| it.id);
                self.absent = agent.filter(|_| !online).map(|id| (conversation_id, id));
                turn.changed(Change::Own);
            }
            Event::Team { online } => {
                self.team_online = Some(online);
                turn.changed(Change::Connection);
            }
            Event::Pong | Event::Done | Event::Unknown => {}
            #[cfg(feature = "agent")]
            event => self.hear_as_agent(event, asked, turn),
            #[cfg(not(feature = "agent"))]
            _ => {}
        }
    }

    /// The closed conversation that a visitor without another one can read.
    fn to_read(&self, past: Vec<Conversation>) -> Option<Conversation> {
        let has_begun = self.own.is_some() || !self.draft.is_empty();
        let newest = past.into_iter().next();
        newest.filter(|newest| !has_begun && self.put_away != Some(newest.id))
    }

    /// The conversation that our first text began. It is taken for ours only in answer to that
    /// text: a copy that comes late may tell of one that was put away since.
    fn started(
        &mut self,
        conversation: Conversation,
        message: Message,
        is_answer: bool,
        turn: &mut Turn<'_>,
    ) {
        let id = conversation.id;
        self.learn(conversation, turn);
        if !is_answer {
            return;
        }
        let timeline = self.timelines.get_or_new(id);
        timeline.adopt(&mut self.draft);
        if let Some(client_id) = message.client_id {
            timeline.acknowledge(client_id, message.seq, message.created_at);
        }
        if message.seq == 1 && !timeline.is_loaded() {
            timeline.catch_up(vec![message]);
        }
        self.own(id, turn);
    }

    /// A visitor who has no conversation under way goes on in the one that they began elsewhere; but
    /// not while their first words are on their way, which may begin another.
    fn heard_of(&mut self, id: ConversationId, turn: &mut Turn<'_>) {
        let has_ended = |id| {
            let conversation = self.inbox.get(id);
            conversation.is_some_and(|conversation| conversation.status == Status::Closed)
        };
        let has_none = self.own.is_none_or(has_ended);
        if self.side == Side::Visitor && has_none && !has_ended(id) && !self.draft.is_sending() {
            self.own(id, turn);
        }
    }

    fn subscribed(
        &mut self,
        id: ConversationId,
        messages: Vec<Message>,
        more: bool,
        asked: Option<Asked>,
        turn: &mut Turn<'_>,
    ) {
        let after = match asked {
            Some(Asked::Subscribe(asked_id, after)) if asked_id == id => Some(after),
            _ => None,
        };
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        if after.is_none() && !timeline.is_loaded() {
            return;
        }
        timeline.catch_up(messages);
        self.changed_timeline(id, turn);
        if let Some(after) = after {
            self.caught_up(id, after, more, turn);
        }
    }

    /// The answer to a subscription was taken: asks on, or is done.
    fn caught_up(
        &mut self,
        id: ConversationId,
        after: Option<Seq>,
        more: bool,
        turn: &mut Turn<'_>,
    ) {
        let roll = turn.roll();
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        if !timeline.open {
            return;
        }
        let lacks_some = after.is_some() && more || timeline.has_gap();
        let got_further = timeline.last_seq() > after;
        if got_further {
            timeline.attempts = 0;
        }
        match (lacks_some, got_further) {
            (true, true) => self.subscribe(id, turn),
            (true, false) => {
                let pause = pause_ms(timeline.attempts, roll);
                timeline.pause(turn.now + pause);
            }
            (false, _) => {
                timeline.sync = Sync::Live;
                self.flush(id, turn);
            }
        }
    }

    fn message_created(&mut self, message: Message, turn: &mut Turn<'_>) {
        let id = message.conversation_id;
        self.hear_typing(id, &message.sender, false, turn);
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        let fit = timeline.receive(message);
        if fit == Fit::Gap && timeline.sync == Sync::Live {
            self.subscribe(id, turn);
        }
        self.changed_timeline(id, turn);
        self.flush(id, turn);
    }

    fn refused(&mut self, asked: Asked, error: ErrorBody, turn: &mut Turn<'_>) {
        let is_temporary = error.code.is_temporary();
        match asked {
            Asked::Nothing => {}
            Asked::Save(client_id) => {
                let (now, roll) = (turn.now, turn.roll());
                if let Some((place, outbox)) = self.outbox_of(client_id) {
                    outbox.refuse(client_id, error, now, roll);
                    self.outbox_changed(place, turn);
                }
            }
            Asked::Subscribe(id, _) => {
                let roll = turn.roll();
                let Some(timeline) = self.timelines.get_mut(id) else {
                    return;
                };
                if !timeline.open {
                    return;
                }
                if is_temporary {
                    let pause = pause_after(&error, timeline.attempts, roll);
                    timeline.pause(turn.now + pause);
                    return;
                }
                timeline.sync = Sync::Refused;
                turn.refused("open", Some(id), error);
                self.flush(id, turn);
            }
            Asked::Load(id) => {
                if let Some(timeline) = self.timelines.get_mut(id) {
                    timeline.loading_older = false;
                    self.changed_timeline(id, turn);
                }
                turn.refused("load", Some(id), error);
            }
            #[cfg(feature = "agent")]
            Asked::Inbox if is_temporary => {
                let pause = pause_after(&error, self.inbox.attempts, turn.roll());
                self.inbox.attempts += 1;
                self.inbox.retry_at = Some(turn.now + pause);
            }
            #[cfg(feature = "agent")]
            Asked::Inbox => turn.refused("inbox", None, error),
            #[cfg(feature = "agent")]
            Asked::Choice => turn.refused("away", None, error),
            #[cfg(feature = "agent")]
            Asked::Act(action, id) => turn.refused(action, Some(id), error),
        }
    }
}
