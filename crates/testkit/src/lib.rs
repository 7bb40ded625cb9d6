//! What tests stand on: a throwaway Postgres, a running server, and named people.
//!
//! Ada and Ben are agents of the workspace north, Vera and Viktor write on its site. Stella is an
//! agent of south, and Sven its visitor: whatever one workspace does, the other must not notice.

pub mod postgres;

#[cfg(feature = "server")]
pub mod kill;
#[cfg(feature = "server")]
pub mod people;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "server")]
pub mod socket;
#[cfg(feature = "server")]
pub mod wire;
