//! Live connections: one protocol for visitors and agents, over a WebSocket or plain HTTP.

mod connection;
mod cursor;
mod handshake;
mod parse;
mod pipe;
pub mod poll;
mod present;
mod session;
#[cfg(feature = "simulation")]
pub mod simulation;
pub mod socket;
mod throttle;
mod typing;
mod unanswered;
