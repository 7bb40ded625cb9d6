//! Connect, resume and disconnect.

use deskbell_protocol::{Command, Conversation, ConversationId, LEVEL, Principal};

use super::Engine;
use super::context::Context;
use crate::connection::{Connection, NextAction};
use crate::effect::{Change, Effect};
use crate::inbox::Inbox;
use crate::input::Side;
use crate::requests::Purpose;
use crate::timeline::Sync;
use crate::typing::Typing;

impl Engine {
    pub(super) fn opened(&mut self, cx: &mut Context<'_>) {
        if *self.connection.state() == Connection::Connecting {
            self.connection.opened(cx.now);
            let hello = Command::Hello {
                level: LEVEL,
                token: self.token.as_ref().map(|token| token.text.clone()),
            };
            self.request(Purpose::Untracked, hello, cx);
        }
    }

    /// Resumes everything that was followed before, then sends the queued texts.
    pub(super) fn welcomed(
        &mut self,
        you: Principal,
        heartbeat_ms: u32,
        conversation: Option<Conversation>,
        cx: &mut Context<'_>,
    ) {
        self.connection.welcomed(cx.now, heartbeat_ms);
        cx.changed(Change::Connection);
        self.set_principal(you, cx);
        if let Some(conversation) = conversation {
            let id = conversation.id;
            self.update_conversation(conversation, cx);
            self.set_own(id, cx);
        }
        #[cfg(feature = "agent")]
        self.resume_inbox(cx);
        for id in self.timeline_ids() {
            if self
                .timelines
                .get(id)
                .is_some_and(|timeline| timeline.sync == Sync::Off)
            {
                self.resume(id, cx);
            }
        }
        self.flush_draft(cx);
    }

    /// Visitor: makes this conversation the current one.
    pub(super) fn set_own(&mut self, id: ConversationId, cx: &mut Context<'_>) {
        if self.own != Some(id) {
            self.own = Some(id);
            cx.changed(Change::Own);
        }
        self.timelines.get_or_new(id).adopt(&mut self.draft);
        self.open(id, cx);
    }

    fn resume(&mut self, id: ConversationId, cx: &mut Context<'_>) {
        if self.timelines.get(id).is_some_and(|timeline| timeline.open) {
            self.subscribe(id, cx);
        } else {
            self.flush(id, cx);
        }
    }

    /// Sets the authenticated person. After a change of identity all state is discarded.
    pub(super) fn set_principal(&mut self, you: Principal, cx: &mut Context<'_>) {
        if self
            .principal
            .as_ref()
            .is_some_and(|before| !is_same_person(before, &you))
        {
            if self.side == Side::Visitor {
                // The server did not know the visitor any more: their unsent texts start a
                // conversation.
                for id in self.timeline_ids() {
                    self.move_texts(id);
                }
            }
            let followed = self.inbox.followed;
            self.inbox = Inbox::default();
            self.inbox.followed = followed;
            self.timelines.clear();
            self.typing = Typing::default();
            #[cfg(feature = "agent")]
            self.reset_presence(cx);
            self.own = None;
            cx.changed(Change::Inbox);
            cx.changed(Change::Own);
        }
        self.principal = Some(you);
        let sender = self.sender();
        self.draft.set_sender(&sender);
        for (_, timeline) in self.timelines.iter_mut() {
            timeline.outbox.set_sender(&sender);
        }
    }

    pub(super) fn closed(&mut self, code: Option<u16>, cx: &mut Context<'_>) {
        if !self.connection.is_up() {
            return;
        }
        for purpose in self.requests.drain() {
            #[cfg(feature = "agent")]
            if let Purpose::Change(action, id) = purpose {
                cx.refused(action, Some(id), Self::offline());
            }
            #[cfg(not(feature = "agent"))]
            drop(purpose);
        }
        for id in self.typing.disconnected() {
            self.changed_conversation(id, cx);
        }
        for id in self.timeline_ids() {
            if self
                .timelines
                .get_mut(id)
                .is_some_and(|timeline| timeline.disconnected())
            {
                self.changed_timeline(id, cx);
            }
        }
        if self.draft.disconnected() {
            cx.changed(Change::Own);
        }
        let random = cx.random_u32();
        let next = self.connection.closed(code, cx.now, random);
        self.perform(next, cx);
        cx.changed(Change::Connection);
    }

    pub(super) fn tick(&mut self, cx: &mut Context<'_>) {
        self.tick_at = None;
        if self.connection.is_dead(cx.now) {
            self.disconnect(cx);
        } else if self.connection.must_retry(cx.now) {
            self.connect(cx);
        } else if self.connection.is_live() {
            if self.connection.must_ping(cx.now) {
                self.connection.pinged(cx.now);
                self.request(Purpose::Untracked, Command::Ping, cx);
            }
            if self.connection.check_response(cx.now) {
                cx.changed(Change::Connection);
            }
            if self.token_renewal.start(cx.now) {
                cx.effects.push(Effect::RenewToken);
            }
            self.retry_due(cx);
        }
    }

    pub(super) fn online(&mut self, cx: &mut Context<'_>) {
        match self.connection.state() {
            Connection::Idle | Connection::Waiting { .. } => self.connect(cx),
            Connection::Live | Connection::Unresponsive => {
                self.connection.probe(cx.now);
                self.request(Purpose::Untracked, Command::Ping, cx);
            }
            Connection::Connecting | Connection::Stopped { .. } => {}
        }
    }

    fn retry_due(&mut self, cx: &mut Context<'_>) {
        #[cfg(feature = "agent")]
        self.retry_inbox(cx);
        for id in self.timeline_ids() {
            match self.timelines.get(id).map(|timeline| timeline.sync) {
                Some(Sync::Paused { until }) if until <= cx.now => self.subscribe(id, cx),
                _ => self.flush(id, cx),
            }
            #[cfg(feature = "agent")]
            self.retry_notes(id, cx);
        }
        self.flush_draft(cx);
    }

    fn connect(&mut self, cx: &mut Context<'_>) {
        let next = self.connection.connect(cx.now);
        self.perform(next, cx);
        cx.changed(Change::Connection);
    }

    /// Closes a connection that is silent for too long, or without a network.
    pub(super) fn disconnect(&mut self, cx: &mut Context<'_>) {
        if !self.connection.is_up() {
            return;
        }
        cx.effects.push(Effect::Disconnect);
        self.closed(None, cx);
    }

    fn perform(&mut self, next: NextAction, cx: &mut Context<'_>) {
        match next {
            NextAction::None => {}
            NextAction::Connect => cx.effects.push(Effect::Connect),
            NextAction::Renew => cx.effects.push(Effect::Renew),
        }
    }

    pub(super) fn timeline_ids(&self) -> Vec<ConversationId> {
        self.timelines.ids()
    }
}

/// Whether two principals are the same person in the same workspace; name and role may differ.
fn is_same_person(one: &Principal, other: &Principal) -> bool {
    match (one, other) {
        (Principal::Visitor { visitor_id: a, .. }, Principal::Visitor { visitor_id: b, .. }) => {
            a == b
        }
        (Principal::Agent { user_id: a, .. }, Principal::Agent { user_id: b, .. }) => {
            a == b && one.workspace_id() == other.workspace_id()
        }
        _ => false,
    }
}
