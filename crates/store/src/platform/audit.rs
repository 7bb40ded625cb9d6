//! The audit log: append-only, with a hash chain. The hash of each entry covers the one before it,
//! so that changing or removing an entry means changing all later ones, and the copies that people
//! have.

use deskbell_protocol::api::platform::audit::{AuditActor, AuditEntry, AuditTarget, Via};
use deskbell_protocol::{UnixMs, UserId, WorkspaceId};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::db::locks::Lock;
use crate::{Handle, Result, Tx};

/// An entry to append.
#[derive(Clone, Debug)]
pub struct NewEntry {
    pub action: &'static str,
    pub actor: AuditActor,
    pub target: AuditTarget,
    pub address: String,
    pub user_agent: String,
    /// Details, a JSON object.
    pub details: Value,
}

/// A filter of entries; absent fields match all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub actor_id: Option<UserId>,
    pub action: Option<String>,
    pub target_id: Option<String>,
    pub since_at: Option<UnixMs>,
    pub until_at: Option<UnixMs>,
}

#[derive(FromRow)]
struct Row {
    seq: i64,
    at: i64,
    action: String,
    actor_id: Option<Uuid>,
    actor_name: String,
    via: String,
    target_kind: String,
    target_id: String,
    target_name: String,
    address: String,
    user_agent: String,
    details: String,
    hash: String,
}

/// The hash before the first entry.
const NOTHING: &str = "";
const HEAD: &str = "INSERT INTO audit_heads (workspace_id, seq, hash) VALUES ($1, 0, '') \
    ON CONFLICT (workspace_id) DO UPDATE SET seq = audit_heads.seq RETURNING seq, hash";
const SET_HEAD: &str = "UPDATE audit_heads SET seq = $2, hash = $3 WHERE workspace_id = $1";
const INSERT: &str = "INSERT INTO audit_entries \
    (workspace_id, seq, at, action, actor_id, actor_name, via, target_kind, target_id, target_name, \
    address, user_agent, details, hash) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
const BEFORE: &str = "SELECT seq, at, action, actor_id, actor_name, via, target_kind, target_id, target_name, \
    address, user_agent, details, hash FROM audit_entries \
    WHERE workspace_id = $1 AND seq < $2 \
    AND ($3 IS NULL OR actor_id = $3) AND ($4 IS NULL OR action = $4) AND ($5 IS NULL OR target_id = $5) \
    AND ($6 IS NULL OR at >= $6) AND ($7 IS NULL OR at < $7) ORDER BY seq DESC LIMIT $8";
const AFTER: &str = "SELECT seq, at, action, actor_id, actor_name, via, target_kind, target_id, target_name, \
    address, user_agent, details, hash FROM audit_entries \
    WHERE workspace_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
const LAST: &str = "SELECT seq, hash FROM audit_heads WHERE workspace_id = $1";

/// Locks these logs until the commit. A transaction that writes into several locks them all first, in the
/// order of their ids.
pub async fn lock_logs(tx: &mut Tx, logs: &[WorkspaceId]) -> Result<()> {
    let mut logs = logs.to_vec();
    logs.sort();
    for workspace in logs {
        tx.locks.take(lock_of(workspace), workspace.0);
        on!(tx, c => sqlx::query(HEAD).bind(workspace.0).fetch_one(c).await.map(drop))?;
    }
    Ok(())
}

/// The platform's log has the nil id, and comes early in the lock order.
fn lock_of(log: WorkspaceId) -> Lock {
    match log.0.is_nil() {
        true => Lock::PlatformLog,
        false => Lock::WorkspaceLog,
    }
}

