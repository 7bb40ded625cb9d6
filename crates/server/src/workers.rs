//! Background workers, each started under the supervisor.
//!
//! Workers with a timer start one after the other (the `FIRST` of each), and so they tick at
//! different times. An idle server then needs one connection to its database and not one for each of
//! them: a connection costs memory on both sides, and time while the server starts.

pub mod absence;
pub mod mail_sender;
pub mod outbox;
pub mod platform_poller;
pub mod presence_ticker;
pub mod purge;
pub mod smtp;
pub mod supervisor;
