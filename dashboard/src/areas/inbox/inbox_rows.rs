//! An index of the inbox's rows: which of them changed since the last update.
//!
//! The engine reports that the inbox has changed, but not which rows. Copying all conversations for
//! each change costs more with each conversation, so only those with a new revision are copied.

use std::collections::BTreeMap;

use deskbell_protocol::{Conversation, ConversationId, UserId};

use crate::areas::inbox::groups::{GroupKind, ListedRow};

/// The revisions at the last update.
#[derive(Debug, Default)]
pub(crate) struct InboxRows {
    revisions: BTreeMap<ConversationId, i64>,
}

/// The result of an update.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RowChanges {
    /// All rows, in the inbox's order.
    pub(crate) listed: Vec<ListedRow>,
    /// Places in the given rows of those that are new or have changed.
    pub(crate) changed: Vec<usize>,
    /// Conversations that are no longer in the inbox.
    pub(crate) removed: Vec<ConversationId>,
}

impl InboxRows {
    /// Compares `rows` with those of the last update.
    pub(crate) fn update(&mut self, rows: &[&Conversation], me: UserId) -> RowChanges {
        let mut changes = RowChanges::default();
        let mut revisions = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            if self.revisions.remove(&row.id) != Some(row.revision) {
                changes.changed.push(at);
            }
            revisions.insert(row.id, row.revision);
            changes.listed.push(ListedRow {
                id: row.id,
                group: GroupKind::of(row, me),
            });
        }
        changes.removed = self.revisions.keys().copied().collect();
        self.revisions = revisions;
        changes
    }
}

#[cfg(test)]
mod tests {
    use deskbell_protocol::Status;

    use super::*;
    use crate::areas::inbox::groups::tests::{conversation, user};

    #[test]
    fn a_change_of_one_conversation_copies_only_that_one() {
        let mut all: Vec<_> = (1..=200)
            .map(|n| conversation(n, Status::Waiting, None))
            .collect();
        let mut index = InboxRows::default();
        let update = |index: &mut InboxRows, all: &[Conversation]| {
            index.update(&all.iter().collect::<Vec<_>>(), user(1))
        };
        assert_eq!(update(&mut index, &all).changed.len(), 200);
        assert!(update(&mut index, &all).changed.is_empty());
        all[7].revision += 1;
        let changes = update(&mut index, &all);
        assert_eq!(changes.changed, [7]);
        assert!(changes.removed.is_empty());
        let removed = all.remove(3);
        assert_eq!(update(&mut index, &all).removed, [removed.id]);
    }
}
