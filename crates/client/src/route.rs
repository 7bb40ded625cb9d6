//! Which way to the server: a WebSocket, or plain HTTP where no WebSocket comes through.
//!
//! Nobody is asked. An attempt on which no frame arrived was in vain, and the next one takes the
//! other way; whoever had got through, by whichever way, tries the WebSocket first again. While
//! HTTP carries the connection, a WebSocket is tried beside it from time to time.

/// What carries the frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// A WebSocket.
    #[default]
    Socket,
    /// Polls over HTTP.
    Poll,
}

/// The first trial of a WebSocket beside polls is after this time; each further one takes twice
/// as long, up to [`LAST_TRIAL_MS`].
const FIRST_TRIAL_MS: i64 = 30_000;
const LAST_TRIAL_MS: i64 = 15 * 60_000;

/// The choice between the ways.
#[derive(Debug, Default)]
pub struct Route {
    last: Option<(Way, bool)>,
    trials: u32,
}

impl Route {
    /// The way of the attempt that begins now.
    pub fn begin(&mut self) -> Way {
        let way = match self.last {
            Some((Way::Socket, false)) => Way::Poll,
            _ => Way::Socket,
        };
        self.last = Some((way, false));
        way
    }

    /// A frame arrived on this attempt.
    pub fn arrived(&mut self) {
        if let Some((way, arrived)) = &mut self.last {
            *arrived = true;
            if *way == Way::Socket {
                self.trials = 0;
            }
        }
    }

    /// How long to wait before a WebSocket is tried beside the polls, in milliseconds.
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
    fn what_was_in_vain_is_followed_by_the_other_way() {
        let mut route = Route::default();
        let ways: Vec<Way> = (0..4).map(|_| route.begin()).collect();
        assert_eq!(ways, [Way::Socket, Way::Poll, Way::Socket, Way::Poll]);
    }

    #[test]
    fn whoever_got_through_tries_the_socket_first() {
        let mut route = Route::default();
        assert_eq!((route.begin(), route.begin()), (Way::Socket, Way::Poll));
        route.arrived();
        assert_eq!(route.begin(), Way::Socket);
        route.arrived();
        assert_eq!(route.begin(), Way::Socket);
    }

    #[test]
    fn trials_become_rarer_until_a_socket_gets_through() {
        let mut route = Route::default();
        let waits: Vec<i64> = (0..7).map(|_| route.next_trial_ms()).collect();
        assert_eq!(waits[..2], [30_000, 60_000]);
        assert_eq!(waits[5..], [900_000, 900_000]);
        route.begin();
        route.arrived();
        assert_eq!(route.next_trial_ms(), 30_000);
    }
}
