//! `/api/v1/operator/*`: for those who run the platform. No program's token reaches it.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::api::workspace::Limit;
use crate::ids::{UserId, WorkspaceId};
use crate::model::Role;

/// `GET /api/v1/operator/workspaces` and `…/users`, `?search=&cursor=&limit=`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct Search {
    /// Part of a name, or of an e-mail address; case does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The size of the page, 1 to [`crate::limits::LIST_ROWS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 100))]
    pub limit: Option<usize>,
}

/// A page of workspaces, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperatedWorkspaces {
    /// The entries, in this order.
    pub workspaces: Vec<OperatedWorkspace>,
    /// The cursor of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A workspace as an operator sees it: how much, but nothing of what is said in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperatedWorkspace {
    /// The workspace.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: UnixMs,
    /// Since when it is suspended; absent: it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_at: Option<UnixMs>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suspended_for: String,
    /// How many members it has.
    pub members: i64,
    /// How many sites.
    pub sites: i64,
    /// How many conversations that are not closed.
    pub open_conversations: i64,
}

/// `GET /api/v1/operator/workspaces/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperatedWorkspaceDetails {
    /// The workspace.
    pub workspace: OperatedWorkspace,
    /// Who is a member; at most a thousand.
    pub members: Vec<OperatedMember>,
    /// Its limits and their usage.
    pub limits: Vec<Limit>,
}

/// A member of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperatedMember {
    /// The user id.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Owner, admin or agent.
    pub role: Role,
}

/// `POST /api/v1/operator/workspaces/{id}/suspend`: `204`. Its people are told, its widgets fall
/// silent, nothing is lost. `…/resume` ends it: `204`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suspend {
    /// Why; its members are told.
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub reason: String,
}

/// `POST /api/v1/operator/workspaces/{id}/delete`: `202`. From then on nobody reaches it; its rows
/// are removed in the background.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteWorkspace {
    /// Its name, once more, so that no other is deleted by mistake.
    pub name: String,
}

/// `PUT /api/v1/operator/workspaces/{id}/limits/{name}`: `204`. The workspace then has this limit
/// for itself; `DELETE` takes it back, and what the settings say counts again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetLimit {
    /// The maximum; absent: unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub most: Option<i64>,
}

/// A page of users, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperatedUsers {
    /// The entries, in this order.
    pub users: Vec<OperatedUser>,
    /// The cursor of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A login identity as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperatedUser {
    /// The user id.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// When they came.
    pub created_at: UnixMs,
    /// Since when they are suspended; absent: they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_at: Option<UnixMs>,
    /// Whether they operate the platform.
    pub is_operator: bool,
    /// How many workspaces they are a member of.
    pub workspaces: i64,
}

/// `POST /api/v1/operator/users/{id}/delete`: `204`. They leave all their workspaces, where their
/// open conversations wait again; their sessions and tokens end, and nothing of theirs is kept but
/// what they wrote, under the name it was written under. `409` for oneself, and while nobody else
/// owns one of their workspaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteUser {
    /// Their address, once more, so that nobody else is deleted by mistake.
    pub email: String,
}

/// `PUT /api/v1/operator/users/{id}/operator`: `204`. The last operator stays one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetOperator {
    /// Whether they run the platform.
    pub is_operator: bool,
}

/// `GET /api/v1/operator/usage`: `200` [`Usage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Usage {
    /// Workspaces that are not deleted.
    pub workspaces: i64,
    /// Of them, suspended.
    pub suspended: i64,
    /// Login identities.
    pub users: i64,
    /// Sites.
    pub sites: i64,
    /// Conversations that are not closed.
    pub open_conversations: i64,
    /// Conversations that began in the last 30 days.
    pub conversations_in_30_days: i64,
    /// Connections to the node that answers.
    pub connections_here: u64,
}

/// `GET` and `PUT /api/v1/operator/maintenance`: `200` [`Maintenance`]. While it is on, only
/// operators get an answer; everybody else is told why, and their programs come back by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Maintenance {
    /// Whether the platform is closed.
    pub on: bool,
    /// Why, and until when; people are shown it.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 50))]
    pub message: String,
}
