//! Transport selection: a WebSocket, or long polling where no WebSocket gets through.
//!
//! An attempt without a single frame from the server has failed, and the next one uses the other
//! transport; after a successful one the WebSocket is tried first. While polls carry the
//! connection, a WebSocket is tested beside them from time to time.

/// The kind of transport that carries the frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransportKind {
    /// A WebSocket.
    #[default]
    Socket,
    /// Long polling over HTTP.
    Poll,
}

/// The delay before the first test of a WebSocket beside polls; it doubles for each further test, up
/// to [`LAST_TRIAL_MS`].
const FIRST_TRIAL_MS: i64 = 30_000;
const LAST_TRIAL_MS: i64 = 15 * 60_000;

/// The state of the selection: the last attempt, and the tests of a WebSocket beside polls.
#[derive(Debug, Default)]
pub struct TransportChoice {
    last: Option<(TransportKind, bool)>,
    trials: u32,
}

impl TransportChoice {
    /// Chooses the transport of the next attempt.
    pub fn choose(&mut self) -> TransportKind {
        let kind = match self.last {
            Some((TransportKind::Socket, false)) => TransportKind::Poll,
            _ => TransportKind::Socket,
        };
        self.last = Some((kind, false));
        kind
    }

    /// Records that a frame has arrived on this attempt.
    pub fn record_frame(&mut self) {
        if let Some((kind, has_frame)) = &mut self.last {
            *has_frame = true;
            if *kind == TransportKind::Socket {
                self.trials = 0;
            }
        }
    }

    /// The delay before the next test of a WebSocket beside the polls, in milliseconds.
    pub fn next_trial_ms(&mut self) -> i64 {
        let wait = FIRST_TRIAL_MS.saturating_mul(1 << self.trials.min(16));
        self.trials += 1;
        wait.min(LAST_TRIAL_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_attempt_is_followed_by_the_other_transport() {
        let mut choice = TransportChoice::default();
        let kinds: Vec<TransportKind> = (0..4).map(|_| choice.choose()).collect();
        assert_eq!(
            kinds,
            [
                TransportKind::Socket,
                TransportKind::Poll,
                TransportKind::Socket,
                TransportKind::Poll
            ]
        );
    }

    #[test]
    fn after_a_successful_attempt_the_socket_is_tried_first() {
        let mut choice = TransportChoice::default();
        assert_eq!(
            (choice.choose(), choice.choose()),
            (TransportKind::Socket, TransportKind::Poll)
        );
        choice.record_frame();
        assert_eq!(choice.choose(), TransportKind::Socket);
        choice.record_frame();
        assert_eq!(choice.choose(), TransportKind::Socket);
    }

    #[test]
    fn tests_become_rarer_until_a_socket_gets_through() {
        let mut choice = TransportChoice::default();
        let waits: Vec<i64> = (0..7).map(|_| choice.next_trial_ms()).collect();
        assert_eq!(waits[..2], [30_000, 60_000]);
        assert_eq!(waits[5..], [900_000, 900_000]);
        choice.choose();
        choice.record_frame();
        assert_eq!(choice.next_trial_ms(), 30_000);
    }
}
