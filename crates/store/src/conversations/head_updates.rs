//! Updates of conversation heads, collected during a transaction and written once, just before the
//! commit.
//!
//! Each update takes the next position of its workspace's inbox and moves the inbox's counters. The
//! row of the inbox is locked last, after every head, and stays locked until the commit. So no two
//! transactions wait for each other, and positions become visible in their order: a reader that has
//! read up to one position has missed none before it.

use std::collections::{BTreeMap, HashMap};

use deskbell_protocol::{Conversation, ConversationId, Position, Queue, Status, WorkspaceId};
use sqlx::AssertSqlSafe;

use crate::conversations::LockedConversation;
use crate::conversations::inboxes::{Inbox, InboxRow};
use crate::db::locks::Lock;
use crate::db::rows::{filled, query, runs};
use crate::platform::outbox::{self, NewRow};
use crate::{DomainEvent, Error, Handle, Result, Tx};

/// The updates of a transaction, in the order of ids.
#[derive(Default)]
pub(crate) struct HeadUpdates(BTreeMap<ConversationId, HeadUpdate>);

/// Updated heads with their new positions, to be written.
#[derive(Default)]
pub(crate) struct PlacedHeads {
    moved: Vec<(Position, LockedConversation)>,
    numbered: Vec<(Position, LockedConversation)>,
    set: Vec<(Position, LockedConversation)>,
}

struct HeadUpdate {
    locked: LockedConversation,
    /// The status before this transaction, if the conversation existed.
    stood: Option<Status>,
    kind: UpdateKind,
}

/// What an update changes in a head.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum UpdateKind {
    /// The messages, and the fields derived from them.
    Moved,
    /// The same in a conversation that gets its number now.
    Numbered,
    /// The status, the assignee or the attributes.
    Set,
}

/// The difference that a transaction makes to the counters of one inbox.
#[derive(Clone, Copy, Default)]
struct InboxDelta {
    count: i64,
    /// How many conversations get a number.
    numbers: i64,
    queue: Queue,
}

const LOCK_INBOXES: [&str; 2] = [
    "SELECT c.workspace_id FROM inboxes c WHERE c.workspace_id IN ",
    " ORDER BY c.workspace_id",
];
const TAKE_POSITIONS: [&str; 2] = [
    "WITH updates (id, changes, numbers, more_waiting, more_active, more_resolved) AS (VALUES ",
    ") UPDATE inboxes SET position = position + updates.changes, last_number = last_number + updates.numbers, waiting = waiting + updates.more_waiting, \
    active = active + updates.more_active, resolved = resolved + updates.more_resolved \
    FROM updates WHERE inboxes.workspace_id = updates.id \
    RETURNING workspace_id, position, last_number, waiting, active, resolved",
];
const TAKE_COLUMNS: usize = 6;
/// The columns that most transactions write. The others are part of keys and indexes.
const MOVE_HEADS: [&str; 4] = [
    "WITH updates (id, position, last_seq, revision, preview, preview_by_agent, last_message_at, \
    visitor_texts, last_created_at) AS (VALUES ",
    ")",
    " UPDATE",
    " conversations SET position = updates.position, last_seq = updates.last_seq, revision = updates.revision, \
    preview = updates.preview, preview_by_agent = updates.preview_by_agent, last_message_at = updates.last_message_at, \
    visitor_texts = updates.visitor_texts, last_created_at = updates.last_created_at \
    FROM updates WHERE conversations.id = updates.id",
];
const MOVE_COLUMNS: usize = 9;
const SET_HEADS: [&str; 4] = [
    "WITH updates (id, position, last_seq, revision, preview, preview_by_agent, last_message_at, \
    visitor_texts, last_created_at, status, assignee_id, waiting_since, \
    number, priority, escalated, queue_order, subject, snoozed, snoozed_until) AS (VALUES ",
    ")",
    " UPDATE",
    " conversations SET position = updates.position, last_seq = updates.last_seq, revision = updates.revision, \
    preview = updates.preview, preview_by_agent = updates.preview_by_agent, last_message_at = updates.last_message_at, \
    visitor_texts = updates.visitor_texts, last_created_at = updates.last_created_at, status = updates.status, assignee_id = updates.assignee_id, waiting_since = updates.waiting_since, \
    number = updates.number, priority = updates.priority, escalated = updates.escalated, \
    queue_order = updates.queue_order, subject = updates.subject, \
    snoozed = updates.snoozed, snoozed_until = updates.snoozed_until \
    FROM updates WHERE conversations.id = updates.id",
];
const SET_COLUMNS: usize = 19;

