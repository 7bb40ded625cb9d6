//! Live connections: one protocol for visitors and agents, over a WebSocket or plain HTTP.

mod connection;
mod cursor;
mod handshake;
mod pipe;
pub mod poll;
mod session;
pub mod socket;
mod throttle;
mod unanswered;
