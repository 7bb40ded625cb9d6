//! Handling of frames. Events are idempotent: they are applied however late or often they arrive. Only
//! what the event itself does not contain depends on the command that it answers.

use deskbell_protocol::{
    Conversation, ConversationId, ErrorBody, ErrorCode, Event, Message, Seq, ServerFrame, Status,
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
        let asked = frame.reply_to.and_then(|id| self.requests.close(id));
        if self.link.heard(turn.now, self.requests.is_waiting()) {
            turn.changed(Change::Connection);
        }
        match frame.event {
            Event::Welcome {
                you,
                now,
                heartbeat_ms,
                conversation,
                team_online,
                past,
                ..
            } => {
                if *self.link.state() == Connection::Connecting {
                    self.token_renewal.welcomed(now, turn.now);
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
                if let Some(Asked::Subscribe(_, held)) = asked
                    && held > Some(conversation.last_seq)
                {
                    self.start_over(id, turn);
                    return;
                }
                self.update_conversation(conversation, turn);
                self.apply_receipts(id, receipts, turn);
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
                self.update_conversation(conversation, turn);
                self.adopt_conversation(id, turn);
            }
            Event::MessageCreated { message } => self.message_created(message, turn),
            #[cfg(feature = "agent")]
            Event::Error { error } if self.is_maintenance(&error) => {
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
            } => self.apply_typing(conversation_id, &sender, active, turn),
            Event::Receipts {
                conversation_id,
                receipts,
            } => self.apply_receipts(conversation_id, receipts, turn),
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
            event => self.apply_agent_event(event, asked, turn),
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

    /// Handles the conversation that our first text has started. It becomes the current one only in
    /// answer to that text: a late copy may be of a conversation that was left since.
    fn started(
        &mut self,
        conversation: Conversation,
        message: Message,
        is_answer: bool,
        turn: &mut Turn<'_>,
    ) {
        let id = conversation.id;
        self.update_conversation(conversation, turn);
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

    /// Makes a conversation that the visitor has started on another connection the current one, if they
    /// have none; but not while their first text is being sent, which may start another.
    fn adopt_conversation(&mut self, id: ConversationId, turn: &mut Turn<'_>) {
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
        if !timeline.catch_up(messages) {
            self.start_over(id, turn);
            return;
        }
        self.changed_timeline(id, turn);
        if let Some(after) = after {
            self.caught_up(id, after, more, turn);
        }
    }

    /// Continues after the answer to a subscription: requests the missing messages, or marks it as complete.
    fn caught_up(
        &mut self,
        id: ConversationId,
        after: Option<Seq>,
        more: bool,
        turn: &mut Turn<'_>,
    ) {
        let roll = turn.random_u32();
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
        self.apply_typing(id, &message.sender, false, turn);
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        let fit = timeline.receive(message);
        if fit == Fit::Diverged {
            self.start_over(id, turn);
            return;
        }
        if fit == Fit::Gap && timeline.sync == Sync::Live {
            self.subscribe(id, turn);
        }
        self.changed_timeline(id, turn);
        self.flush(id, turn);
    }

    /// Loads a conversation again from its newest page: the server was restored from a backup and
    /// has another history than this client. Unsent texts stay.
    fn start_over(&mut self, id: ConversationId, turn: &mut Turn<'_>) {
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        if !timeline.open {
            return;
        }
        timeline.reset();
        self.inbox.reset_revisions();
        #[cfg(feature = "agent")]
        self.start_inbox_over(turn);
        self.changed_timeline(id, turn);
        self.open(id, turn);
    }

    /// Visitor: the server does not know their conversation, which began after the backup that it
    /// was restored from. Its unsent texts go to the current conversation, or start another.
    fn vanished(&mut self, id: ConversationId, turn: &mut Turn<'_>) {
        self.own = self.own.filter(|own| *own != id);
        self.move_texts(id);
        turn.changed(Change::Own);
        if let Some(own) = self.own {
            self.own(own, turn);
        }
        self.flush_draft(turn);
    }

    /// Moves the unsent texts of a conversation to the draft, and removes its timeline.
    pub(super) fn move_texts(&mut self, id: ConversationId) {
        if let Some(mut outbox) = self.timelines.remove(id) {
            outbox.remove_sent();
            outbox.disconnected();
            self.draft.append(&mut outbox);
        }
    }

    fn refused(&mut self, asked: Asked, error: ErrorBody, turn: &mut Turn<'_>) {
        let is_temporary = error.code.is_temporary();
        let is_vanished = self.side == Side::Visitor && error.code == ErrorCode::NotFound;
        match asked {
            Asked::Nothing => {}
            Asked::Save(client_id) => {
                let (now, roll) = (turn.now, turn.random_u32());
                if let Some((conversation_id, outbox)) = self.outbox_of(client_id) {
                    if let (Some(id), true) = (conversation_id, is_vanished) {
                        self.vanished(id, turn);
                        return;
                    }
                    outbox.refuse(client_id, error, now, roll);
                    self.outbox_changed(conversation_id, turn);
                }
            }
            Asked::Subscribe(id, _) if is_vanished => self.vanished(id, turn),
            Asked::Subscribe(id, _) => {
                let roll = turn.random_u32();
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
                #[cfg(feature = "agent")]
                if error.code == ErrorCode::NotFound && self.inbox.get(id).is_some() {
                    self.start_inbox_over(turn);
                }
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
            Asked::Inbox(_) if is_temporary => {
                let pause = pause_after(&error, self.inbox.attempts, turn.random_u32());
                self.inbox.attempts += 1;
                self.inbox.retry_at = Some(turn.now + pause);
            }
            #[cfg(feature = "agent")]
            Asked::Inbox(_) => turn.refused("inbox", None, error),
            #[cfg(feature = "agent")]
            Asked::Choice => turn.refused("away", None, error),
            #[cfg(feature = "agent")]
            Asked::Act(action, id) => turn.refused(action, Some(id), error),
        }
    }
}
