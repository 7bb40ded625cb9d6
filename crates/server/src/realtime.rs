//! The WebSocket: one protocol for visitors and agents.

mod connection;
mod cursor;
mod handshake;
mod session;
pub mod socket;
