//! Checks and random numbers that the kill tool and the simulation share.
//!
//! They need the store and a client, but not the server, so the simulation does not wait for the test
//! kit to be compiled.

pub mod consistency;
pub mod seeded_rng;
