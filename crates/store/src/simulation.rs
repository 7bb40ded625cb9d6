//! Hooks for deterministic simulation: the clock, randomness, and waiting for the database.
//!
//! Without the feature `simulation`, which no release has, these hooks do nothing. With it a
//! `Hooks` can be installed for a thread. A statement then takes no real time as far as the thread can
//! see: the thread blocks until the database has answered, and as much *simulated* time passes as
//! the hooks decide. So the order of events depends on the hooks alone.

#[cfg(feature = "simulation")]
mod hooks;

#[cfg(feature = "simulation")]
pub use hooks::{
    Hooks, HooksGuard, Turn, delay_publication, drop_client_id_index, fill, has, now, room, settle,
    turn,
};

/// A deliberate fault, for tests of the tests: each must be detected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A repeated client id is saved again; see `drop_client_id_index`.
    SaveTwice,
    /// A sequence number is skipped now and then.
    SkipSeq,
    /// Events are published before the commit.
    PublishBeforeCommit,
    /// A session forwards what the hub delivers, in order or not.
    IgnoreCursor,
    /// A session does not fill gaps from the database.
    LeaveGap,
    /// The owner of a conversation is not checked when it is read.
    ReadForeign,
}

#[cfg(not(feature = "simulation"))]
mod disabled {
    use deskbell_protocol::UnixMs;

    use super::Flaw;

    /// The permit to write; databases do this themselves.
    pub(crate) struct Turn;

    /// Waits for the permit to write.
    pub(crate) fn turn() -> std::future::Ready<Turn> {
        std::future::ready(Turn)
    }

    /// Runs a statement.
    pub(crate) fn settle<F: Future>(work: F) -> F {
        work
    }

    /// Delays the publication of a commit: not at all.
    pub(crate) fn delay_publication() -> std::future::Ready<()> {
        std::future::ready(())
    }

    /// The size of a pool, unchanged.
    pub(crate) const fn room(connections: u32) -> u32 {
        connections
    }

    /// The simulated time: none.
    pub const fn now() -> Option<UnixMs> {
        None
    }

    /// Whether these bytes were filled by the simulation: no.
    pub const fn fill(_: &mut [u8]) -> bool {
        false
    }

    /// Whether this build has the fault: no.
    pub const fn has(_: Flaw) -> bool {
        false
    }
}
#[cfg(not(feature = "simulation"))]
pub(crate) use disabled::{Turn, delay_publication, room, settle, turn};
#[cfg(not(feature = "simulation"))]
pub use disabled::{fill, has, now};
