//! A connection without a socket: what goes in at one end comes out at the other.

use axum::body::Bytes;
use deskbell_protocol::CloseCode;
use tokio::sync::mpsc;

/// The session's end.
pub(super) struct Pipe {
    pub(super) incoming: mpsc::Receiver<String>,
    pub(super) outgoing: mpsc::Sender<Outgoing>,
}

/// The client's end.
pub struct Client {
    pub say: mpsc::Sender<String>,
    pub hear: mpsc::Receiver<Outgoing>,
}

/// What a session sends.
pub enum Outgoing {
    Frame(Bytes),
    Close(CloseCode),
}

/// Two ends; each holds so many frames.
pub(super) fn pipe(frames: usize) -> (Pipe, Client) {
    let (say, incoming) = mpsc::channel(frames);
    let (outgoing, hear) = mpsc::channel(frames);
    (Pipe { incoming, outgoing }, Client { say, hear })
}
