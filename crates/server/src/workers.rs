//! Background workers, each started under the supervisor.

pub mod absence;
pub mod mail_sender;
pub mod outbox;
pub mod platform_poller;
pub mod presence_ticker;
pub mod purge;
pub mod smtp;
pub mod supervisor;
