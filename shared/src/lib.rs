//! The protocol of Deskbell: the types that servers and clients exchange.
//!
//! Reading order: [`ids`] are the identifiers, [`model`], [`note`] and
//! [`notification`] the objects, [`presence`] presence and read
//! receipts, [`command`] the commands of clients, [`event`] the events of the server, [`frame`] the
//! envelope of both. [`error`], [`close`] and [`limits`] are the rules; [`api`] has the bodies of the
//! HTTP API, [`template`] the syntax of canned responses. `docs/protocol.md` describes the protocol in prose.
//!
//! Growth: a field may be added if it has a default, a variant may be added; nothing is renamed,
//! retyped or reused. [`LEVEL`] counts such additions.

mod word;

pub mod ids;
pub mod model;
pub mod note;
pub mod notification;
pub mod presence;

pub mod command;
pub mod event;
pub mod frame;

pub mod close;
pub mod error;
pub mod limits;

pub mod api;
pub mod template;

pub use close::CloseCode;
pub use command::Command;
pub use error::{ErrorBody, ErrorCode};
pub use event::Event;
pub use frame::{ClientFrame, ServerFrame};
pub use ids::*;
pub use model::*;
pub use note::{Mention, Note, NotePart, mentions_name, note_parts};
pub use notification::{Notification, NotificationKind};
pub use presence::*;
pub use word::Word;

/// The newest protocol level of this crate. `hello` carries the client's, `welcome` the server's.
pub const LEVEL: u16 = 1;

/// A time on the wire: milliseconds since 1970-01-01 UTC.
pub type UnixMs = i64;

/// The number of a message in its conversation: 1, 2, 3 … without a gap.
pub type Seq = i64;

/// The position of a change in its workspace's inbox. Each change of a conversation's head gets the
/// next one: a head that changed at 3 and at 5 has position 5.
pub type Position = i64;

/// Whether a field has its default value and is left out.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
