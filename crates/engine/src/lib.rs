//! What a client of Deskbell knows and does next, as pure state: no socket, no clock, no dice.
//!
//! [`Engine::handle`] takes one [`Input`] (a frame came, the person did something, time passed)
//! and the time, and answers with [`Effect`]s (send this, connect, wake me then, redraw that).
//! The widget, the dashboard, tests and tools put a socket and a clock around it; that is the
//! `deskbell-client` crate. What holds, whatever the network does:
//!
//! 1. A [`Timeline`] holds a run of messages without a gap or a repeat. What does not fit is not
//!    guessed at: the engine asks again from the last message it holds.
//! 2. A text that was sent stands exactly once, under one [`RowKey`], from the keystroke to the
//!    server's copy. It is sent again with the same client id until it is acknowledged, by the
//!    next engine if this one ends before.
//! 3. Texts of one conversation leave in the order they were written, one at a time.
//! 4. Of two copies of a conversation the one with the higher revision is kept, wherever the
//!    copies come from.
//! 5. Whoever was away gets what has changed in the inbox since, and the list is then what the
//!    server's is.
//! 6. What people attend to is said sparingly: that one writes, every three seconds; how far one
//!    has read, once a second, and never what the server knows. What others attend to runs out by
//!    itself if it is not said again.
//!
//! What only agents need stands behind the feature `agent`: a visitor's program is downloaded.

#![warn(missing_docs)]

mod engine;
mod input;

mod effect;

mod connection;
mod inbox;
mod outbox;
#[cfg(feature = "agent")]
mod presence;
mod receipts;
mod requests;
mod row;
mod timeline;
mod timelines;
mod typing;

pub use connection::Connection;
pub use effect::{Change, Effect};
pub use engine::Engine;
pub use inbox::Inbox;
pub use input::{Action, Input, Side};
pub use outbox::Waiting;
#[cfg(feature = "agent")]
pub use presence::Presence;
pub use row::{Row, RowKey, RowState};
pub use timeline::Timeline;
