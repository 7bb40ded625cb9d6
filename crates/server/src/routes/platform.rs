//! Routes of the platform: operators, audit logs, health checks.

pub mod audit;
pub mod health;
pub mod operator;
pub mod operator_blocks;
pub mod operator_mail;
