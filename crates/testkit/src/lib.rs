//! What tests stand on: a throwaway Postgres and NATS, running servers, and named people.
//!
//! Ada and Ben are agents of the workspace north, Vera and Viktor write on its site. Stella is an
//! agent of south, and Sven its visitor: whatever one workspace does, the other must not notice.

pub mod child;
pub mod nats;
mod port;
pub mod postgres;

#[cfg(feature = "server")]
pub mod cluster;
#[cfg(feature = "server")]
mod dice;
#[cfg(feature = "server")]
pub mod kill;
#[cfg(feature = "server")]
pub mod mail;
#[cfg(feature = "server")]
pub mod people;
#[cfg(feature = "server")]
pub mod phone;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "simulation")]
pub mod simulation;
#[cfg(feature = "server")]
pub mod socket;
#[cfg(feature = "server")]
pub mod wire;
