//! The wire of Deskbell, and nothing else: what both ends of a connection agree on.
//!
//! Read in this order: [`ids`] name things, [`model`] is what things look like, [`presence`] who is
//! there, [`command`] is what a client says, [`event`] what the server says, [`frame`] the envelope
//! around both.
//! [`error`], [`close`] and [`limits`] are the rules; [`api`] holds the bodies of the HTTP API.
//! `docs/protocol.md` tells the same story in prose.
//!
//! Growth: a field may be added if it has a default, a variant may be added; nothing is renamed,
//! retyped or reused. [`LEVEL`] counts such additions.

mod word;

pub mod ids;
pub mod model;
pub mod presence;

pub mod command;
pub mod event;
pub mod frame;

pub mod close;
pub mod error;
pub mod limits;

pub mod api;

pub use close::CloseCode;
pub use command::Command;
pub use error::{ErrorBody, ErrorCode};
pub use event::Event;
pub use frame::{ClientFrame, ServerFrame};
pub use ids::*;
pub use model::*;
pub use presence::*;
pub use word::Word;

/// The newest protocol level this crate speaks. `hello` carries the client's, `welcome` the server's.
pub const LEVEL: u16 = 1;

/// A time on the wire: milliseconds since 1970-01-01 UTC.
pub type UnixMs = i64;

/// A message's place in its conversation: 1, 2, 3 … without a gap.
pub type Seq = i64;

/// A change's place in its workspace's inbox. Each change of a conversation's head takes the next
/// one: a head that changed at 3 and at 5 stands at 5.
pub type Position = i64;

/// Whether a field has nothing to say and is left out.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
