//! Groups of the conversation list: the view and the heading of each conversation.

use deskbell_protocol::{Conversation, ConversationId, Queue, Status, UserId};

use crate::text::inbox as text;

/// A view of the list: open work, or what is resolved or closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum View {
    #[default]
    Open,
    Resolved,
    Closed,
}

impl View {
    pub(crate) const ALL: [Self; 3] = [Self::Open, Self::Resolved, Self::Closed];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Open => text::VIEW_OPEN,
            Self::Resolved => text::VIEW_RESOLVED,
            Self::Closed => text::VIEW_CLOSED,
        }
    }

    pub(crate) fn when_empty(self) -> &'static str {
        match self {
            Self::Open => text::LIST_EMPTY_OPEN,
            Self::Resolved => text::LIST_EMPTY_RESOLVED,
            Self::Closed => text::LIST_EMPTY_CLOSED,
        }
    }
}

/// A group of the list. In the open view the agent's own conversations come first, then waiting ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum GroupKind {
    Mine,
    Waiting,
    Others,
    Snoozed,
    Resolved,
    Closed,
}

impl GroupKind {
    pub(crate) const ALL: [Self; 6] = [
        Self::Mine,
        Self::Waiting,
        Self::Others,
        Self::Snoozed,
        Self::Resolved,
        Self::Closed,
    ];

    /// The group of `conversation` for the agent `me`.
    pub(crate) fn of(conversation: &Conversation, me: UserId) -> Self {
        let is_mine = || conversation.assignee.as_ref().is_some_and(|it| it.id == me);
        match conversation.status {
            Status::Waiting => Self::Waiting,
            Status::Active if conversation.attributes.snooze.is_some() => Self::Snoozed,
            Status::Active if is_mine() => Self::Mine,
            Status::Active | Status::Other(_) => Self::Others,
            Status::Resolved => Self::Resolved,
            Status::Closed => Self::Closed,
        }
    }

    pub(crate) fn view(self) -> View {
        match self {
            Self::Mine | Self::Waiting | Self::Others | Self::Snoozed => View::Open,
            Self::Resolved => View::Resolved,
            Self::Closed => View::Closed,
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Mine => text::GROUP_MINE,
            Self::Waiting => text::GROUP_WAITING,
            Self::Others => text::GROUP_OTHERS,
            Self::Snoozed => text::GROUP_SNOOZED,
            Self::Resolved => text::VIEW_RESOLVED,
            Self::Closed => text::VIEW_CLOSED,
        }
    }

    /// The group as a word for the style sheet.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Waiting => "waiting",
            Self::Others => "others",
            Self::Snoozed => "snoozed",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }
}

/// The fields of a row that decide its position in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ListedRow {
    pub(crate) id: ConversationId,
    pub(crate) group: GroupKind,
}

/// The rows of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) kind: GroupKind,
    pub(crate) ids: Vec<ConversationId>,
}

/// The groups of `view` that have rows. `rows` are in the inbox's own order, which each group keeps:
/// the longest wait first among those who wait, the newest message first elsewhere.
pub(crate) fn group(rows: &[ListedRow], view: View) -> Vec<Group> {
    let kinds = GroupKind::ALL
        .into_iter()
        .filter(|kind| kind.view() == view);
    let groups = kinds.map(|kind| Group {
        kind,
        ids: rows_of(rows, kind).map(|row| row.id).collect(),
    });
    groups.filter(|group| !group.ids.is_empty()).collect()
}

fn rows_of(rows: &[ListedRow], kind: GroupKind) -> impl Iterator<Item = &ListedRow> {
    rows.iter().filter(move |row| row.group == kind)
}

/// The number of conversations of a group. The server counts what is open and resolved, also beyond the
/// loaded part of the list; closed ones are counted as far as they are loaded.
pub(crate) fn count(kind: GroupKind, rows: &[ListedRow], queue: Queue, has_more: bool) -> String {
    let loaded = |kind| i64::try_from(rows_of(rows, kind).count()).unwrap_or(i64::MAX);
    match kind {
        GroupKind::Waiting => queue.waiting.to_string(),
        GroupKind::Mine | GroupKind::Snoozed => loaded(kind).to_string(),
        GroupKind::Others => {
            let elsewhere = loaded(GroupKind::Mine) + loaded(GroupKind::Snoozed);
            (queue.active - elsewhere).max(0).to_string()
        }
        GroupKind::Resolved => queue.resolved.to_string(),
        GroupKind::Closed if has_more => format!("{}+", loaded(kind)),
        GroupKind::Closed => loaded(kind).to_string(),
    }
}

