//! Notifications of members.

use deskbell_protocol::{
    AgentView, ConversationId, Notification, NotificationId, NotificationKind, UserId, WorkspaceId,
    limits,
};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::db::rows::{query, runs};
use crate::{DomainEvent, Handle, Result, Tx, WorkspaceScope};

/// What the members are notified of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotification {
    pub kind: NotificationKind,
    pub conversation_id: ConversationId,
    pub by: AgentView,
    pub text: String,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    conversation_id: Uuid,
    by_id: Uuid,
    by_name: String,
    text: String,
    created_at: i64,
    read: bool,
}

const INSERT: &str = "INSERT INTO notifications (id, workspace_id, user_id, kind, conversation_id, by_id, by_name, \
    text, created_at, read) VALUES ";
const INSERT_COLUMNS: usize = 10;
const PRUNE: [&str; 2] = [
    "WITH told (workspace_id, user_id) AS (VALUES ",
    ") DELETE FROM notifications WHERE id IN (SELECT id FROM (SELECT n.id, \
    ROW_NUMBER() OVER (PARTITION BY n.user_id ORDER BY n.id DESC) AS place FROM notifications n \
    JOIN told ON told.user_id = n.user_id AND told.workspace_id = n.workspace_id) ranked WHERE place > ",
];
const LIST: &str = "SELECT id, kind, conversation_id, by_id, by_name, text, created_at, read FROM notifications \
    WHERE user_id = $1 AND workspace_id = $2 AND ($3 IS NULL OR id < $3) ORDER BY id DESC LIMIT $4";
const COUNT_UNREAD: &str =
    "SELECT COUNT(*) FROM notifications WHERE user_id = $1 AND workspace_id = $2 AND NOT read";
const READ: &str = "UPDATE notifications SET read = TRUE WHERE user_id = $1 AND workspace_id = $2 \
    AND NOT read AND ($3 IS NULL OR conversation_id = $3) AND ($4 IS NULL OR id <= $4)";

/// Notifies members, whose memberships are locked until the commit. Of each member the newest
/// [`limits::NOTIFICATIONS`] are kept.
pub async fn notify(
    tx: &mut Tx,
    workspace_id: WorkspaceId,
    users: &[UserId],
    new: &NewNotification,
) -> Result<()> {
    let (now, most) = (tx.now(), limits::NOTIFICATIONS);
    for run in runs(users) {
        let sql = INSERT.to_owned() + &tx.placeholders().rows(run.len(), INSERT_COLUMNS);
        let ids: Vec<_> = run
            .iter()
            .map(|_| NotificationId::from_parts(now, tx.random()))
            .collect();
        on!(tx, c => {
            let mut query = query(sql, run.len() * INSERT_COLUMNS);
            for (user_id, id) in run.iter().zip(&ids) {
                query = query
                    .bind(id.0).bind(workspace_id.0).bind(user_id.0).bind(new.kind.as_str())
                    .bind(new.conversation_id.0).bind(new.by.id.0).bind(new.by.name.as_str())
                    .bind(new.text.as_str()).bind(now).bind(false);
            }
            query.execute(c).await.map(drop)
        })?;
        let [begin, end] = PRUNE;
        let sql = format!(
            "{begin}{}{end}{most})",
            tx.placeholders().rows(run.len(), 2)
        );
        on!(tx, c => {
            let mut query = query(sql, run.len() * 2);
            for user_id in run {
                query = query.bind(workspace_id.0).bind(user_id.0);
            }
            query.execute(c).await.map(drop)
        })?;
        for (user_id, id) in run.iter().zip(ids) {
            let notification = Notification {
                id,
                kind: new.kind,
                conversation_id: new.conversation_id,
                by: new.by.clone(),
                text: new.text.clone(),
                created_at: now,
                read: false,
            };
            tx.emit(DomainEvent::Notified {
                workspace_id,
                user_id: *user_id,
                notification,
            });
        }
    }
    Ok(())
}

/// Lists the notifications of a member before this one, the newest first, and whether there are older ones.
pub async fn list(
    handle: &mut impl Handle,
    member: &WorkspaceScope,
    before: Option<NotificationId>,
    limit: usize,
) -> Result<(Vec<Notification>, bool)> {
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows: Vec<Row> = on!(handle, c => sqlx::query_as(LIST)
        .bind(member.user.id.0).bind(member.workspace_id.0).bind(before.map(|id| id.0)).bind(one_more)
        .fetch_all(c).await)?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    Ok((rows.into_iter().map(Notification::from).collect(), more))
}

/// Counts the notifications that a member has not read.
pub async fn count_unread(handle: &mut impl Handle, member: &WorkspaceScope) -> Result<i64> {
    Ok(on!(handle, c => sqlx::query_scalar(COUNT_UNREAD)
        .bind(member.user.id.0).bind(member.workspace_id.0).fetch_one(c).await)?)
}

/// Marks the notifications of a member as read: those about this conversation, or all;
/// at most up to this one.
pub async fn mark_read(
    tx: &mut Tx,
    member: &WorkspaceScope,
    conversation_id: Option<ConversationId>,
    up_to: Option<NotificationId>,
) -> Result<()> {
    let (user_id, workspace_id) = (member.user.id, member.workspace_id);
    let changed = on!(tx, c => sqlx::query(READ)
        .bind(user_id.0).bind(workspace_id.0).bind(conversation_id.map(|id| id.0))
        .bind(up_to.map(|id| id.0))
        .execute(c).await.map(|done| done.rows_affected()))?;
    if changed > 0 {
        tx.emit(DomainEvent::NotificationsChanged {
            workspace_id,
            user_id,
        });
    }
    Ok(())
}

impl From<Row> for Notification {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            kind: NotificationKind::from_word(&row.kind),
            conversation_id: row.conversation_id.into(),
            by: AgentView {
                id: row.by_id.into(),
                name: row.by_name,
            },
            text: row.text,
            created_at: row.created_at,
            read: row.read,
        }
    }
}
