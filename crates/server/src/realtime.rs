//! Live connections: one protocol for visitors and agents, over a WebSocket or plain HTTP.

mod authenticate;
mod cancellations;
pub mod connection;
mod cursor;
mod handshake;
mod parse;
mod pending_replies;
pub mod pipe;
pub mod poll;
pub mod poll_sessions;
pub mod presence;
mod presence_guard;
pub mod session;
pub mod state;
mod throttle;
mod typing;
