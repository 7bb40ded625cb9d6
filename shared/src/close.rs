//! Close codes: the reason why the server closed a connection, and whether the client reconnects.

/// A WebSocket close code. After codes 4000–4499 a client reconnects by itself; after codes 4500–4999
/// only with a change (a new token, another page).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// The server is restarting: reconnect.
    Restart = 4000,
    /// The client read too slowly: reconnect and resume.
    TooSlow = 4001,
    /// No frame for three heartbeats: reconnect.
    Silent = 4002,
    /// `hello` did not arrive in time: reconnect.
    HelloTimeout = 4003,
    /// An internal error of the server: reconnect.
    Internal = 4004,
    /// The token has expired: renew it, then reconnect.
    TokenExpired = 4005,
    /// Repeatedly far above a limit, or too many connections: reconnect after a long pause.
    Flood = 4006,
    /// No token, or not a valid one: sign in.
    Unauthenticated = 4501,
    /// The token is valid, but does not allow this.
    Forbidden = 4503,
    /// The person or their network is blocked: do not reconnect.
    Blocked = 4504,
    /// A frame larger than [`crate::limits::FRAME_BYTES`].
    TooLarge = 4513,
    /// Too many invalid frames.
    Protocol = 4522,
}

impl CloseCode {
    /// The number on the wire.
    pub fn code(self) -> u16 {
        self as u16
    }

    /// Whether a client reconnects by itself after `code`. Codes below 4000 come from the network or a
    /// proxy, so it does.
    pub fn reconnects(code: u16) -> bool {
        code < 4500
    }
}