impl HeadUpdates {
    /// Records the new state of a head. `stood`: its previous status, if it existed.
    pub(crate) fn record(
        &mut self,
        locked: &LockedConversation,
        stood: Option<Status>,
        kind: UpdateKind,
    ) {
        let change = self.0.entry(locked.id).or_insert_with(|| HeadUpdate {
            locked: locked.clone(),
            stood,
            kind,
        });
        change.locked.clone_from(locked);
        change.kind = change.kind.max(kind);
    }

    /// Finds a head that this transaction has changed, in its new state.
    pub(crate) fn find(&self, id: ConversationId) -> Option<&LockedConversation> {
        self.0.get(&id).map(|change| &change.locked)
    }

    /// Takes the positions of all updates and emits their events. Nothing may be locked after this.
    pub(crate) async fn take_positions(mut self, tx: &mut Tx) -> Result<PlacedHeads> {
        if self.0.is_empty() {
            return Ok(PlacedHeads::default());
        }
        let mut deltas: BTreeMap<WorkspaceId, InboxDelta> = BTreeMap::new();
        for change in self.0.values_mut() {
            if change.locked.head.attributes.number.is_none() {
                change.kind = change.kind.max(UpdateKind::Numbered);
            }
            deltas
                .entry(change.locked.workspace_id)
                .or_default()
                .add(change);
        }
        let deltas: Vec<_> = deltas.into_iter().collect();
        let inboxes = take_positions(tx, &deltas).await?;
        let mut last: HashMap<WorkspaceId, (Position, i64)> = HashMap::new();
        for (id, delta) in &deltas {
            let (inbox, last_number) = inboxes.get(id).ok_or(Error::NotFound)?;
            let before = (inbox.position - delta.count, last_number - delta.numbers);
            last.insert(*id, before);
        }
        let mut placed = PlacedHeads::default();
        for mut change in self.0.into_values() {
            let workspace_id = change.locked.workspace_id;
            let (position, number) = last.get_mut(&workspace_id).ok_or(Error::NotFound)?;
            *position += 1;
            if change.locked.head.attributes.number.is_none() {
                *number += 1;
                change.locked.head.attributes.number = Some(*number);
            }
            let heads = match change.kind {
                UpdateKind::Moved => &mut placed.moved,
                UpdateKind::Numbered => &mut placed.numbered,
                UpdateKind::Set => &mut placed.set,
            };
            heads.push((*position, change.locked));
        }
        for (kind, heads) in placed.by_kind() {
            for (position, locked) in heads {
                let workspace_id = locked.workspace_id;
                let queue = inboxes.get(&workspace_id).ok_or(Error::NotFound)?.0.queue;
                tx.emit(kind.event(workspace_id, *position, queue, locked.head.clone()));
            }
        }
        Ok(placed)
    }
}

impl PlacedHeads {
    fn by_kind(&self) -> [(UpdateKind, &[(Position, LockedConversation)]); 3] {
        [
            (UpdateKind::Moved, &self.moved),
            (UpdateKind::Numbered, &self.numbered),
            (UpdateKind::Set, &self.set),
        ]
    }

    /// Writes the heads, and the row of the outbox together with the last of them: one statement less
    /// for each transaction.
    pub(crate) async fn write(self, tx: &mut Tx, mut row: Option<NewRow>) -> Result<()> {
        let runs: Vec<_> = self
            .by_kind()
            .into_iter()
            .flat_map(|(kind, heads)| filled(heads).map(move |run| (kind, run)))
            .collect();
        if runs.is_empty()
            && let Some(row) = row.take()
        {
            outbox::append(tx, row).await?;
        }
        let last = runs.len().wrapping_sub(1);
        for (index, (kind, run)) in runs.into_iter().enumerate() {
            let row = if index == last { row.take() } else { None };
            write_heads(tx, kind, &run, row).await?;
        }
        Ok(())
    }
}

impl UpdateKind {
    fn event(
        self,
        workspace_id: WorkspaceId,
        position: Position,
        queue: Queue,
        conversation: Conversation,
    ) -> DomainEvent {
        match self {
            Self::Moved | Self::Numbered => DomainEvent::HeadMoved {
                workspace_id,
                position,
                queue,
                conversation,
            },
            Self::Set => DomainEvent::ConversationChanged {
                workspace_id,
                position,
                queue,
                conversation,
            },
        }
    }
}

