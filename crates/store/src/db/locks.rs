//! The lock order: every transaction takes its locks in one order, so that no two of them wait for
//! each other. In debug builds and tests each lock is checked against those that are held.

#[cfg(debug_assertions)]
use std::collections::BTreeSet;

use sqlx::types::Uuid;

/// The kinds of locks, in the order in which a transaction must take them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lock {
    /// The audit log of the platform.
    PlatformLog,
    /// A workspace: its members, teams, invitations, sites, blocks and limits.
    Workspace,
    /// An invitation.
    Invitation,
    /// A membership, shared: it does not end before the commit.
    Membership,
    /// The head of a conversation.
    Conversation,
    /// A user, and what belongs to them.
    User,
    /// The audit log of a workspace.
    WorkspaceLog,
    /// The counters and the position of an inbox. The last lock: it is taken while the transaction
    /// commits.
    Inbox,
}

/// The locks that a transaction holds. Empty in release builds.
#[derive(Default)]
pub(crate) struct HeldLocks {
    #[cfg(debug_assertions)]
    held: BTreeSet<(Lock, Uuid)>,
}

impl HeldLocks {
    /// Records a lock that is about to be taken.
    ///
    /// # Panics
    /// In debug builds, if it comes before one that is held.
    #[cfg(debug_assertions)]
    pub(crate) fn take(&mut self, lock: Lock, id: Uuid) {
        let new = (lock, id);
        if self.held.contains(&new) {
            return;
        }
        if let Some(last) = self.held.last() {
            // Shared locks of one kind do not wait for each other.
            let is_in_order = *last < new || last.0 == lock && lock == Lock::Membership;
            assert!(
                is_in_order,
                "lock order: {new:?} must be locked before {last:?}"
            );
        }
        self.held.insert(new);
    }

    #[cfg(not(debug_assertions))]
    pub(crate) fn take(&mut self, _: Lock, _: Uuid) {}

    /// Records many locks of one kind, which one statement takes in the order of their ids.
    pub(crate) fn take_all(&mut self, lock: Lock, ids: impl IntoIterator<Item = Uuid>) {
        if cfg!(debug_assertions) {
            let mut ids: Vec<_> = ids.into_iter().collect();
            ids.sort();
            for id in ids {
                self.take(lock, id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn locks_are_taken_in_order_and_again() {
        let mut locks = HeldLocks::default();
        locks.take(Lock::Workspace, id(9));
        locks.take_all(Lock::Conversation, [id(3), id(2)]);
        locks.take(Lock::Conversation, id(2));
        locks.take(Lock::User, id(1));
        locks.take(Lock::Workspace, id(9));
    }

    #[test]
    #[should_panic(expected = "lock order")]
    fn a_workspace_is_locked_before_a_user() {
        let mut locks = HeldLocks::default();
        locks.take(Lock::User, id(1));
        locks.take(Lock::Workspace, id(2));
    }

    #[test]
    #[should_panic(expected = "lock order")]
    fn two_workspaces_are_locked_in_the_order_of_their_ids() {
        let mut locks = HeldLocks::default();
        locks.take(Lock::Workspace, id(2));
        locks.take(Lock::Workspace, id(1));
    }
}
