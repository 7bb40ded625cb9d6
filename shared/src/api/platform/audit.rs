//! `/api/v1/audit`: who did what to what, when, from where. For administrators.

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
    /// Only what this person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// Only this action, as in `member.removed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Only what was done to the thing with this id.
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

/// Something that somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Its place in the log: 1, 2, 3 … without a gap.
    pub seq: i64,
    /// When it was made.
    pub at: UnixMs,
    /// What, as in `member.removed`.
    pub action: String,
    /// Who.
    pub actor: AuditActor,
    /// To what.
    pub target: AuditTarget,
    /// From which address; empty where the workspace keeps none.
    pub address: String,
    /// With which program.
    pub user_agent: String,
    /// What else there is to know; an object.
    pub details: serde_json::Value,
    /// SHA-256, in hex, of this entry and the hash before it.
    pub hash: String,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditActor {
    /// The login identity; absent for Deskbell itself and for those who are not signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// As they were called then.
    pub name: String,
    /// How they were known.
    pub via: Via,
}

words! {
    /// How the actor of an entry was authenticated.
    Via {
        /// Signed in with a browser.
        Session = "session",
        /// A program, with a member's API token.
        ApiToken = "api_token",
        /// An operator of the platform who has entered the workspace.
        Operator = "operator",
        /// A link in a mail, or a password, before anybody was signed in.
        Link = "link",
        /// Deskbell itself.
        System = "system",
        /// Nobody was signed in.
        Unknown = "unknown",
    }
}

/// What it was done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditTarget {
    /// The kind of thing, as in `member` or `site`.
    pub kind: String,
    /// The session.
    pub id: String,
    /// As it was called then.
    pub name: String,
}

/// `GET /api/v1/audit/check`: whether the log is as it was written. `200` [`AuditCheck`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditCheck {
    /// How many entries there should be.
    pub entries: i64,
    /// The hash of the last one. Kept elsewhere, it proves later that nothing before it changed.
    pub hash: String,
    /// The first entry that is missing or not as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken_at: Option<i64>,
}

/// `GET /api/v1/audit/export?format=`: how the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// A line an entry, for spreadsheets.
    #[default]
    Csv,
    /// A JSON array of [`AuditEntry`].
    Json,
}
