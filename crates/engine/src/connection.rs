//! The state machine of the connection: connect, authenticate, detect a loss, reconnect with backoff.

use deskbell_protocol::{CloseCode, ErrorBody, UnixMs};

/// The shortest and the longest reconnect backoff, in milliseconds. Each is twice the one before,
/// and up to half of it is jitter, so that clients do not reconnect in step.
const BACKOFF_MS: (i64, i64) = (500, 30_000);
/// The attempt from which on the backoff is the longest.
const MAX_BACKOFF_ATTEMPT: u32 = 6;
/// A connection that lasted this long was stable: the next backoff is the shortest again.
const STABLE_MS: i64 = 10_000;
/// The timeout for opening a socket, and for the answer to `hello`.
const CONNECT_TIMEOUT_MS: i64 = 15_000;
/// The timeout of a ping after [`crate::Input::Online`].
const PROBE_TIMEOUT_MS: i64 = 5_000;
/// The timeout of any other ping.
const PING_TIMEOUT_MS: i64 = 10_000;
/// How long a command may await its reply before a ping checks the connection.
const REPLY_MS: i64 = 1_000;
/// How long a ping may await an answer before the connection counts as unresponsive. Together with
/// [`REPLY_MS`] a loss shows within five seconds of whatever a person does; the connection itself is
/// closed later, because a slow server does not get faster by reconnects.
const RESPONSE_MS: i64 = 1_500;

/// The state of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Not started.
    Idle,
    /// A socket is being opened, a token renewed or `hello` answered.
    Connecting,
    /// Authenticated: commands are sent, events are received.
    Live,
    /// Authenticated, but the server has not answered for some seconds. Ends with the next frame, or
    /// with the connection.
    Unresponsive,
    /// Lost; the next attempt is at `retry_at`.
    Waiting {
        /// The time of the next attempt, by the clock that is given to
        /// [`crate::Engine::handle`].
        retry_at: UnixMs,
    },
    /// Closed for good with this code; another client may be started.
    Stopped {
        /// See [`CloseCode`].
        code: u16,
    },
}

/// The progress of a token renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Renewal {
    /// None is needed: the token is believed to be valid.
    None,
    /// A new token was requested, and no socket was opened since.
    Requested,
    /// A socket was opened with the new token and not welcomed yet.
    Tried,
}

/// The action that follows a change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextAction {
    None,
    Connect,
    Renew,
}

/// The state of the connection with its timeouts.
#[derive(Debug)]
pub(crate) struct ConnectionMachine {
    state: Connection,
    attempts: u32,
    live_since: Option<UnixMs>,
    heartbeat_ms: i64,
    /// When the next heartbeat is due.
    ping_at: Option<UnixMs>,
    /// When a ping has to check the connection, because a command awaits its reply.
    reply_by: Option<UnixMs>,
    /// When the connection counts as unresponsive, unless a frame arrives before.
    respond_by: Option<UnixMs>,
    /// When the connection counts as lost, unless a frame arrives before.
    answer_by: Option<UnixMs>,
    renewal: Renewal,
}

impl ConnectionMachine {
    pub(crate) fn new() -> Self {
        Self {
            state: Connection::Idle,
            attempts: 0,
            live_since: None,
            heartbeat_ms: i64::from(deskbell_protocol::limits::HEARTBEAT_MS),
            ping_at: None,
            reply_by: None,
            respond_by: None,
            answer_by: None,
            renewal: Renewal::None,
        }
    }

    pub(crate) fn state(&self) -> &Connection {
        &self.state
    }

