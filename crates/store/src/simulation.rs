//! What a simulation takes the place of: the clock, chance, and waiting for the database.
//!
//! Without the feature `simulation`, which no release has, all this is nothing. With it a [`Stage`]
//! may be set for a thread. Then a statement takes no real time as far as the thread can see: it
//! waits for the database where it stands, and afterwards lets as much *simulated* time pass as the
//! stage says. So what happens, and in which order, depends on the stage alone.

#[cfg(feature = "simulation")]
mod stage;

#[cfg(feature = "simulation")]
pub use stage::{Set, Stage, Turn, fill, forget_client_ids, has, now, room, settle, turn};

/// A way to break Deskbell, for tests of the tests: each must be noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A text that comes again under the same client id is saved again; see `forget_client_ids`.
    SaveTwice,
    /// A place in a conversation is left out now and then.
    SkipSeq,
    /// The hub hears of a change before it is committed.
    TellBeforeCommit,
    /// A session passes on what the hub delivers, whether it is next or not.
    IgnoreCursor,
    /// A session does not look up what the hub left out.
    LeaveGap,
    /// Who owns a conversation is not looked at when it is read.
    ReadForeign,
}

#[cfg(not(feature = "simulation"))]
mod nothing {
    use deskbell_protocol::UnixMs;

    use super::Flaw;

    /// One's turn to write; databases see to that themselves.
    pub(crate) struct Turn;

    /// One's turn to write.
    pub(crate) fn turn() -> std::future::Ready<Turn> {
        std::future::ready(Turn)
    }

    /// The same.
    pub(crate) fn settle<F: Future>(work: F) -> F {
        work
    }

    /// How many connections a pool may have: so many.
    pub(crate) const fn room(connections: u32) -> u32 {
        connections
    }

    /// The simulated time: there is none.
    pub const fn now() -> Option<UnixMs> {
        None
    }

    /// Whether these bytes came from simulated chance: no.
    pub const fn fill(_: &mut [u8]) -> bool {
        false
    }

    /// Whether this build is broken so: no.
    pub const fn has(_: Flaw) -> bool {
        false
    }
}
#[cfg(not(feature = "simulation"))]
pub(crate) use nothing::{Turn, room, settle, turn};
#[cfg(not(feature = "simulation"))]
pub use nothing::{fill, has, now};
