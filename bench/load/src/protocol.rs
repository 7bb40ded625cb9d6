//! The protocols of the measured systems behind one interface: Deskbell's, Socket.IO's, the
//! relay's.

use std::cell::Cell;

use anyhow::Result;
use deskbell_protocol::ClientMessageId;

mod deskbell;
mod relay;
mod socket_io;

pub use deskbell::Deskbell;
pub use relay::Relay;
pub use socket_io::SocketIo;

/// A request of the load generator to a server.
pub enum Request<'a> {
    /// Authenticates.
    Hello { token: &'a str },
    /// Keeps the connection alive.
    KeepAlive,
    /// Visitor: starts a conversation.
    Start,
    /// Subscribes to the conversation's messages.
    Subscribe { conversation: &'a str },
    /// Agent: subscribes to the messages of all conversations.
    SubscribeInbox,
    /// Agent: claims the conversation.
    Claim { conversation: &'a str },
    /// Sends a message.
    Send {
        conversation: &'a str,
        text: &'a str,
    },
}

/// A frame of a server.
#[derive(Debug)]
pub enum Incoming<'a> {
    /// The server is ready for hello.
    Open,
    /// The reply to hello.
    Welcome,
    /// The reply to another request, with the conversation if one was started.
    Reply {
        id: u32,
        conversation: Option<String>,
    },
    /// A message, with a number that grows within its conversation.
    Message { position: i64, text: &'a str },
    /// The head of a conversation in the inbox, with its preview.
    Head { text: &'a str },
    /// A ping, to be answered with [`Request::KeepAlive`].
    Ping,
    /// A refusal.
    Refused(String),
    /// Any other frame.
    Other,
}

/// A protocol.
pub trait Protocol: Sync {
    /// The URL of its sockets.
    fn path(&self) -> &'static str;
    /// Whether the server sends first and pings by itself.
    fn server_pings(&self) -> bool {
        false
    }
    /// Encodes a request; `None` if the protocol does not have it.
    fn encode(&self, id: u32, request: &Request<'_>) -> Option<String>;
    /// Decodes a frame.
    fn decode<'a>(&self, text: &'a str) -> Result<Incoming<'a>>;
}

/// A unique client id.
pub fn next_client_id() -> ClientMessageId {
    thread_local! {
        static LAST: Cell<u64> = const { Cell::new(0) };
    }
    let number = LAST.get() + 1;
    LAST.set(number);
    let mut random = [0; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    ClientMessageId::from_parts(1_700_000_000_000, random)
}
