//! Handling of frames. Events are idempotent: they are applied however late or often they arrive. Only
//! what the event itself does not contain depends on the command that it answers.

use deskbell_protocol::{
    Conversation, ConversationId, ErrorBody, ErrorCode, Event, Message, Seq, ServerFrame, Status,
};

use super::Engine;
use super::context::Context;
use crate::connection::{Connection, backoff_after, backoff_ms};
use crate::effect::Change;
use crate::input::Side;
use crate::requests::Purpose;
use crate::timeline::{Received, Sync};

impl Engine {
    pub(super) fn receive(&mut self, frame: ServerFrame, cx: &mut Context<'_>) {
        if !self.connection.is_up() {
            return;
        }
        let purpose = frame.reply_to.and_then(|id| self.requests.remove(id));
        if self
            .connection
            .frame_received(cx.now, self.requests.has_pending())
        {
            cx.changed(Change::Connection);
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
                if *self.connection.state() == Connection::Connecting {
                    self.token_renewal.welcomed(now, cx.now);
                    self.team_online = team_online;
                    let current = conversation.or_else(|| self.past_to_show(past));
                    self.welcomed(you, heartbeat_ms, current, cx);
                }
            }
            Event::Started {
                conversation,
                message,
            } => {
                self.started(conversation, message, purpose.is_some(), cx);
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
                    self.changed_timeline(conversation_id, cx);
                }
                self.flush(conversation_id, cx);
            }
            Event::Subscribed {
                conversation,
                messages,
                more,
                receipts,
            } => {
                let id = conversation.id;
                if let Some(Purpose::Subscribe(_, last_seq)) = purpose
                    && last_seq > Some(conversation.last_seq)
                {
                    self.reload_timeline(id, cx);
                    return;
                }
                self.update_conversation(conversation, cx);
                self.apply_receipts(id, receipts, cx);
                self.subscribed(id, messages, more, purpose, cx);
            }
            Event::Page {
                conversation_id,
                messages,
                ..
            } => {
                if purpose == Some(Purpose::LoadOlder(conversation_id))
                    && let Some(timeline) = self.timelines.get_mut(conversation_id)
                {
                    timeline.prepend(messages);
                    self.changed_timeline(conversation_id, cx);
                }
            }
            Event::Changed { conversation } | Event::ConversationChanged { conversation } => {
                let id = conversation.id;
                self.update_conversation(conversation, cx);
                self.adopt_conversation(id, cx);
            }
            Event::MessageCreated { message } => self.message_created(message, cx),
            #[cfg(feature = "agent")]
            Event::Error { error } if self.is_maintenance(&error) => {
                cx.refused("hello", None, error);
            }
            Event::Error { error } => {
                if let Some(purpose) = purpose {
                    self.refused(purpose, error, cx);
                }
            }
            Event::Typing {
                conversation_id,
                sender,
                active,
            } => self.apply_typing(conversation_id, &sender, active, cx),
            Event::Receipts {
                conversation_id,
                receipts,
            } => self.apply_receipts(conversation_id, receipts, cx),
            Event::Assignee {
                conversation_id,
                online,
            } => {
                let head = self.conversation(conversation_id);
                let agent = head.and_then(|head| head.assignee.as_ref()).map(|it| it.id);
                self.absent = agent.filter(|_| !online).map(|id| (conversation_id, id));
                cx.changed(Change::Own);
            }
            Event::Team { online } => {
                self.team_online = Some(online);
                cx.changed(Change::Connection);
            }
            Event::Pong | Event::Done | Event::Unknown => {}
            #[cfg(feature = "agent")]
            event => self.apply_agent_event(event, purpose, cx),
            #[cfg(not(feature = "agent"))]
            _ => {}
        }
    }

    /// The closed conversation that a visitor without another one can read.
    fn past_to_show(&self, past: Vec<Conversation>) -> Option<Conversation> {
        let has_started = self.own.is_some() || !self.draft.is_empty();
        let newest = past.into_iter().next();
        newest.filter(|newest| !has_started && self.dismissed != Some(newest.id))
    }

    /// Handles the conversation that our first text has started. It becomes the current one only in
    /// answer to that text: a late copy may be of a conversation that was left since.
    fn started(
        &mut self,
        conversation: Conversation,
        message: Message,
        is_reply: bool,
        cx: &mut Context<'_>,
    ) {
        let id = conversation.id;
        self.update_conversation(conversation, cx);
        if !is_reply {
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
        self.set_own(id, cx);
    }

    /// Makes a conversation that the visitor has started on another connection the current one, if they
    /// have none; but not while their first text is being sent, which may start another.
    fn adopt_conversation(&mut self, id: ConversationId, cx: &mut Context<'_>) {
        let has_ended = |id| {
            let conversation = self.inbox.get(id);
            conversation.is_some_and(|conversation| conversation.status == Status::Closed)
        };
        let has_none = self.own.is_none_or(has_ended);
        if self.side == Side::Visitor && has_none && !has_ended(id) && !self.draft.is_sending() {
            self.set_own(id, cx);
        }
    }

    fn subscribed(
        &mut self,
        id: ConversationId,
        messages: Vec<Message>,
        more: bool,
        purpose: Option<Purpose>,
        cx: &mut Context<'_>,
    ) {
        let after = match purpose {
            Some(Purpose::Subscribe(subscribed_id, after)) if subscribed_id == id => Some(after),
            _ => None,
        };
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        if after.is_none() && !timeline.is_loaded() {
            return;
        }
        if !timeline.catch_up(messages) {
            self.reload_timeline(id, cx);
            return;
        }
        self.changed_timeline(id, cx);
        if let Some(after) = after {
            self.continue_subscription(id, after, more, cx);
        }
    }

    /// Continues after the answer to a subscription: requests the missing messages, or marks it as complete.
    fn continue_subscription(
        &mut self,
        id: ConversationId,
        after: Option<Seq>,
        more: bool,
        cx: &mut Context<'_>,
    ) {
        let random = cx.random_u32();
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        if !timeline.open {
            return;
        }
        let is_incomplete = after.is_some() && more || timeline.has_gap();
        let has_progress = timeline.last_seq() > after;
        if has_progress {
            timeline.attempts = 0;
        }
        match (is_incomplete, has_progress) {
            (true, true) => self.subscribe(id, cx),
            (true, false) => {
                let backoff = backoff_ms(timeline.attempts, random);
                timeline.pause(cx.now + backoff);
            }
            (false, _) => {
                timeline.sync = Sync::Live;
                self.flush(id, cx);
                #[cfg(feature = "agent")]
                self.resume_notes(id, cx);
            }
        }
    }

    fn message_created(&mut self, message: Message, cx: &mut Context<'_>) {
        let id = message.conversation_id;
        self.apply_typing(id, &message.sender, false, cx);
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        let received = timeline.receive(message);
        if received == Received::Diverged {
            self.reload_timeline(id, cx);
            return;
        }
        if received == Received::Gap && timeline.sync == Sync::Live {
            self.subscribe(id, cx);
        }
        self.changed_timeline(id, cx);
        self.flush(id, cx);
    }

    /// Loads a conversation again from its newest page: the server was restored from a backup and
    /// has another history than this client. Unsent texts stay.
    fn reload_timeline(&mut self, id: ConversationId, cx: &mut Context<'_>) {
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        if !timeline.open {
            return;
        }
        timeline.reset();
        self.inbox.reset_revisions();
        #[cfg(feature = "agent")]
        self.reload_inbox(cx);
        self.changed_timeline(id, cx);
        self.open(id, cx);
    }

    /// Visitor: the server does not know their conversation, which began after the backup that it
    /// was restored from. Its unsent texts go to the current conversation, or start another.
    fn remove_unknown_conversation(&mut self, id: ConversationId, cx: &mut Context<'_>) {
        self.own = self.own.filter(|own| *own != id);
        self.move_texts(id);
        cx.changed(Change::Own);
        if let Some(own) = self.own {
            self.set_own(own, cx);
        }
        self.flush_draft(cx);
    }

    /// Moves the unsent texts of a conversation to the draft, and removes its timeline.
    pub(super) fn move_texts(&mut self, id: ConversationId) {
        if let Some(mut outbox) = self.timelines.remove(id) {
            outbox.remove_sent();
            outbox.disconnected();
            self.draft.append(&mut outbox);
        }
    }

    fn refused(&mut self, purpose: Purpose, error: ErrorBody, cx: &mut Context<'_>) {
        let is_temporary = error.code.is_temporary();
        let is_unknown = self.side == Side::Visitor && error.code == ErrorCode::NotFound;
        match purpose {
            Purpose::Untracked => {}
            Purpose::Save(client_id) => {
                let (now, random) = (cx.now, cx.random_u32());
                if let Some((conversation_id, outbox)) = self.outbox_of(client_id) {
                    if let (Some(id), true) = (conversation_id, is_unknown) {
                        self.remove_unknown_conversation(id, cx);
                        return;
                    }
                    outbox.refuse(client_id, error, now, random);
                    self.outbox_changed(conversation_id, cx);
                }
            }
            Purpose::Subscribe(id, _) if is_unknown => self.remove_unknown_conversation(id, cx),
            Purpose::Subscribe(id, _) => {
                let random = cx.random_u32();
                let Some(timeline) = self.timelines.get_mut(id) else {
                    return;
                };
                if !timeline.open {
                    return;
                }
                if is_temporary {
                    let backoff = backoff_after(&error, timeline.attempts, random);
                    timeline.pause(cx.now + backoff);
                    return;
                }
                timeline.sync = Sync::Refused;
                #[cfg(feature = "agent")]
                if error.code == ErrorCode::NotFound && self.inbox.get(id).is_some() {
                    self.reload_inbox(cx);
                }
                cx.refused("open", Some(id), error);
                self.flush(id, cx);
            }
            Purpose::LoadOlder(id) => {
                if let Some(timeline) = self.timelines.get_mut(id) {
                    timeline.loading_older = false;
                    self.changed_timeline(id, cx);
                }
                cx.refused("load", Some(id), error);
            }
            #[cfg(feature = "agent")]
            Purpose::Inbox(_) if is_temporary => {
                let backoff = backoff_after(&error, self.inbox.attempts, cx.random_u32());
                self.inbox.attempts += 1;
                self.inbox.retry_at = Some(cx.now + backoff);
            }
            #[cfg(feature = "agent")]
            Purpose::Inbox(_) => cx.refused("inbox", None, error),
            #[cfg(feature = "agent")]
            Purpose::Notes(id, _) => self.refused_notes(id, &error, cx),
            #[cfg(feature = "agent")]
            Purpose::SetAway => cx.refused("away", None, error),
            #[cfg(feature = "agent")]
            Purpose::Change(action, id) => cx.refused(action, Some(id), error),
        }
    }
}
