//! An in-process transport between a session and the requests of a polling client.
//!
//! Queued frames are bounded for each session, and charged to the memory account of the client's
//! address until they are fetched or dropped.

use std::sync::Arc;

use axum::body::Bytes;
use deskbell_base::limits::memory::{MemoryAccount, MemoryCharge, of_buffer};
use deskbell_protocol::CloseCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// The capacity in bytes; a larger frame is queued alone.
const ROOM: usize = 384 * 1024;

/// The session's end.
pub(crate) struct Pipe {
    pub(super) incoming: mpsc::Receiver<ClientText>,
    pub(super) outgoing: mpsc::Sender<Outgoing>,
    /// A permit for each byte.
    room: Arc<Semaphore>,
    account: MemoryAccount,
}

/// The client's end.
pub struct Client {
    pub sender: mpsc::Sender<ClientText>,
    pub receiver: mpsc::Receiver<Outgoing>,
}

/// A frame of the client as text.
pub struct ClientText {
    pub(super) text: Box<str>,
    _charge: MemoryCharge,
}

/// An output of a session.
pub enum Outgoing {
    /// A frame. Its permits are released when the last copy is dropped.
    Frame(Bytes),
    Close(CloseCode),
}

/// A queued frame with its permits.
struct Waiting {
    frame: Bytes,
    _room: OwnedSemaphorePermit,
    _charge: MemoryCharge,
}

impl AsRef<[u8]> for Waiting {
    fn as_ref(&self) -> &[u8] {
        &self.frame
    }
}

impl Pipe {
    /// Waits until there is room for the frame. `None`: the client is gone, or its address has
    /// reached its memory quota.
    pub(super) async fn send(&self, frame: Bytes) -> Option<()> {
        // Charged before waiting, because a frame that waits for room takes memory, too.
        let charge = self.account.charge(of_buffer(frame.len()))?;
        // Encoding leaves spare capacity, which would stay allocated.
        let frame = Bytes::copy_from_slice(&frame);
        let bytes = frame.len().min(ROOM) as u32;
        let room = Arc::clone(&self.room).acquire_many_owned(bytes).await;
        let waiting = Waiting {
            _room: room.ok()?,
            _charge: charge,
            frame,
        };
        let frame = Bytes::from_owner(waiting);
        self.outgoing.send(Outgoing::Frame(frame)).await.ok()
    }
}

#[cfg(feature = "simulation")]
impl From<String> for ClientText {
    fn from(text: String) -> Self {
        Self {
            text: text.into(),
            _charge: MemoryAccount::unlimited().empty_charge(),
        }
    }
}

impl ClientText {
    /// Prepares a frame of the client; `None`: its address has reached its memory quota.
    pub(super) fn new(text: &str, account: &MemoryAccount) -> Option<Self> {
        Some(Self {
            _charge: account.charge(of_buffer(text.len()))?,
            text: text.into(),
        })
    }
}

/// Creates a pipe. Each direction has room for this many frames.
pub(crate) fn pipe(frames: usize, account: &MemoryAccount) -> (Pipe, Client) {
    let (sender, incoming) = mpsc::channel(frames);
    let (outgoing, receiver) = mpsc::channel(frames);
    let pipe = Pipe {
        incoming,
        outgoing,
        room: Arc::new(Semaphore::new(ROOM)),
        account: account.clone(),
    };
    (pipe, Client { sender, receiver })
}
