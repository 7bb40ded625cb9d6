//! How far this client has got in a conversation, and what the server has been told of it.

use deskbell_protocol::limits::RECEIPT_EVERY_MS;
use deskbell_protocol::{Receipts, Seq, UnixMs};

/// One conversation's receipts.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// How far both sides have got, by the server's word.
    pub(crate) told: Receipts,
    /// The last message that the person has had before their eyes.
    seen: Seq,
    /// What was said on this connection.
    said: Reach,
    /// Not before this time again.
    next_at: UnixMs,
}

/// How far somebody has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The last message that their program holds.
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
    /// The person has this message before their eyes.
    pub(crate) fn see(&mut self, seq: Seq) {
        self.seen = self.seen.max(seq);
    }

    /// Whether the person has seen this message, as far as this client knows.
    #[cfg(feature = "agent")]
    pub(crate) fn has_seen(&self, seq: Seq) -> bool {
        self.seen >= seq
    }

    /// What is to be said to a server that knows `known`, now or as soon as it may be.
    fn news(&self, held: Seq, known: Reach) -> Option<Reach> {
        let reach = Reach {
            delivered: held,
            seen: self.seen,
        };
        reach.exceeds(self.said.or_higher(known)).then_some(reach)
    }

    /// What is to be said now; it counts as said from here on. `hurry`: it is the last chance.
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

    /// When there is something to be said.
    pub(crate) fn due(&self, held: Seq, known: Reach) -> Option<UnixMs> {
        self.news(held, known).map(|_| self.next_at)
    }

    /// The connection is gone: what was said may not have arrived.
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
    fn what_the_server_knows_is_not_said_again_after_a_break() {
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
