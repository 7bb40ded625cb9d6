//! The life of the connection: open, authenticate, listen, notice that it is gone, come back.

use deskbell_protocol::{CloseCode, ErrorBody, UnixMs};

/// The shortest and the longest pause between attempts, in milliseconds; each is twice the one
/// before, and a part of it up to a half is left to chance so that clients do not come in step.
const PAUSE_MS: (i64, i64) = (500, 30_000);
/// From this attempt on the pause is the longest.
const LONGEST: u32 = 6;
/// A connection that lived this long was a good one: the next pause is the shortest again.
const GOOD_MS: i64 = 10_000;
/// A socket opens, or `hello` is answered, within this time.
const ANSWER_MS: i64 = 15_000;
/// After [`crate::Input::Online`] a live connection must prove itself within this time.
const PROBE_MS: i64 = 5_000;

/// Where the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Not begun.
    Idle,
    /// A socket is being opened, a token renewed or `hello` answered.
    Connecting,
    /// Authenticated: commands go out, news come in.
    Live,
    /// Lost; the next attempt is at `retry_at`.
    Waiting {
        /// When.
        retry_at: UnixMs,
    },
    /// Closed for good with this code; another client may be started.
    Stopped {
        /// See [`CloseCode`].
        code: u16,
    },
}

/// How far a renewal of the token got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Renewal {
    /// The token is believed to be good.
    None,
    /// A fresh one was asked for and no socket opened since.
    Asked,
    /// A socket was opened with the fresh one and not welcomed yet.
    Tried,
}

/// What is to be done after the state moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Nothing,
    Connect,
    Renew,
}

/// The connection with its clocks.
#[derive(Debug)]
pub(crate) struct Link {
    state: Connection,
    attempts: u32,
    live_since: Option<UnixMs>,
    heartbeat_ms: i64,
    ping_at: Option<UnixMs>,
    answer_by: Option<UnixMs>,
    renewal: Renewal,
}

impl Link {
    pub(crate) fn new() -> Self {
        Self {
            state: Connection::Idle,
            attempts: 0,
            live_since: None,
            heartbeat_ms: i64::from(deskbell_protocol::limits::HEARTBEAT_MS),
            ping_at: None,
            answer_by: None,
            renewal: Renewal::None,
        }
    }

    pub(crate) fn state(&self) -> &Connection {
        &self.state
    }

    pub(crate) fn is_live(&self) -> bool {
        self.state == Connection::Live
    }

    /// Whether there is a socket, or will be.
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.state, Connection::Connecting | Connection::Live)
    }

    /// Goes for a socket now.
    pub(crate) fn connect(&mut self, now: UnixMs) -> Step {
        self.state = Connection::Connecting;
        self.answer_by = Some(now + ANSWER_MS);
        match self.renewal {
            Renewal::Asked => Step::Renew,
            Renewal::None | Renewal::Tried => Step::Connect,
        }
    }

    pub(crate) fn opened(&mut self, now: UnixMs) {
        self.answer_by = Some(now + ANSWER_MS);
        if self.renewal == Renewal::Asked {
            self.renewal = Renewal::Tried;
        }
    }

    pub(crate) fn welcomed(&mut self, now: UnixMs, heartbeat_ms: u32) {
        self.state = Connection::Live;
        self.live_since = Some(now);
        self.heartbeat_ms = i64::from(heartbeat_ms.max(1_000));
        self.ping_at = Some(now + self.heartbeat_ms);
        self.answer_by = None;
        self.renewal = Renewal::None;
    }

    /// A frame came: the other end is alive.
    pub(crate) fn heard(&mut self) {
        if self.is_live() {
            self.answer_by = None;
        }
    }

    /// The socket is gone; says what comes next. `roll` is a number from the dice.
    pub(crate) fn closed(&mut self, code: Option<u16>, now: UnixMs, roll: u32) -> Step {
        if self.live_since.is_some_and(|since| now - since >= GOOD_MS) {
            self.attempts = 0;
        }
        self.live_since = None;
        self.ping_at = None;
        self.answer_by = None;
        let code = code.unwrap_or(0);
        let unknown = code == CloseCode::Unauthenticated.code();
        if unknown || code == CloseCode::TokenExpired.code() {
            let before = std::mem::replace(&mut self.renewal, Renewal::Asked);
            if before == Renewal::None {
                return self.connect(now);
            }
            if unknown {
                self.state = Connection::Stopped { code };
                return Step::Nothing;
            }
        } else if !CloseCode::reconnects(code) {
            self.state = Connection::Stopped { code };
            return Step::Nothing;
        }
        if code == CloseCode::Flood.code() {
            self.attempts = self.attempts.max(LONGEST);
        }
        self.state = Connection::Waiting {
            retry_at: now + pause_ms(self.attempts, roll),
        };
        self.attempts += 1;
        Step::Nothing
    }

    /// The person or the network says: now. Says whether a live connection is to be pinged.
    pub(crate) fn probe(&mut self, now: UnixMs) {
        self.pinged(now);
        self.answer_by = Some(now + PROBE_MS);
    }

    /// A ping goes out.
    pub(crate) fn pinged(&mut self, now: UnixMs) {
        self.ping_at = Some(now + self.heartbeat_ms);
        self.answer_by.get_or_insert(now + self.heartbeat_ms);
    }

    pub(crate) fn must_ping(&self, now: UnixMs) -> bool {
        self.ping_at.is_some_and(|at| at <= now)
    }

    /// Whether the other end should have answered by now and has not.
    pub(crate) fn is_dead(&self, now: UnixMs) -> bool {
        self.is_up() && self.answer_by.is_some_and(|at| at <= now)
    }

    pub(crate) fn must_retry(&self, now: UnixMs) -> bool {
        matches!(self.state, Connection::Waiting { retry_at } if retry_at <= now)
    }

    /// When to look again.
    pub(crate) fn due(&self) -> Option<UnixMs> {
        match self.state {
            Connection::Waiting { retry_at } => Some(retry_at),
            Connection::Connecting | Connection::Live => {
                self.ping_at.into_iter().chain(self.answer_by).min()
            }
            Connection::Idle | Connection::Stopped { .. } => None,
        }
    }
}

/// The pause after something was refused for the moment: at least what the server asked for.
pub(crate) fn pause_after(error: &ErrorBody, attempts: u32, roll: u32) -> i64 {
    let asked = error.retry_after_ms.map_or(0, i64::from);
    pause_ms(attempts, roll).max(asked)
}

/// The pause before attempt number `attempts` + 1, between a half and the whole of its length.
pub(crate) fn pause_ms(attempts: u32, roll: u32) -> i64 {
    let (shortest, longest) = PAUSE_MS;
    let pause = shortest.saturating_mul(1 << attempts.min(16)).min(longest);
    pause / 2 + i64::from(roll) % (pause / 2 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_half_a_minute_and_keep_a_half_for_chance() {
        assert_eq!(pause_ms(0, 0), 250);
        assert_eq!(pause_ms(0, 250), 500);
        assert_eq!(pause_ms(1, 0), 500);
        for attempts in LONGEST..40 {
            assert!((15_000..=30_000).contains(&pause_ms(attempts, u32::MAX)));
        }
    }
}
