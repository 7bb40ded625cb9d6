//! Transport selection: a WebSocket, or long polling where no WebSocket gets through.
//!
//! An attempt without a single frame from the server has failed, and the next one uses the other
//! transport; after a successful one the WebSocket is tried first. While polls carry the
//! connection, a WebSocket is tested beside them from time to time.

/// The transport of the frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
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

/// The choice between the transports.
#[derive(Debug, Default)]
pub struct Route {
    last: Option<(Way, bool)>,
    trials: u32,
}

impl Route {
    /// Chooses the transport of the next attempt.
    pub fn begin(&mut self) -> Way {
        let way = match self.last {
            Some((Way::Socket, false)) => Way::Poll,
            _ => Way::Socket,
        };
        self.last = Some((way, false));
        way
    }

    /// Records that a frame has arrived on this attempt.
    pub fn arrived(&mut self) {
        if let Some((way, arrived)) = &mut self.last {
            *arrived = true;
            if *way == Way::Socket {
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
        let mut route = Route::default();
        let ways: Vec<Way> = (0..4).map(|_| route.begin()).collect();
        assert_eq!(ways, [Way::Socket, Way::Poll, Way::Socket, Way::Poll]);
    }

    #[test]
    fn after_a_successful_attempt_the_socket_is_tried_first() {
        let mut route = Route::default();
        assert_eq!((route.begin(), route.begin()), (Way::Socket, Way::Poll));
        route.arrived();
        assert_eq!(route.begin(), Way::Socket);
        route.arrived();
        assert_eq!(route.begin(), Way::Socket);
    }

    #[test]
    fn tests_become_rarer_until_a_socket_gets_through() {
        let mut route = Route::default();
        let waits: Vec<i64> = (0..7).map(|_| route.next_trial_ms()).collect();
        assert_eq!(waits[..2], [30_000, 60_000]);
        assert_eq!(waits[5..], [900_000, 900_000]);
        route.begin();
        route.arrived();
        assert_eq!(route.next_trial_ms(), 30_000);
    }
}
