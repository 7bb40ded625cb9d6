//! The platform: operators, the audit log and waiting mail.

pub mod audit;
pub mod mail;
pub mod operator;
