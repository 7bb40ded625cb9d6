//! `/api/v1/audit`: the audit log, for admins.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::UserId;
use crate::word::words;

/// `GET /api/v1/audit?actor=&action=&target=&since_at=&until_at=&cursor=&limit=`: `200`
/// [`AuditEntries`]. The same filters hold for `GET /api/v1/audit/export?format=csv|json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct ListAudit {
    /// Only the actions of this user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// Only this action, as in `member.removed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Only actions on the object with this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Not before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_at: Option<UnixMs>,
    /// Before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_at: Option<UnixMs>,
    /// `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The size of the page, 1 to [`crate::limits::LIST_ROWS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 100))]
    pub limit: Option<usize>,
}

/// A page of the log, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntries {
    /// The entries, in this order.
    pub entries: Vec<AuditEntry>,
    /// The cursor of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Its number in the log: 1, 2, 3 … without a gap.
    pub seq: i64,
    /// When it was recorded.
    pub at: UnixMs,
    /// The action, as in `member.removed`.
    pub action: String,
    /// The actor.
    pub actor: AuditActor,
    /// The target.
    pub target: AuditTarget,
    /// The IP address; empty if the workspace does not store it.
    pub address: String,
    /// The user agent.
    pub user_agent: String,
    /// Further facts; an object.
    pub details: serde_json::Value,
    /// SHA-256, in hex, of this entry and the hash before it.
    pub hash: String,
}

/// The actor of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditActor {
    /// The user; absent for Deskbell itself and for callers who are not signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Their name at that time.
    pub name: String,
    /// How they were authenticated.
    pub via: Via,
}

words! {
    /// How the actor of an entry was authenticated.
    Via {
        /// A session of a browser.
        Session = "session",
        /// A member's API token.
        ApiToken = "api_token",
        /// An operator of the platform who has entered the workspace.
        Operator = "operator",
        /// A link in a mail, or a password, without a session.
        Link = "link",
        /// Deskbell itself.
        System = "system",
        /// Not authenticated.
        Unknown = "unknown",
    }
}

/// The target of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditTarget {
    /// The kind of object, as in `member` or `site`.
    pub kind: String,
    /// The id of the object.
    pub id: String,
    /// Its name at that time.
    pub name: String,
}

/// `GET /api/v1/audit/check`: verifies that no entry of the log was changed or removed. `200`
/// [`AuditCheck`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditCheck {
    /// The number of entries that there should be.
    pub entries: i64,
    /// The hash of the last entry. Stored elsewhere, it proves later that no earlier entry has
    /// changed.
    pub hash: String,
    /// The first entry that is missing or not as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken_at: Option<i64>,
}

/// `GET /api/v1/audit/export?format=`: the format of the export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// One line per entry, for spreadsheets.
    #[default]
    Csv,
    /// A JSON array of [`AuditEntry`].
    Json,
}
