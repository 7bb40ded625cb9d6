//! The heads that a transaction has changed: they are written once, just before it commits.
//!
//! Each takes the next position of its workspace's inbox, and the inbox's counters move with it.
//! The inbox's row is taken last, when every head is locked, and stays locked until the commit. So
//! no two transactions wait for each other, and positions come to light in their order: whoever
//! has read up to one has missed none before it.

use std::collections::{BTreeMap, HashMap};

use deskbell_protocol::{Conversation, ConversationId, Position, Queue, Status, WorkspaceId};
use sqlx::AssertSqlSafe;

use crate::conversations::Locked;
use crate::inboxes::{Inbox, InboxRow};
use crate::rows::{filled, query, runs};
use crate::{DomainEvent, Error, Handle, Result, Tx};

/// What is to be written, in the order of ids.
#[derive(Default)]
pub(crate) struct Changes(BTreeMap<ConversationId, Change>);

struct Change {
    locked: Locked,
    /// Where it stood before this transaction, if it existed.
    stood: Option<Status>,
    kind: Kind,
}

/// What has changed in a head.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Its messages, and what it shows of them.
    Moved,
    /// Where it stands, or whose it is.
    Set,
}

/// What the changes of a transaction do to one inbox.
#[derive(Clone, Copy, Default)]
struct Sum {
    count: i64,
    queue: Queue,
}

const LOCK_INBOXES: [&str; 2] = [
    "SELECT c.workspace_id FROM inboxes c WHERE c.workspace_id IN ",
    " ORDER BY c.workspace_id",
];
const TAKE_POSITIONS: [&str; 2] = [
    "WITH told (id, changes, more_waiting, more_active, more_resolved) AS (VALUES ",
    ") UPDATE inboxes SET position = position + told.changes, waiting = waiting + told.more_waiting, \
    active = active + told.more_active, resolved = resolved + told.more_resolved \
    FROM told WHERE inboxes.workspace_id = told.id \
    RETURNING workspace_id, position, waiting, active, resolved",
];
const TAKE_COLUMNS: usize = 5;
/// What most transactions write. The columns that it leaves out stand in keys and indexes.
const MOVE_HEADS: [&str; 3] = [
    "WITH told (id, position, last_seq, revision, preview, preview_by_agent, last_message_at, \
    visitor_texts) AS (VALUES ",
    ") UPDATE",
    " conversations SET position = told.position, last_seq = told.last_seq, revision = told.revision, \
    preview = told.preview, preview_by_agent = told.preview_by_agent, last_message_at = told.last_message_at, \
    visitor_texts = told.visitor_texts \
    FROM told WHERE conversations.id = told.id",
];
const MOVE_COLUMNS: usize = 8;
const SET_HEADS: [&str; 3] = [
    "WITH told (id, position, last_seq, revision, preview, preview_by_agent, last_message_at, \
    visitor_texts, status, assignee_id, waiting_since) AS (VALUES ",
    ") UPDATE",
    " conversations SET position = told.position, last_seq = told.last_seq, revision = told.revision, \
    preview = told.preview, preview_by_agent = told.preview_by_agent, last_message_at = told.last_message_at, \
    visitor_texts = told.visitor_texts, status = told.status, assignee_id = told.assignee_id, waiting_since = told.waiting_since \
    FROM told WHERE conversations.id = told.id",
];
const SET_COLUMNS: usize = 11;

impl Changes {
    /// Notes a head as it is to be. `stood`: where it stood before this change, if it existed.
    pub(crate) fn note(&mut self, locked: &Locked, stood: Option<Status>, kind: Kind) {
        let change = self.0.entry(locked.id).or_insert_with(|| Change {
            locked: locked.clone(),
            stood,
            kind,
        });
        change.locked.clone_from(locked);
        change.kind = change.kind.max(kind);
    }

    /// A head that this transaction has changed, as it will be.
    pub(crate) fn find(&self, id: ConversationId) -> Option<&Locked> {
        self.0.get(&id).map(|change| &change.locked)
    }

