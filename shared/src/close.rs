//! Why the server closed a connection, and whether to come back.

/// A WebSocket close code of ours. Of those in 4000–4499 a client comes back by itself, of those
/// in 4500–4999 it does not before something has changed (a new token, another page).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// The server is restarting: come back.
    Restart = 4000,
    /// The client read too slowly and was cut off: come back and resume.
    TooSlow = 4001,
    /// No frame for three heartbeats: come back.
    Silent = 4002,
    /// `hello` did not come in time: come back.
    HelloTimeout = 4003,
    /// Something broke on our side: come back.
    Internal = 4004,
    /// The token's time is over: renew it, then come back.
    TokenExpired = 4005,
    /// Far over a limit, again and again, or too many connections: come back after a long pause.
    Flood = 4006,
    /// No token, or not one of ours: sign in.
    Unauthenticated = 4501,
    /// The token is good, but not for this.
    Forbidden = 4503,
    /// You, or where you come from, may not write here: stay away.
    Blocked = 4504,
    /// A frame larger than [`crate::limits::FRAME_BYTES`].
    TooLarge = 4513,
    /// Too many frames that were not understood.
    Protocol = 4522,
}

impl CloseCode {
    /// The number on the wire.
    pub fn code(self) -> u16 {
        self as u16
    }

    /// Whether a client that was closed with `code` comes back by itself. Codes below 4000 are
    /// the network's or a proxy's, so it does.
    pub fn reconnects(code: u16) -> bool {
        code < 4500
    }
}
