//! Identity: users, their credentials, their sessions and the deletion of accounts.

mod account_deletion;
mod accounts;
mod sessions;
mod users;