    /// Writes all, and tells it. Nothing may be locked after this.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut sums: BTreeMap<WorkspaceId, Sum> = BTreeMap::new();
        for change in self.0.values() {
            sums.entry(change.locked.workspace_id)
                .or_default()
                .add(change);
        }
        let sums: Vec<_> = sums.into_iter().collect();
        let inboxes = take_positions(tx, &sums).await?;
        let mut last: HashMap<WorkspaceId, Position> = sums
            .iter()
            .filter_map(|(id, sum)| Some((*id, inboxes.get(id)?.position - sum.count)))
            .collect();
        let (mut moved, mut set) = (Vec::new(), Vec::new());
        for change in self.0.into_values() {
            let workspace_id = change.locked.workspace_id;
            let position = last.get_mut(&workspace_id).ok_or(Error::NotFound)?;
            *position += 1;
            match change.kind {
                Kind::Moved => moved.push((*position, change.locked)),
                Kind::Set => set.push((*position, change.locked)),
            }
        }
        write_heads(tx, Kind::Moved, &moved).await?;
        write_heads(tx, Kind::Set, &set).await?;
        for (kind, heads) in [(Kind::Moved, moved), (Kind::Set, set)] {
            for (position, locked) in heads {
                let workspace_id = locked.workspace_id;
                let queue = inboxes.get(&workspace_id).ok_or(Error::NotFound)?.queue;
                tx.emit(kind.news(workspace_id, position, queue, locked.head));
            }
        }
        Ok(())
    }
}

impl Kind {
    fn news(
        self,
        workspace_id: WorkspaceId,
        position: Position,
        queue: Queue,
        conversation: Conversation,
    ) -> DomainEvent {
        match self {
            Self::Moved => DomainEvent::HeadMoved {
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

impl Sum {
    fn add(&mut self, change: &Change) {
        self.count += 1;
        if let Some(place) = change.stood.and_then(|stood| place(&mut self.queue, stood)) {
            *place -= 1;
        }
        if let Some(place) = place(&mut self.queue, change.locked.status) {
            *place += 1;
        }
    }
}

/// The counter of a status that is counted.
fn place(queue: &mut Queue, status: Status) -> Option<&mut i64> {
    match status {
        Status::Waiting => Some(&mut queue.waiting),
        Status::Active => Some(&mut queue.active),
        Status::Resolved => Some(&mut queue.resolved),
        Status::Closed | Status::Other(_) => None,
    }
}

/// The inboxes after their positions were taken; from here on they are locked.
async fn take_positions(
    tx: &mut Tx,
    sums: &[(WorkspaceId, Sum)],
) -> Result<HashMap<WorkspaceId, Inbox>> {
    // One is locked by its update. Several must be locked in one order, which an update has not.
    if sums.len() > 1 {
        for run in runs(sums) {
            let [begin, end] = LOCK_INBOXES;
            let sql =
                begin.to_owned() + &tx.placeholders().rows(1, run.len()) + end + tx.row_lock();
            on!(tx, c => {
                let mut query = sqlx::query(AssertSqlSafe(sql));
                for (workspace_id, _) in run {
                    query = query.bind(workspace_id.0);
                }
                query.execute(c).await.map(drop)
            })?;
        }
    }
    let mut inboxes = HashMap::with_capacity(sums.len());
    for run in runs(sums) {
        let [begin, end] = TAKE_POSITIONS;
        let sql = begin.to_owned() + &tx.placeholders().rows(run.len(), TAKE_COLUMNS) + end;
        let rows: Vec<InboxRow> = on!(tx, c => {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for (workspace_id, sum) in run {
                query = query
                    .bind(workspace_id.0).bind(sum.count)
                    .bind(sum.queue.waiting).bind(sum.queue.active).bind(sum.queue.resolved);
            }
            query.fetch_all(c).await
        })?;
        inboxes.extend(
            rows.into_iter()
                .map(|row| (WorkspaceId::from(row.workspace_id), row.into())),
        );
    }
    Ok(inboxes)
}

async fn write_heads(tx: &mut Tx, kind: Kind, heads: &[(Position, Locked)]) -> Result<()> {
    let ([begin, verb, end], columns) = match kind {
        Kind::Moved => (MOVE_HEADS, MOVE_COLUMNS),
        Kind::Set => (SET_HEADS, SET_COLUMNS),
    };
    for run in filled(heads) {
        let rows = tx.placeholders().rows(run.len(), columns);
        let sql = begin.to_owned() + &rows + verb + tx.or_fail() + end;
        on!(tx, c => {
            let mut query = query(sql, run.len() * columns);
            for (position, locked) in run {
                let head = &locked.head;
                query = query
                    .bind(head.id.0).bind(position).bind(head.last_seq).bind(head.revision)
                    .bind(head.preview.as_str()).bind(head.preview_by_agent).bind(head.last_message_at)
                    .bind(head.visitor_texts);
                if kind == Kind::Set {
                    query = query
                        .bind(head.status.as_str())
                        .bind(head.assignee.as_ref().map(|agent| agent.id.0))
                        .bind(head.waiting_since);
                }
            }
            query.execute(c).await.map(drop)
        })?;
    }
    Ok(())
}