/// The conversation that has waited longest, apart from `except`.
pub(crate) fn next_waiting(
    rows: &[ListedRow],
    except: Option<ConversationId>,
) -> Option<ConversationId> {
    let mut waiting = rows_of(rows, GroupKind::Waiting).map(|row| row.id);
    waiting.find(|id| Some(*id) != except)
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
    use deskbell_protocol::{AgentView, SiteView, Snooze, VisitorView};

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
            attributes: Default::default(),
        }
    }

    pub(crate) fn user(n: u8) -> UserId {
        UserId::from_parts(1, [n; 10])
    }

    pub(crate) fn listed(rows: &[Conversation], me: u8) -> Vec<ListedRow> {
        let row = |row: &Conversation| ListedRow {
            id: row.id,
            group: GroupKind::of(row, user(me)),
        };
        rows.iter().map(row).collect()
    }

    fn sample() -> Vec<ListedRow> {
        let rows = [
            conversation(1, Status::Waiting, None),
            conversation(2, Status::Closed, Some(1)),
            conversation(3, Status::Active, Some(1)),
            conversation(4, Status::Active, Some(2)),
            conversation(5, Status::Waiting, None),
            conversation(6, Status::Resolved, Some(1)),
        ];
        listed(&rows, 1)
    }

    #[test]
    fn ones_own_work_comes_first_then_those_who_wait_and_what_is_done_is_elsewhere() {
        let shape = |view| {
            let groups = group(&sample(), view).into_iter();
            groups
                .map(|group| (group.kind, group.ids.len()))
                .collect::<Vec<_>>()
        };
        let open = [
            (GroupKind::Mine, 1),
            (GroupKind::Waiting, 2),
            (GroupKind::Others, 1),
        ];
        assert_eq!(shape(View::Open), open);
        assert_eq!(shape(View::Resolved), [(GroupKind::Resolved, 1)]);
        assert_eq!(shape(View::Closed), [(GroupKind::Closed, 1)]);
    }

    #[test]
    fn a_group_counts_also_what_is_not_loaded() {
        let queue = Queue {
            waiting: 300,
            active: 12,
            resolved: 40,
        };
        let counts = |has_more| GroupKind::ALL.map(|kind| count(kind, &sample(), queue, has_more));
        assert_eq!(counts(true), ["1", "300", "11", "0", "40", "1+"]);
        assert_eq!(counts(false), ["1", "300", "11", "0", "40", "1"]);
    }

    #[test]
    fn a_snoozed_conversation_is_no_longer_among_ones_own() {
        let mut snoozed = conversation(3, Status::Active, Some(1));
        snoozed.attributes.snooze = Some(Snooze { until: None });
        let rows = listed(&[conversation(4, Status::Active, Some(1)), snoozed], 1);
        let groups = group(&rows, View::Open).into_iter();
        let shape: Vec<_> = groups.map(|group| (group.kind, group.ids.len())).collect();
        assert_eq!(shape, [(GroupKind::Mine, 1), (GroupKind::Snoozed, 1)]);
        let queue = Queue {
            active: 5,
            ..Queue::default()
        };
        assert_eq!(count(GroupKind::Others, &rows, queue, false), "3");
    }

    #[test]
    fn the_next_one_is_who_has_waited_longest() {
        let rows = sample();
        assert_eq!(next_waiting(&rows, None), Some(rows[0].id));
        assert_eq!(next_waiting(&rows, Some(rows[0].id)), Some(rows[4].id));
        assert_eq!(next_waiting(&rows[1..4], None), None);
    }

    #[test]
    fn tab_reaches_the_chosen_row_or_the_first() {
        let rows = sample();
        let groups = group(&rows, View::Open);
        assert_eq!(reachable(&groups, Some(rows[4].id)), Some(rows[4].id));
        assert_eq!(reachable(&groups, None), Some(rows[2].id));
        assert_eq!(reachable(&[], None), None);
    }

    #[test]
    fn the_keys_walk_through_all_groups_and_stop_at_the_ends() {
        let rows = sample();
        let groups = group(&rows, View::Open);
        assert_eq!(neighbour(&groups, None, 1), Some(rows[2].id));
        assert_eq!(neighbour(&groups, Some(rows[2].id), 1), Some(rows[0].id));
        assert_eq!(neighbour(&groups, Some(rows[2].id), -1), Some(rows[2].id));
        assert_eq!(neighbour(&groups, Some(rows[3].id), 1), Some(rows[3].id));
        assert_eq!(neighbour(&[], None, 1), None);
    }
}
