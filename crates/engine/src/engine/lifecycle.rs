//! Connect, resume and disconnect.

use deskbell_protocol::{Command, Conversation, ConversationId, LEVEL, Principal};

use super::Engine;
use super::turn::Turn;
use crate::connection::{Connection, Step};
use crate::effect::{Change, Effect};
use crate::inbox::Inbox;
use crate::input::Side;
use crate::requests::Asked;
use crate::timeline::Sync;
use crate::typing::Typing;

impl Engine {
    pub(super) fn opened(&mut self, turn: &mut Turn<'_>) {
        if *self.link.state() == Connection::Connecting {
            self.link.opened(turn.now);
            let hello = Command::Hello {
                level: LEVEL,
                token: self.token.as_ref().map(|token| token.text.clone()),
            };
            self.ask(Asked::Nothing, hello, turn);
        }
    }

    /// Resumes everything that was followed before, then sends the queued texts.
    pub(super) fn welcomed(
        &mut self,
        you: Principal,
        heartbeat_ms: u32,
        conversation: Option<Conversation>,
        turn: &mut Turn<'_>,
    ) {
        self.link.welcomed(turn.now, heartbeat_ms);
        turn.changed(Change::Connection);
        self.introduce(you, turn);
        if let Some(conversation) = conversation {
            let id = conversation.id;
            self.update_conversation(conversation, turn);
            self.own(id, turn);
        }
        #[cfg(feature = "agent")]
        self.resume_inbox(turn);
        for id in self.timeline_ids() {
            if self
                .timelines
                .get(id)
                .is_some_and(|timeline| timeline.sync == Sync::Off)
            {
                self.resume(id, turn);
            }
        }
        self.flush_draft(turn);
    }

    /// Visitor: makes this conversation the current one.
    pub(super) fn own(&mut self, id: ConversationId, turn: &mut Turn<'_>) {
        if self.own != Some(id) {
            self.own = Some(id);
            turn.changed(Change::Own);
        }
        self.timelines.get_or_new(id).adopt(&mut self.draft);
        self.open(id, turn);
    }

    fn resume(&mut self, id: ConversationId, turn: &mut Turn<'_>) {
        if self.timelines.get(id).is_some_and(|timeline| timeline.open) {
            self.subscribe(id, turn);
        } else {
            self.flush(id, turn);
        }
    }

    /// Sets the authenticated person. After a change of identity all state is discarded.
    pub(super) fn introduce(&mut self, you: Principal, turn: &mut Turn<'_>) {
        if self
            .principal
            .as_ref()
            .is_some_and(|before| !is_same(before, &you))
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
            self.reset_presence(turn);
            self.own = None;
            turn.changed(Change::Inbox);
            turn.changed(Change::Own);
        }
        self.principal = Some(you);
        let sender = self.sender();
        self.draft.set_sender(&sender);
        for (_, timeline) in self.timelines.iter_mut() {
            timeline.outbox.set_sender(&sender);
        }
    }

    pub(super) fn closed(&mut self, code: Option<u16>, turn: &mut Turn<'_>) {
        if !self.link.is_up() {
            return;
        }
        for asked in self.requests.abandon() {
            #[cfg(feature = "agent")]
            if let Asked::Act(action, id) = asked {
                turn.refused(action, Some(id), Self::offline());
            }
            #[cfg(not(feature = "agent"))]
            drop(asked);
        }
        for id in self.typing.disconnected() {
            self.changed_conversation(id, turn);
        }
        for id in self.timeline_ids() {
            if self
                .timelines
                .get_mut(id)
                .is_some_and(|timeline| timeline.disconnected())
            {
                self.changed_timeline(id, turn);
            }
        }
        if self.draft.disconnected() {
            turn.changed(Change::Own);
        }
        let roll = turn.random_u32();
        let step = self.link.closed(code, turn.now, roll);
        self.take(step, turn);
        turn.changed(Change::Connection);
    }

    pub(super) fn tick(&mut self, turn: &mut Turn<'_>) {
        self.wake_at = None;
        if self.link.is_dead(turn.now) {
            self.lose(turn);
        } else if self.link.must_retry(turn.now) {
            self.connect(turn);
        } else if self.link.is_live() {
            if self.link.must_ping(turn.now) {
                self.link.pinged(turn.now);
                self.ask(Asked::Nothing, Command::Ping, turn);
            }
            if self.link.check_response(turn.now) {
                turn.changed(Change::Connection);
            }
            if self.token_renewal.start(turn.now) {
                turn.effects.push(Effect::RenewToken);
            }
            self.retry_what_is_due(turn);
        }
    }

    pub(super) fn online(&mut self, turn: &mut Turn<'_>) {
        match self.link.state() {
            Connection::Idle | Connection::Waiting { .. } => self.connect(turn),
            Connection::Live | Connection::Unresponsive => {
                self.link.probe(turn.now);
                self.ask(Asked::Nothing, Command::Ping, turn);
            }
            Connection::Connecting | Connection::Stopped { .. } => {}
        }
    }

    fn retry_what_is_due(&mut self, turn: &mut Turn<'_>) {
        #[cfg(feature = "agent")]
        self.retry_inbox(turn);
        for id in self.timeline_ids() {
            match self.timelines.get(id).map(|timeline| timeline.sync) {
                Some(Sync::Paused { until }) if until <= turn.now => self.subscribe(id, turn),
                _ => self.flush(id, turn),
            }
        }
        self.flush_draft(turn);
    }

    fn connect(&mut self, turn: &mut Turn<'_>) {
        let step = self.link.connect(turn.now);
        self.take(step, turn);
        turn.changed(Change::Connection);
    }

    /// Closes a connection that is silent for too long, or without a network.
    pub(super) fn lose(&mut self, turn: &mut Turn<'_>) {
        if !self.link.is_up() {
            return;
        }
        turn.effects.push(Effect::Disconnect);
        self.closed(None, turn);
    }

    fn take(&mut self, step: Step, turn: &mut Turn<'_>) {
        match step {
            Step::Nothing => {}
            Step::Connect => turn.effects.push(Effect::Connect),
            Step::Renew => turn.effects.push(Effect::Renew),
        }
    }

    pub(super) fn timeline_ids(&self) -> Vec<ConversationId> {
        self.timelines.ids()
    }
}

/// Whether two principals are the same person in the same workspace; name and role may differ.
fn is_same(one: &Principal, other: &Principal) -> bool {
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
