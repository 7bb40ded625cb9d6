//! A list that freezes while the pointer moves over it, so that no row moves under a click.

use deskbell_protocol::ConversationId;

use crate::areas::inbox::groups::Group;

/// The rows on the screen, and the number of deferred changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FreezeList {
    pub(crate) shown: Vec<Group>,
    /// Rows that appear once the list is released.
    pub(crate) pending: usize,
}

impl FreezeList {
    /// The next state: `wanted` at once if the list is not frozen; else the old rows without those
    /// that are gone, while the rest is only counted.
    pub(crate) fn next(&self, wanted: Vec<Group>, is_frozen: bool) -> Self {
        if !is_frozen || self.shown.is_empty() {
            return Self {
                shown: wanted,
                pending: 0,
            };
        }
        let mut shown = self.shown.clone();
        for group in &mut shown {
            group
                .ids
                .retain(|id| ids(&wanted).any(|other| other == *id));
        }
        shown.retain(|group| !group.ids.is_empty());
        let pending = ids(&wanted)
            .filter(|id| !ids(&shown).any(|other| other == *id))
            .count();
        Self { shown, pending }
    }
}

fn ids(groups: &[Group]) -> impl Iterator<Item = ConversationId> {
    groups.iter().flat_map(|group| group.ids.iter().copied())
}

#[cfg(test)]
mod tests {
    use deskbell_protocol::Status;

    use super::*;
    use crate::areas::inbox::groups::tests::{conversation, listed};
    use crate::areas::inbox::groups::{View, group};

    fn open(rows: &[deskbell_protocol::Conversation]) -> Vec<Group> {
        group(&listed(rows, 1), View::Open)
    }

    #[test]
    fn a_frozen_list_counts_what_is_new_and_shows_it_when_released() {
        let old = vec![conversation(1, Status::Waiting, None)];
        let new = vec![
            conversation(1, Status::Active, Some(1)),
            conversation(2, Status::Waiting, None),
        ];
        let first = FreezeList::default().next(open(&old), true);
        let frozen = first.next(open(&new), true);
        assert_eq!(
            frozen,
            FreezeList {
                shown: first.shown,
                pending: 1
            }
        );
        let free = frozen.next(open(&new), false);
        assert_eq!(
            free,
            FreezeList {
                shown: open(&new),
                pending: 0
            }
        );
    }

    #[test]
    fn a_row_that_is_gone_does_not_stay_under_the_pointer() {
        let old = vec![
            conversation(1, Status::Waiting, None),
            conversation(2, Status::Waiting, None),
        ];
        let first = FreezeList::default().next(open(&old), false);
        let frozen = first.next(open(&old[1..]), true);
        assert_eq!(frozen.shown[0].ids, [old[1].id]);
    }
}
