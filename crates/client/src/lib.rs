//! A client of Deskbell: the engine with a socket, a clock and a source of random numbers.
//!
//! Feature `web` is for a browser's page (`web::Client`), feature `native` for a program on
//! tokio ([`native::Client`], and [`native::Socket`] to send and receive single frames).

pub mod clock;
pub mod decode;
pub mod encode;
#[cfg(feature = "native")]
pub mod native;
pub mod transport_choice;
#[cfg(all(feature = "web", target_arch = "wasm32"))]
pub mod web;

pub use deskbell_engine::{
    Action, Change, Connection, Effect, Engine, Inbox, Row, RowKey, RowState, Side, Timeline, Token,
};

/// Whether this build encodes and decodes what only agents send and receive.
pub const IS_AGENT: bool = cfg!(feature = "agent");

/// Why a token could not be renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewError {
    /// The server refused: the client stops.
    Rejected,
    /// The server was not reached: the client tries again later.
    Unreachable,
}
