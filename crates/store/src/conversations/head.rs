//! The head of a conversation as a database row, joined with the names of the people in it.

use deskbell_protocol::{
    AgentView, Attributes, Conversation, Priority, SiteView, Snooze, Status, VisitorView,
};
use sqlx::FromRow;
use sqlx::types::Uuid;

/// A SELECT of heads with the given clauses. The assignee's name is not joined: after Postgres has
/// waited for the lock of a row, it reads that row again but not the joined ones, so a conversation
/// that was just claimed would have no assignee.
macro_rules! select_head {
    ($clauses:literal) => {
        concat!(
            "SELECT c.workspace_id, c.id, c.position, c.revision, c.status, c.site_id, s.name AS site_name, c.visitor_id, v.name AS visitor_name, v.verified AS visitor_verified, ",
            "c.assignee_id, (SELECT u.name FROM users u WHERE u.id = c.assignee_id) AS assignee_name, c.last_seq, c.preview, c.preview_by_agent, c.last_message_at, ",
            "c.waiting_since, c.created_at, c.visitor_texts, c.last_created_at, c.number, c.priority, c.escalated, c.queue_order, c.subject, c.snoozed, c.snoozed_until FROM conversations c JOIN sites s ON s.id = c.site_id ",
            "JOIN visitors v ON v.id = c.visitor_id ",
            $clauses
        )
    };
}
pub(crate) use select_head;

#[derive(FromRow)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) position: i64,
    revision: i64,
    status: String,
    site_id: Uuid,
    site_name: String,
    visitor_id: Uuid,
    visitor_name: String,
    visitor_verified: bool,
    assignee_id: Option<Uuid>,
    assignee_name: Option<String>,
    last_seq: i64,
    preview: String,
    preview_by_agent: bool,
    pub(crate) last_message_at: i64,
    /// When the visitor began to wait; also set if the conversation was resolved while it was waiting.
    pub(crate) waiting_since: Option<i64>,
    pub(crate) created_at: i64,
    visitor_texts: i64,
    /// 0: it has none yet.
    number: i64,
    priority: i64,
    escalated: bool,
    pub(crate) queue_order: i64,
    subject: String,
    snoozed: bool,
    snoozed_until: Option<i64>,
}

impl From<Row> for Conversation {
    fn from(row: Row) -> Self {
        let assignee = row.assignee_id.zip(row.assignee_name);
        let status = Status::from_word(&row.status);
        Self {
            id: row.id.into(),
            revision: row.revision,
            site: SiteView {
                id: row.site_id.into(),
                name: row.site_name,
            },
            visitor: VisitorView {
                id: row.visitor_id.into(),
                name: row.visitor_name,
                verified: row.visitor_verified,
            },
            assignee: assignee.map(|(id, name)| AgentView {
                id: id.into(),
                name,
            }),
            last_seq: row.last_seq,
            preview: row.preview,
            preview_by_agent: row.preview_by_agent,
            last_message_at: row.last_message_at,
            waiting_since: row.waiting_since.filter(|_| status == Status::Waiting),
            status,
            created_at: row.created_at,
            visitor_texts: row.visitor_texts,
            attributes: Attributes {
                number: Some(row.number).filter(|number| *number > 0),
                priority: Priority::from_rank(row.priority),
                escalated: row.escalated,
                subject: row.subject,
                // A node of an earlier version resolves without ending the snooze.
                snooze: (row.snoozed && status == Status::Active).then_some(Snooze {
                    until: row.snoozed_until,
                }),
            },
        }
    }
}
