//! Read receipts of a conversation: what was sent to the server, and what it has confirmed.

use deskbell_protocol::limits::RECEIPT_EVERY_MS;
use deskbell_protocol::{Receipts, Seq, UnixMs};

/// The receipts of one conversation.
#[derive(Debug, Default)]
pub(crate) struct ReceiptState {
    /// The receipts of both sides, as the server has them.
    pub(crate) receipts: Receipts,
    /// The last message that the person has seen.
    seen: Seq,
    /// What was sent on this connection.
    sent: ReceiptPair,
    /// The earliest time of the next receipt.
    next_at: UnixMs,
}

/// A pair of receipts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReceiptPair {
    /// The last message that their client has received.
    pub(crate) delivered: Seq,
    /// The last message that they have seen.
    pub(crate) seen: Seq,
}

impl ReceiptPair {
    fn exceeds(self, other: Self) -> bool {
        self.delivered > other.delivered || self.seen > other.seen
    }

    fn or_higher(self, other: Self) -> Self {
        Self {
            delivered: self.delivered.max(other.delivered),
            seen: self.seen.max(other.seen),
        }
    }
}

impl ReceiptState {
    /// Records that the person has seen this message.
    pub(crate) fn mark_seen(&mut self, seq: Seq) {
        self.seen = self.seen.max(seq);
    }

    /// Whether the person has seen this message, as far as this client knows.
    #[cfg(feature = "agent")]
    pub(crate) fn has_seen(&self, seq: Seq) -> bool {
        self.seen >= seq
    }

    /// The receipt for a server that has `confirmed`, if it lacks one.
    fn unsent(&self, received: Seq, confirmed: ReceiptPair) -> Option<ReceiptPair> {
        let pair = ReceiptPair {
            delivered: received,
            seen: self.seen,
        };
        pair.exceeds(self.sent.or_higher(confirmed)).then_some(pair)
    }

    /// The receipt to send now, which counts as sent from here on. `immediately`: ignores the interval.
    pub(crate) fn take_due(
        &mut self,
        received: Seq,
        confirmed: ReceiptPair,
        now: UnixMs,
        immediately: bool,
    ) -> Option<ReceiptPair> {
        let pair = self.unsent(received, confirmed)?;
        if self.next_at > now && !immediately {
            return None;
        }
        self.sent = self.sent.or_higher(pair);
        self.next_at = now + i64::from(RECEIPT_EVERY_MS);
        Some(pair)
    }

    /// When the next receipt is due.
    pub(crate) fn due(&self, received: Seq, confirmed: ReceiptPair) -> Option<UnixMs> {
        self.unsent(received, confirmed).map(|_| self.next_at)
    }

    /// Resets after a disconnect: what was sent may not have arrived.
    pub(crate) fn disconnected(&mut self) {
        self.sent = ReceiptPair::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: ReceiptPair = ReceiptPair {
        delivered: 0,
        seen: 0,
    };

    #[test]
    fn at_most_one_receipt_a_second_and_the_latest_wins() {
        let mut state = ReceiptState::default();
        let mut sent = Vec::new();
        for n in 1..=50 {
            let now = n * 100;
            state.mark_seen(n);
            sent.extend(
                state
                    .take_due(n, NOTHING, now, false)
                    .map(|pair| (now, pair)),
            );
        }
        assert_eq!(sent.len(), 5);
        assert!(sent.windows(2).all(|two| two[1].0 - two[0].0 >= 1_000));
        assert_eq!(state.due(50, NOTHING), Some(5_100));
        let last = state
            .take_due(50, NOTHING, 5_100, false)
            .expect("it is due");
        assert_eq!((last.delivered, last.seen), (50, 50));
        assert_eq!(state.due(50, NOTHING), None);
    }

    #[test]
    fn receipts_that_the_server_has_are_not_sent_again_after_a_disconnect() {
        let mut state = ReceiptState::default();
        state.mark_seen(3);
        assert!(state.take_due(3, NOTHING, 0, false).is_some());
        state.disconnected();
        let confirmed = ReceiptPair {
            delivered: 3,
            seen: 3,
        };
        assert_eq!(state.due(3, confirmed), None);
        assert!(
            state.take_due(3, NOTHING, 9_000, false).is_some(),
            "the first receipt was lost"
        );
    }
}
