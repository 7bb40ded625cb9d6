//! Read receipts of a conversation: what was sent to the server, and what it has confirmed.

use deskbell_protocol::limits::RECEIPT_EVERY_MS;
use deskbell_protocol::{Receipts, Seq, UnixMs};

/// The receipts of one conversation.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// The receipts of both sides, as the server has them.
    pub(crate) receipts: Receipts,
    /// The last message that the person has seen.
    seen: Seq,
    /// What was sent on this connection.
    said: Reach,
    /// The earliest time of the next receipt.
    next_at: UnixMs,
}

/// A pair of receipts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The last message that their client has received.
    pub(crate) delivered: Seq,
    /// The last message that they have seen.
    pub(crate) seen: Seq,
}

impl Reach {
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

impl Reading {
    /// Records that the person has seen this message.
    pub(crate) fn see(&mut self, seq: Seq) {
        self.seen = self.seen.max(seq);
    }

    /// Whether the person has seen this message, as far as this client knows.
    #[cfg(feature = "agent")]
    pub(crate) fn has_seen(&self, seq: Seq) -> bool {
        self.seen >= seq
    }

    /// The receipt for a server that has `known`, if it lacks one.
    fn news(&self, held: Seq, known: Reach) -> Option<Reach> {
        let reach = Reach {
            delivered: held,
            seen: self.seen,
        };
        reach.exceeds(self.said.or_higher(known)).then_some(reach)
    }

    /// The receipt to send now, which counts as sent from here on. `hurry`: ignores the interval.
    pub(crate) fn take(
        &mut self,
        held: Seq,
        known: Reach,
        now: UnixMs,
        hurry: bool,
    ) -> Option<Reach> {
        let reach = self.news(held, known)?;
        if self.next_at > now && !hurry {
            return None;
        }
        self.said = self.said.or_higher(reach);
        self.next_at = now + i64::from(RECEIPT_EVERY_MS);
        Some(reach)
    }

    /// When the next receipt is due.
    pub(crate) fn due(&self, held: Seq, known: Reach) -> Option<UnixMs> {
        self.news(held, known).map(|_| self.next_at)
    }

    /// Resets after a disconnect: what was sent may not have arrived.
    pub(crate) fn disconnected(&mut self) {
        self.said = Reach::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Reach = Reach {
        delivered: 0,
        seen: 0,
    };

    #[test]
    fn at_most_one_receipt_a_second_and_the_latest_wins() {
        let mut reading = Reading::default();
        let mut said = Vec::new();
        for n in 1..=50 {
            let now = n * 100;
            reading.see(n);
            said.extend(
                reading
                    .take(n, NOTHING, now, false)
                    .map(|reach| (now, reach)),
            );
        }
        assert_eq!(said.len(), 5);
        assert!(said.windows(2).all(|two| two[1].0 - two[0].0 >= 1_000));
        assert_eq!(reading.due(50, NOTHING), Some(5_100));
        let last = reading.take(50, NOTHING, 5_100, false).expect("it is due");
        assert_eq!((last.delivered, last.seen), (50, 50));
        assert_eq!(reading.due(50, NOTHING), None);
    }

    #[test]
    fn receipts_that_the_server_has_are_not_sent_again_after_a_disconnect() {
        let mut reading = Reading::default();
        reading.see(3);
        assert!(reading.take(3, NOTHING, 0, false).is_some());
        reading.disconnected();
        let known = Reach {
            delivered: 3,
            seen: 3,
        };
        assert_eq!(reading.due(3, known), None);
        assert!(
            reading.take(3, NOTHING, 9_000, false).is_some(),
            "it was lost"
        );
    }
}