/// Appends an entry to the log of a workspace.
pub async fn append(tx: &mut Tx, workspace: WorkspaceId, new: NewEntry) -> Result<()> {
    tx.locks.take(lock_of(workspace), workspace.0);
    let (last, before): (i64, String) =
        on!(tx, c => sqlx::query_as(HEAD).bind(workspace.0).fetch_one(c).await)?;
    let row = Row {
        seq: last + 1,
        at: tx.now(),
        action: new.action.to_owned(),
        actor_id: new.actor.user_id.map(|id| id.0),
        actor_name: new.actor.name,
        via: new.actor.via.as_str().to_owned(),
        target_kind: new.target.kind,
        target_id: new.target.id,
        target_name: new.target.name,
        address: new.address,
        user_agent: new.user_agent,
        details: new.details.to_string(),
        hash: String::new(),
    };
    let hash = row.hashed(workspace, &before);
    on!(tx, c => sqlx::query(INSERT)
        .bind(workspace.0).bind(row.seq).bind(row.at).bind(&row.action).bind(row.actor_id)
        .bind(&row.actor_name).bind(&row.via).bind(&row.target_kind).bind(&row.target_id)
        .bind(&row.target_name).bind(&row.address).bind(&row.user_agent).bind(&row.details).bind(&hash)
        .execute(c).await.map(drop))?;
    on!(tx, c => sqlx::query(SET_HEAD).bind(workspace.0).bind(row.seq).bind(&hash).execute(c).await.map(drop))?;
    Ok(())
}

/// Lists the entries before `before` that match the filter, the newest first.
pub async fn list_entries(
    handle: &mut impl Handle,
    workspace: WorkspaceId,
    filter: &Filter,
    before: i64,
    limit: i64,
) -> Result<Vec<AuditEntry>> {
    let rows: Vec<Row> = on!(handle, c => sqlx::query_as(BEFORE)
        .bind(workspace.0).bind(before).bind(filter.actor_id.map(|id| id.0))
        .bind(filter.action.as_deref()).bind(filter.target_id.as_deref())
        .bind(filter.since_at).bind(filter.until_at).bind(limit)
        .fetch_all(c).await)?;
    Ok(rows.into_iter().map(AuditEntry::from).collect())
}

/// Verifies up to `limit` entries after `after`, whose hash is given. Returns the last one's number
/// and hash, or `Err` with the number of the first entry whose hash is wrong.
pub async fn check_entries(
    handle: &mut impl Handle,
    workspace: WorkspaceId,
    after: (i64, String),
    limit: i64,
) -> Result<std::result::Result<(i64, String), i64>> {
    let (mut last, mut hash) = after;
    let rows: Vec<Row> = on!(handle, c => sqlx::query_as(AFTER)
        .bind(workspace.0).bind(last).bind(limit).fetch_all(c).await)?;
    for row in rows {
        if row.seq != last + 1 || row.hashed(workspace, &hash) != row.hash {
            return Ok(Err(last + 1));
        }
        (last, hash) = (row.seq, row.hash);
    }
    Ok(Ok((last, hash)))
}

/// Finds the number and the hash of the last entry.
pub async fn find_head(handle: &mut impl Handle, workspace: WorkspaceId) -> Result<(i64, String)> {
    let head: Option<(i64, String)> =
        on!(handle, c => sqlx::query_as(LAST).bind(workspace.0).fetch_optional(c).await)?;
    Ok(head.unwrap_or((0, NOTHING.to_owned())))
}

impl Row {
    /// SHA-256, in hex, of the hash before and all fields of the entry, as a JSON array.
    fn hashed(&self, workspace: WorkspaceId, before: &str) -> String {
        let said = serde_json::json!([
            before,
            workspace,
            self.seq,
            self.at,
            self.action,
            self.actor_id.map(UserId::from),
            self.actor_name,
            self.via,
            self.target_kind,
            self.target_id,
            self.target_name,
            self.address,
            self.user_agent,
            self.details,
        ]);
        let digest = Sha256::digest(said.to_string());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl From<Row> for AuditEntry {
    fn from(row: Row) -> Self {
        Self {
            seq: row.seq,
            at: row.at,
            action: row.action,
            actor: AuditActor {
                user_id: row.actor_id.map(UserId::from),
                name: row.actor_name,
                via: Via::from_word(&row.via),
            },
            target: AuditTarget {
                kind: row.target_kind,
                id: row.target_id,
                name: row.target_name,
            },
            address: row.address,
            user_agent: row.user_agent,
            details: serde_json::from_str(&row.details).unwrap_or_default(),
            hash: row.hash,
        }
    }
}
