//! Test services that do not depend on Deskbell's server: a throwaway Postgres, a throwaway NATS,
//! child processes that end with the test, and free ports.
//!
//! The tests of the store and of the hub need only these, so they do not wait for the server to be
//! compiled.

pub mod child_process;
pub mod free_port;
pub mod nats;
pub mod postgres;
pub mod postgres_proxy;
pub mod sqlite;
pub mod temp_folder;
