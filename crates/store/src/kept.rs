//! Heads that SQLite's writer knows from one batch to the next, so that it need not read them.
//!
//! There is one writer, so what a batch leaves behind is how the heads are, until somebody else
//! writes. Whoever does takes what was left and lets it fall: only a batch that follows a batch
//! finds something. A write of another process shows in the number that the database keeps for it.
//! On Postgres other nodes write, and nothing is kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deskbell_protocol::ConversationId;

use crate::conversations::Locked;

/// So many at most: with more, all are let fall.
const MOST: usize = 8192;

/// Where heads lie between two transactions. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Shelf(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// Counts the transactions.
    turn: u64,
    left: Left,
}

#[derive(Default)]
pub(crate) struct Left {
    pub(crate) heads: HashMap<ConversationId, Locked>,
    /// Of the database, when they were as they are: it changes when another process writes.
    pub(crate) version: i64,
}

/// The turn of one transaction.
pub(crate) struct Place {
    shelf: Shelf,
    turn: u64,
    pub(crate) left: Left,
}

impl Shelf {
    /// Takes all that lies there. The transaction must have begun: then no other is under way.
    pub(crate) fn take(&self) -> Place {
        let mut kept = self.lock();
        kept.turn += 1;
        Place {
            shelf: self.clone(),
            turn: kept.turn,
            left: std::mem::take(&mut kept.left),
        }
    }

    /// A panic while the lock is held leaves maps that are still whole: go on with them.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Leaves the heads for the next transaction. This one must be committed; if another has begun
    /// since, they may be old by now and fall.
    pub(crate) fn leave(self) {
        let mut kept = self.shelf.lock();
        if kept.turn == self.turn && self.left.heads.len() <= MOST {
            kept.left = self.left;
        }
    }
}
