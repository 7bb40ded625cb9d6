//! Which group of the list a conversation stands in.

use deskbell_protocol::{Conversation, ConversationId, Queue, Status, UserId};

/// A group, in the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum GroupKind {
    Waiting,
    Mine,
    Others,
    Resolved,
    Closed,
}

impl GroupKind {
    pub(crate) const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Mine,
        Self::Others,
        Self::Resolved,
        Self::Closed,
    ];

    /// Where `conversation` stands for the agent `me`.
    pub(crate) fn of(conversation: &Conversation, me: UserId) -> Self {
        match conversation.status {
            Status::Waiting => Self::Waiting,
            Status::Active
                if conversation
                    .assignee
                    .as_ref()
                    .is_some_and(|agent| agent.id == me) =>
            {
                Self::Mine
            }
            Status::Active | Status::Unknown => Self::Others,
            Status::Resolved => Self::Resolved,
            Status::Closed => Self::Closed,
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Mine => "Mine",
            Self::Others => "Others",
            Self::Resolved => "Resolved",
            Self::Closed => "Closed",
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Mine => "mine",
            Self::Others => "others",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }
}

/// The rows of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) kind: GroupKind,
    pub(crate) ids: Vec<ConversationId>,
}

/// The groups that have rows. `rows` are in the inbox's own order, which each group keeps.
pub(crate) fn group(rows: &[Conversation], me: UserId) -> Vec<Group> {
    GroupKind::ALL
        .into_iter()
        .map(|kind| Group {
            kind,
            ids: rows
                .iter()
                .filter(|row| GroupKind::of(row, me) == kind)
                .map(|row| row.id)
                .collect(),
        })
        .filter(|group| !group.ids.is_empty())
        .collect()
}

/// How many stand in a group, as far as that is known. Of what is open the server keeps count; one's
/// own are all in the list, and of the closed ones those are counted that are here.
pub(crate) fn count(
    kind: GroupKind,
    rows: &[Conversation],
    me: UserId,
    queue: Queue,
    has_more: bool,
) -> String {
    let here = |kind| {
        let rows = rows.iter().filter(|row| GroupKind::of(row, me) == kind);
        i64::try_from(rows.count()).unwrap_or(i64::MAX)
    };
    match kind {
        GroupKind::Waiting => queue.waiting.to_string(),
        GroupKind::Mine => here(kind).to_string(),
        GroupKind::Others => (queue.active - here(GroupKind::Mine)).max(0).to_string(),
        GroupKind::Resolved => queue.resolved.to_string(),
        GroupKind::Closed if has_more => format!("{}+", here(kind)),
        GroupKind::Closed => here(kind).to_string(),
    }
}

/// The row that the Tab key reaches: the chosen one, else the first.
pub(crate) fn reachable(
    groups: &[Group],
    selected: Option<ConversationId>,
) -> Option<ConversationId> {
    let mut ids = groups.iter().flat_map(|group| group.ids.iter().copied());
    let chosen = ids.clone().find(|id| Some(*id) == selected);
    chosen.or_else(|| ids.next())
}

/// The row `step` places from `from` down the whole list; the first one if nothing is chosen.
pub(crate) fn neighbour(
    groups: &[Group],
    from: Option<ConversationId>,
    step: isize,
) -> Option<ConversationId> {
    let ids: Vec<_> = groups
        .iter()
        .flat_map(|group| &group.ids)
        .copied()
        .collect();
    let last = ids.len().checked_sub(1)?;
    let at = from.and_then(|id| ids.iter().position(|other| *other == id));
    Some(ids[at.map_or(0, |at| at.saturating_add_signed(step).min(last))])
}

#[cfg(test)]
pub(crate) mod tests {
    use deskbell_protocol::{AgentView, SiteView, VisitorView};

    use super::*;

    pub(crate) fn conversation(n: u8, status: Status, assignee: Option<u8>) -> Conversation {
        let random = [n; 10];
        Conversation {
            id: ConversationId::from_parts(1, random),
            revision: 1,
            status,
            site: SiteView {
                id: deskbell_protocol::SiteId::from_parts(1, random),
                name: "Shop".into(),
            },
            visitor: VisitorView {
                id: deskbell_protocol::VisitorId::from_parts(1, random),
                name: "Vera".into(),
                verified: false,
            },
            assignee: assignee.map(|n| AgentView {
                id: user(n),
                name: "Ada".into(),
            }),
            last_seq: 1,
            preview: "Hello".into(),
            preview_by_agent: false,
            last_message_at: 1,
            waiting_since: None,
            created_at: 1,
            visitor_texts: 0,
        }
    }

    pub(crate) fn user(n: u8) -> UserId {
        UserId::from_parts(1, [n; 10])
    }

    fn sample() -> Vec<Conversation> {
        vec![
            conversation(1, Status::Waiting, None),
            conversation(2, Status::Closed, Some(1)),
            conversation(3, Status::Active, Some(1)),
            conversation(4, Status::Active, Some(2)),
            conversation(5, Status::Waiting, None),
        ]
    }

    #[test]
    fn each_row_stands_in_one_group_and_empty_groups_are_left_out() {
        let groups = group(&sample(), user(1));
        let shape: Vec<_> = groups
            .iter()
            .map(|group| (group.kind, group.ids.len()))
            .collect();
        let expected = [
            (GroupKind::Waiting, 2),
            (GroupKind::Mine, 1),
            (GroupKind::Others, 1),
            (GroupKind::Closed, 1),
        ];
        assert_eq!(shape, expected);
    }

    #[test]
    fn a_group_counts_all_that_stand_in_it_also_those_that_are_not_here() {
        let queue = Queue {
            waiting: 300,
            active: 12,
            resolved: 40,
        };
        let counts =
            |has_more| GroupKind::ALL.map(|kind| count(kind, &sample(), user(1), queue, has_more));
        assert_eq!(counts(true), ["300", "1", "11", "40", "1+"]);
        assert_eq!(counts(false), ["300", "1", "11", "40", "1"]);
    }

    #[test]
    fn tab_reaches_the_chosen_row_or_the_first() {
        let rows = sample();
        let groups = group(&rows, user(1));
        assert_eq!(reachable(&groups, Some(rows[2].id)), Some(rows[2].id));
        assert_eq!(reachable(&groups, None), Some(rows[0].id));
        assert_eq!(reachable(&[], None), None);
    }

    #[test]
    fn the_keys_walk_through_all_groups_and_stop_at_the_ends() {
        let rows = sample();
        let groups = group(&rows, user(1));
        assert_eq!(neighbour(&groups, None, 1), Some(rows[0].id));
        assert_eq!(neighbour(&groups, Some(rows[4].id), 1), Some(rows[2].id));
        assert_eq!(neighbour(&groups, Some(rows[0].id), -1), Some(rows[0].id));
        assert_eq!(neighbour(&groups, Some(rows[1].id), 1), Some(rows[1].id));
        assert_eq!(neighbour(&[], None, 1), None);
    }
}
