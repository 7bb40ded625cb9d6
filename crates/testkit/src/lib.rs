//! Test kit: running servers and clusters, a mail server, and named people with a socket each.
//!
//! Ada and Ben are agents of the workspace North, Vera and Viktor are visitors of its site. Stella
//! is an agent of South, and Sven its visitor: nothing that happens in one workspace may be visible
//! in the other.

pub mod authenticator_app;
pub mod cluster;
pub mod kill;
pub mod mail;
mod migrated;
pub mod people;
pub mod server;
pub mod socket;

pub use deskbell_testkit_db::{
    child_process, free_port, nats, postgres, postgres_proxy, temp_folder,
};
