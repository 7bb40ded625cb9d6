//! The client in a program, on tokio: for tests, tools, load generators and other people's bots.

mod client;
mod socket;

pub use client::{Client, Config, Renew, TimedOut};
pub use socket::{ConnectionClosed, Socket};
