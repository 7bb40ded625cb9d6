//! The platform: operators, the audit log, maintenance mode and other matters of the whole
//! installation.

pub mod audit;
pub mod blocklist;
pub mod demo;
pub mod maintenance;
pub mod network_blocks;
pub mod operator;
pub mod outbox;
pub mod purge;
