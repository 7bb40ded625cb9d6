//! Typing indicators and read receipts.

use deskbell_protocol::{Command, ConversationId, Receipts, Sender};

use super::Engine;
use super::context::Context;
use crate::effect::Change;
use crate::input::Side;
use crate::receipts::ReceiptPair;
use crate::requests::Purpose;
use crate::timeline::Sync;

impl Engine {
    /// The read receipts of both sides of a conversation; they never decrease.
    pub fn receipts(&self, id: ConversationId) -> Receipts {
        let timeline = self.timelines.get(id);
        timeline.map_or_else(Receipts::default, |timeline| {
            timeline.receipt_state.receipts
        })
    }

    /// The other people who are typing in a conversation. Of those that are not open only the visitor is
    /// known.
    pub fn typists(&self, id: ConversationId) -> impl Iterator<Item = &Sender> {
        self.typing.typists(id)
    }

    /// Visitor: whether an agent is online; `None` if it is not known yet.
    pub fn team_online(&self) -> Option<bool> {
        self.team_online
    }

    /// Removes expired indicators and sends receipts, at the end of each call.
    pub(super) fn update_attention(&mut self, cx: &mut Context<'_>) {
        for id in self.typing.expire(cx.now) {
            self.changed_conversation(id, cx);
        }
        for id in self.timeline_ids() {
            self.send_receipt(id, false, cx);
        }
    }

    /// Sends that the person is typing, or has stopped.
    pub(super) fn set_typing(
        &mut self,
        id: Option<ConversationId>,
        active: bool,
        cx: &mut Context<'_>,
    ) {
        let Some(id) = id.or(self.own) else { return };
        if self.is_followed(id) && self.typing.set_own(id, active, cx.now) {
            let command = Command::Typing {
                conversation_id: id,
                active,
            };
            self.request(Purpose::Untracked, command, cx);
        }
    }

    /// Sends a receipt, if there is a new one and the interval is over.
    pub(super) fn send_receipt(
        &mut self,
        id: ConversationId,
        immediately: bool,
        cx: &mut Context<'_>,
    ) {
        if !self.is_followed(id) {
            return;
        }
        let confirmed = self.confirmed_receipts(id);
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        let received = timeline.last_of_others(self.side);
        if self.newest_visible {
            timeline.receipt_state.mark_seen(received);
        }
        if let Some(pair) =
            timeline
                .receipt_state
                .take_due(received, confirmed, cx.now, immediately)
        {
            let command = Command::Receipt {
                conversation_id: id,
                delivered: Some(pair.delivered),
                seen: (pair.seen > 0).then_some(pair.seen),
            };
            self.request(Purpose::Untracked, command, cx);
        }
    }

    /// When the next of these timeouts is due.
    pub(super) fn attention_due(&self) -> Option<i64> {
        let receipts = self.timelines.iter().filter_map(|(id, timeline)| {
            let received = timeline.last_of_others(self.side);
            let due = timeline
                .receipt_state
                .due(received, self.confirmed_receipts(id));
            due.filter(|_| self.is_followed(id))
        });
        receipts.chain(self.typing.due()).min()
    }

    /// Applies receipts.
    pub(super) fn apply_receipts(
        &mut self,
        id: ConversationId,
        receipts: Receipts,
        cx: &mut Context<'_>,
    ) {
        if let Some(timeline) = self.timelines.get_mut(id)
            && timeline.receipt_state.receipts.merge(receipts)
        {
            self.changed_conversation(id, cx);
        }
    }

    pub(super) fn apply_typing(
        &mut self,
        id: ConversationId,
        sender: &Sender,
        active: bool,
        cx: &mut Context<'_>,
    ) {
        if self.typing.update(id, sender, active, cx.now) {
            self.changed_conversation(id, cx);
        }
    }

    pub(super) fn changed_conversation(&self, id: ConversationId, cx: &mut Context<'_>) {
        cx.changed(Change::Conversation(id));
        if self.own == Some(id) {
            cx.changed(Change::Own);
        }
    }

    fn is_followed(&self, id: ConversationId) -> bool {
        let timeline = self.timelines.get(id);
        self.connection.is_live()
            && timeline.is_some_and(|timeline| timeline.open && timeline.sync == Sync::Live)
    }

    /// Our receipts in a conversation, as the server has them.
    fn confirmed_receipts(&self, id: ConversationId) -> ReceiptPair {
        let receipts = self.receipts(id);
        match self.side {
            Side::Visitor => ReceiptPair {
                delivered: receipts.visitor_delivered,
                seen: receipts.visitor_seen,
            },
            #[cfg(feature = "agent")]
            Side::Agent => ReceiptPair {
                delivered: receipts.agent_delivered,
                // A teammate may have seen more than we have.
                seen: self.marker_seq(id),
            },
            #[cfg(not(feature = "agent"))]
            Side::Agent => ReceiptPair::default(),
        }
    }
}
