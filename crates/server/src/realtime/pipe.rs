//! A connection without a socket: what goes in at one end comes out at the other.

use axum::body::Bytes;
use deskbell_protocol::{CloseCode, limits};
use tokio::sync::mpsc;

/// The session's end.
pub(super) struct Pipe {
    pub(super) incoming: mpsc::Receiver<String>,
    pub(super) outgoing: mpsc::Sender<Outgoing>,
}

/// The client's end.
pub(super) struct Client {
    pub(super) say: mpsc::Sender<String>,
    pub(super) hear: mpsc::Receiver<Outgoing>,
}

/// What a session sends.
pub(super) enum Outgoing {
    Frame(Bytes),
    Close(CloseCode),
}

/// Two ends; each holds as much as one poll may carry.
pub(super) fn pipe() -> (Pipe, Client) {
    let (say, incoming) = mpsc::channel(limits::POLL_FRAMES);
    let (outgoing, hear) = mpsc::channel(limits::POLL_FRAMES);
    (Pipe { incoming, outgoing }, Client { say, hear })
}
