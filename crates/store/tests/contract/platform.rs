//! The platform: the audit log, waiting mail and the outbox of events.

mod audit;
mod mails;
mod outbox;
