//! Keeps the list still while a pointer is about to hit something in it.

use deskbell_protocol::ConversationId;

use crate::state::groups::Group;

/// The list as it is shown, and what waits to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) shown: Vec<Group>,
    /// Rows that will appear, or move up to the waiting ones, when the list is let go.
    pub(crate) waiting: usize,
}

impl Held {
    /// The next picture: `wanted` at once if the list is free; else the old one, without rows that
    /// are gone, while the rest is only counted.
    pub(crate) fn next(&self, wanted: Vec<Group>, held: bool) -> Self {
        if !held || self.shown.is_empty() {
            return Self {
                shown: wanted,
                waiting: 0,
            };
        }
        let mut shown = self.shown.clone();
        for group in &mut shown {
            group
                .ids
                .retain(|id| ids(&wanted).any(|other| other == *id));
        }
        shown.retain(|group| !group.ids.is_empty());
        let waiting = ids(&wanted)
            .filter(|id| !ids(&shown).any(|other| other == *id))
            .count();
        Self { shown, waiting }
    }
}

fn ids(groups: &[Group]) -> impl Iterator<Item = ConversationId> {
    groups.iter().flat_map(|group| group.ids.iter().copied())
}

#[cfg(test)]
mod tests {
    use deskbell_protocol::Status;

    use super::*;
    use crate::state::groups::group;
    use crate::state::groups::tests::{conversation, user};

    #[test]
    fn a_held_list_counts_what_is_new_and_shows_it_when_let_go() {
        let old = vec![conversation(1, Status::Waiting, None)];
        let new = vec![
            conversation(1, Status::Active, Some(1)),
            conversation(2, Status::Waiting, None),
        ];
        let first = Held::default().next(group(&old, user(1)), true);
        let held = first.next(group(&new, user(1)), true);
        assert_eq!(
            held,
            Held {
                shown: first.shown,
                waiting: 1
            }
        );
        let free = held.next(group(&new, user(1)), false);
        assert_eq!(
            free,
            Held {
                shown: group(&new, user(1)),
                waiting: 0
            }
        );
    }

    #[test]
    fn a_row_that_is_gone_does_not_stay_under_the_pointer() {
        let old = vec![
            conversation(1, Status::Waiting, None),
            conversation(2, Status::Waiting, None),
        ];
        let first = Held::default().next(group(&old, user(1)), false);
        let held = first.next(group(&old[1..], user(1)), true);
        assert_eq!(held.shown[0].ids, [old[1].id]);
    }
}
