//! The same questions in three languages: Deskbell's protocol, Socket.IO's, the relay's.

use std::cell::Cell;

use anyhow::Result;
use deskbell_protocol::ClientMessageId;

mod deskbell;
mod relay;
mod socket_io;

pub use deskbell::Deskbell;
pub use relay::Relay;
pub use socket_io::SocketIo;

/// What the load asks of a server.
pub enum Ask<'a> {
    /// First of all.
    Hello { token: &'a str },
    /// So that the connection is kept.
    Beat,
    /// Visitor: a new conversation.
    Start,
    /// The conversation's messages from now on.
    Follow { conversation: &'a str },
    /// Agent: all conversations' messages from now on.
    FollowInbox,
    /// Agent: may write there.
    Claim { conversation: &'a str },
    /// A message.
    Send {
        conversation: &'a str,
        text: &'a str,
    },
}

/// What a server said.
#[derive(Debug)]
pub enum Heard<'a> {
    /// Hello may be said.
    Open,
    /// The answer to hello.
    Welcome,
    /// The answer to something else, maybe with the conversation that was started.
    Reply {
        id: u32,
        conversation: Option<String>,
    },
    /// A message, with a number that grows within its conversation.
    Message { position: i64, text: &'a str },
    /// A conversation's head in the inbox, with the beginning of its newest message.
    Head { text: &'a str },
    /// A question whether we are there, to be answered with [`Ask::Beat`].
    Ping,
    /// No.
    Refused(String),
    /// Nothing that matters here.
    Other,
}

/// A language.
pub trait Dialect: Sync {
    /// Where its sockets are.
    fn path(&self) -> &'static str;
    /// Whether the server speaks first, and asks for signs of life by itself.
    fn server_leads(&self) -> bool {
        false
    }
    /// Writes a question; `None` if this language has no need of it.
    fn encode(&self, id: u32, ask: &Ask<'_>) -> Option<String>;
    /// Reads what was said.
    fn decode<'a>(&self, text: &'a str) -> Result<Heard<'a>>;
}

/// A client id that this run has not used.
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
