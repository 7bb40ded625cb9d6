//! The state machine of a client of Deskbell. Pure state: no socket, no clock, no random numbers.
//!
//! [`Engine::handle`] takes one [`Input`] (a frame, an action of the person, a tick) and the time, and
//! returns [`Effect`]s (send a frame, connect, set a timer, redraw). The `deskbell-client` crate adds
//! a socket and a clock, for the widget, the dashboard, tests and tools. These properties hold,
//! whatever the network does:
//!
//! 1. A [`Timeline`] has messages without a gap or a repeat. After a gap the engine subscribes again
//!    from its last message.
//! 2. A text appears exactly once, under one [`RowKey`], from the keystroke to the server's copy. It is
//!    sent again with the same client id until it is acknowledged, by the next engine if this one
//!    ends before.
//! 3. Texts of one conversation are sent in the order in which they were written, one at a time.
//! 4. Of two copies of a conversation the engine uses the one with the higher revision.
//! 5. After a reconnect the inbox is the same as the server's.
//! 6. Typing is sent at most every three seconds, and read receipts at most once a second and never
//!    those that the server has. Typing of others expires.
//! 7. After the server was restored from a backup, the engine loads its state again and keeps the
//!    unsent texts.
//!
//! The feature `agent` adds what only agents need, because the widget is downloaded by visitors.

#![warn(missing_docs)]

mod engine;
mod input;

mod effect;

mod connection;
mod inbox;
#[cfg(feature = "agent")]
mod notes;
mod outbox;
#[cfg(feature = "agent")]
mod presence;
mod receipts;
mod requests;
mod row;
mod timeline;
mod timelines;
mod token;
mod typing;

pub use connection::Connection;
pub use effect::{Change, Effect};
pub use engine::Engine;
pub use inbox::Inbox;
pub use input::{Action, Input, Side};
pub use outbox::UnsentText;
#[cfg(feature = "agent")]
pub use presence::Presence;
pub use row::{Row, RowKey, RowState};
pub use timeline::Timeline;
pub use token::Token;