    /// Whether the connection is authenticated.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self.state, Connection::Live | Connection::Unresponsive)
    }

    /// Whether there is a socket, or one is being opened.
    pub(crate) fn is_up(&self) -> bool {
        self.is_live() || self.state == Connection::Connecting
    }

    /// Starts an attempt.
    pub(crate) fn connect(&mut self, now: UnixMs) -> NextAction {
        self.state = Connection::Connecting;
        self.answer_by = Some(now + CONNECT_TIMEOUT_MS);
        match self.renewal {
            Renewal::Requested => NextAction::Renew,
            Renewal::None | Renewal::Tried => NextAction::Connect,
        }
    }

    pub(crate) fn opened(&mut self, now: UnixMs) {
        self.answer_by = Some(now + CONNECT_TIMEOUT_MS);
        if self.renewal == Renewal::Requested {
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

    /// Records that a command was sent whose reply is awaited.
    pub(crate) fn requested(&mut self, now: UnixMs) {
        if self.is_live() && self.answer_by.is_none() {
            self.reply_by.get_or_insert(now + REPLY_MS);
        }
    }

    /// Records that a frame has arrived; `has_pending`: other commands still await their replies. Returns
    /// whether the connection was unresponsive until now.
    pub(crate) fn frame_received(&mut self, now: UnixMs, has_pending: bool) -> bool {
        if !self.is_live() {
            return false;
        }
        self.answer_by = None;
        self.respond_by = None;
        self.reply_by = has_pending.then_some(now + REPLY_MS);
        std::mem::replace(&mut self.state, Connection::Live) != Connection::Live
    }

    /// Records that the socket has closed; returns the action that follows. `random` is a random
    /// number.
    pub(crate) fn closed(&mut self, code: Option<u16>, now: UnixMs, random: u32) -> NextAction {
        if self
            .live_since
            .is_some_and(|since| now - since >= STABLE_MS)
        {
            self.attempts = 0;
        }
        self.live_since = None;
        self.ping_at = None;
        self.reply_by = None;
        self.respond_by = None;
        self.answer_by = None;
        let code = code.unwrap_or(0);
        let unknown = code == CloseCode::Unauthenticated.code();
        if unknown || code == CloseCode::TokenExpired.code() {
            let before = std::mem::replace(&mut self.renewal, Renewal::Requested);
            if before == Renewal::None {
                return self.connect(now);
            }
            if unknown {
                self.state = Connection::Stopped { code };
                return NextAction::None;
            }
        } else if !CloseCode::reconnects(code) {
            self.state = Connection::Stopped { code };
            return NextAction::None;
        }
        if code == CloseCode::Flood.code() {
            self.attempts = self.attempts.max(MAX_BACKOFF_ATTEMPT);
        }
        self.state = Connection::Waiting {
            retry_at: now + backoff_ms(self.attempts, random),
        };
        self.attempts += 1;
        NextAction::None
    }

    /// Checks a live connection at once; a ping has to be sent.
    pub(crate) fn probe(&mut self, now: UnixMs) {
        self.pinged(now);
        self.answer_by = Some(now + PROBE_TIMEOUT_MS);
    }

    /// Records that a ping is sent.
    pub(crate) fn pinged(&mut self, now: UnixMs) {
        self.ping_at = Some(now + self.heartbeat_ms);
        self.reply_by = None;
        self.respond_by.get_or_insert(now + RESPONSE_MS);
        self.answer_by.get_or_insert(now + PING_TIMEOUT_MS);
    }

    pub(crate) fn must_ping(&self, now: UnixMs) -> bool {
        self.ping_at
            .into_iter()
            .chain(self.reply_by)
            .any(|at| at <= now)
    }

    /// Returns whether the connection counts as unresponsive from now on.
    pub(crate) fn check_response(&mut self, now: UnixMs) -> bool {
        let is_late = self.respond_by.is_some_and(|at| at <= now);
        if is_late {
            self.respond_by = None;
            self.state = Connection::Unresponsive;
        }
        is_late
    }

    /// Whether the connection is lost: the server should have answered by now.
    pub(crate) fn is_dead(&self, now: UnixMs) -> bool {
        self.is_up() && self.answer_by.is_some_and(|at| at <= now)
    }

    pub(crate) fn must_retry(&self, now: UnixMs) -> bool {
        matches!(self.state, Connection::Waiting { retry_at } if retry_at <= now)
    }

    /// When the next timeout is due.
    pub(crate) fn due(&self) -> Option<UnixMs> {
        match self.state {
            Connection::Waiting { retry_at } => Some(retry_at),
            Connection::Connecting | Connection::Live | Connection::Unresponsive => {
                let timeouts = [self.ping_at, self.reply_by, self.respond_by, self.answer_by];
                timeouts.into_iter().flatten().min()
            }
            Connection::Idle | Connection::Stopped { .. } => None,
        }
    }
}

/// The backoff after a temporary error: at least the delay that the server requested.
pub(crate) fn backoff_after(error: &ErrorBody, attempts: u32, random: u32) -> i64 {
    let requested = error.retry_after_ms.map_or(0, i64::from);
    backoff_ms(attempts, random).max(requested)
}

/// The backoff before attempt number `attempts` + 1, between half and all of its length.
pub(crate) fn backoff_ms(attempts: u32, random: u32) -> i64 {
    let (shortest, longest) = BACKOFF_MS;
    let backoff = shortest.saturating_mul(1 << attempts.min(16)).min(longest);
    backoff / 2 + i64::from(random) % (backoff / 2 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_doubles_up_to_half_a_minute_and_half_of_it_is_jitter() {
        assert_eq!(backoff_ms(0, 0), 250);
        assert_eq!(backoff_ms(0, 250), 500);
        assert_eq!(backoff_ms(1, 0), 500);
        for attempts in MAX_BACKOFF_ATTEMPT..40 {
            assert!((15_000..=30_000).contains(&backoff_ms(attempts, u32::MAX)));
        }
    }
}
