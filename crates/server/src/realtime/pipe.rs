//! A connection without a socket: what goes in at one end comes out at the other.

use std::sync::Arc;

use axum::body::Bytes;
use deskbell_protocol::CloseCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Bytes that may wait for a client; a larger frame waits alone.
const ROOM: usize = 512 * 1024;

/// The session's end.
pub(crate) struct Pipe {
    pub(super) incoming: mpsc::Receiver<String>,
    pub(super) outgoing: mpsc::Sender<Outgoing>,
    /// In bytes.
    room: Arc<Semaphore>,
}

/// The client's end.
pub struct Client {
    pub say: mpsc::Sender<String>,
    pub hear: mpsc::Receiver<Outgoing>,
}

/// What a session sends.
pub enum Outgoing {
    /// A frame, and the room that it takes until it is fetched.
    Frame(Bytes, OwnedSemaphorePermit),
    Close(CloseCode),
}

impl Pipe {
    /// Waits until there is room for the frame; `None` if the client is gone.
    pub(super) async fn send(&self, frame: Bytes) -> Option<()> {
        let bytes = frame.len().min(ROOM) as u32;
        let room = Arc::clone(&self.room)
            .acquire_many_owned(bytes)
            .await
            .ok()?;
        self.outgoing.send(Outgoing::Frame(frame, room)).await.ok()
    }
}

/// Two ends; each holds so many frames.
pub(crate) fn pipe(frames: usize) -> (Pipe, Client) {
    let (say, incoming) = mpsc::channel(frames);
    let (outgoing, hear) = mpsc::channel(frames);
    let room = Arc::new(Semaphore::new(ROOM));
    let pipe = Pipe {
        incoming,
        outgoing,
        room,
    };
    (pipe, Client { say, hear })
}