impl InboxDelta {
    fn add(&mut self, change: &HeadUpdate) {
        self.count += 1;
        self.numbers += i64::from(change.locked.head.attributes.number.is_none());
        if let Some(place) = change.stood.and_then(|stood| place(&mut self.queue, stood)) {
            *place -= 1;
        }
        if let Some(place) = place(&mut self.queue, change.locked.status) {
            *place += 1;
        }
    }
}

/// The counter of a status, if conversations with this status are counted.
fn place(queue: &mut Queue, status: Status) -> Option<&mut i64> {
    match status {
        Status::Waiting => Some(&mut queue.waiting),
        Status::Active => Some(&mut queue.active),
        Status::Resolved => Some(&mut queue.resolved),
        Status::Closed | Status::Other(_) => None,
    }
}

/// Takes positions and numbers from the inboxes; returns them with their last number. From here on the
/// inboxes are locked.
async fn take_positions(
    tx: &mut Tx,
    deltas: &[(WorkspaceId, InboxDelta)],
) -> Result<HashMap<WorkspaceId, (Inbox, i64)>> {
    tx.locks
        .take_all(Lock::Inbox, deltas.iter().map(|(id, _)| id.0));
    // A single row is locked by its update. Several must be locked in one order, which an update
    // does not have.
    if deltas.len() > 1 {
        for run in runs(deltas) {
            let [begin, end] = LOCK_INBOXES;
            let sql =
                begin.to_owned() + &tx.placeholders().rows(1, run.len()) + end + tx.for_update();
            on!(tx, c => {
                let mut query = sqlx::query(AssertSqlSafe(sql));
                for (workspace_id, _) in run {
                    query = query.bind(workspace_id.0);
                }
                query.execute(c).await.map(drop)
            })?;
        }
    }
    let mut inboxes = HashMap::with_capacity(deltas.len());
    for run in runs(deltas) {
        let [begin, end] = TAKE_POSITIONS;
        let sql = begin.to_owned() + &tx.placeholders().rows(run.len(), TAKE_COLUMNS) + end;
        let rows: Vec<InboxRow> = on!(tx, c => {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for (workspace_id, delta) in run {
                query = query
                    .bind(workspace_id.0).bind(delta.count).bind(delta.numbers)
                    .bind(delta.queue.waiting).bind(delta.queue.active).bind(delta.queue.resolved);
            }
            query.fetch_all(c).await
        })?;
        inboxes.extend(
            rows.into_iter()
                .map(|row| (WorkspaceId::from(row.workspace_id), (row.last_number, row)))
                .map(|(id, (last_number, row))| (id, (row.into(), last_number))),
        );
    }
    Ok(inboxes)
}

/// Writes heads, and the row of the outbox in the same statement or right after it.
async fn write_heads(
    tx: &mut Tx,
    kind: UpdateKind,
    heads: &[&(Position, LockedConversation)],
    row: Option<NewRow>,
) -> Result<()> {
    let ([begin, close, verb, end], columns) = match kind {
        UpdateKind::Moved => (MOVE_HEADS, MOVE_COLUMNS),
        UpdateKind::Numbered | UpdateKind::Set => (SET_HEADS, SET_COLUMNS),
    };
    let values = heads.len() * columns;
    let rows = tx.placeholders().rows(heads.len(), columns);
    let (beside, after) = match row {
        Some(_) => NewRow::insert_with(tx, values),
        None => Default::default(),
    };
    let sql = begin.to_owned() + &rows + close + &beside + verb + tx.or_fail() + end + &after;
    on!(tx, c => {
        let mut query = query(sql, values + NewRow::COLUMNS);
        for (position, locked) in heads {
            let head = &locked.head;
            query = query
                .bind(head.id.0).bind(position).bind(head.last_seq).bind(head.revision)
                .bind(head.preview.as_str()).bind(head.preview_by_agent).bind(head.last_message_at)
                .bind(head.visitor_texts).bind(locked.last_created_at);
            if kind != UpdateKind::Moved {
                query = query
                    .bind(head.status.as_str())
                    .bind(head.assignee.as_ref().map(|agent| agent.id.0))
                    .bind(locked.waiting_since)
                    .bind(head.attributes.number.unwrap_or_default())
                    .bind(head.attributes.priority.rank()).bind(head.attributes.escalated).bind(head.queue_order())
                    .bind(head.attributes.subject.as_str())
                    .bind(head.attributes.snooze.is_some())
                    .bind(head.attributes.snooze.and_then(|snooze| snooze.until));
            }
        }
        if let Some(row) = &row {
            query = query.bind(row.created_at).bind(row.events.as_str());
        }
        query.execute(c).await.map(drop)
    })?;
    Ok(())
}
