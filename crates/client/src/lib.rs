//! A client of Deskbell: the engine with a socket, a clock and dice around it.
//!
//! Feature `web` is for a browser's page (`web::Client`), feature `native` for a program on
//! tokio ([`native::Client`], and [`native::Socket`] for those who want to speak frame by frame).

pub mod decode;
pub mod encode;
#[cfg(feature = "native")]
pub mod native;
pub mod route;
#[cfg(all(feature = "web", target_arch = "wasm32"))]
pub mod web;

pub use deskbell_engine::{
    Action, Change, Connection, Effect, Engine, Inbox, Row, RowKey, RowState, Side, Timeline,
};

/// Why there is no fresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewError {
    /// The server said no: the client stops.
    Rejected,
    /// The server was not reached: the client tries again later.
    Unreachable,
}
