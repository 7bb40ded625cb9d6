//! `/api/v1/operator/*`: for operators of the platform. API tokens have no access.

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

/// A workspace as an operator sees it: its numbers, but no content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperatedWorkspace {
    /// The workspace.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// When it was created.
    pub created_at: UnixMs,
    /// Since when it is suspended; absent if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_at: Option<UnixMs>,
    /// The reason of the suspension.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suspended_for: String,
    /// The number of members.
    pub members: i64,
    /// The number of sites.
    pub sites: i64,
    /// The number of conversations that are not closed.
    pub open_conversations: i64,
}

/// `GET /api/v1/operator/workspaces/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperatedWorkspaceDetails {
    /// The workspace.
    pub workspace: OperatedWorkspace,
    /// The members; at most a thousand.
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

/// `POST /api/v1/operator/workspaces/{id}/suspend`: `204`. Its members and visitors are informed,
/// and nothing is lost. `…/resume` ends the suspension: `204`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suspend {
    /// The reason, which its members see.
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub reason: String,
}

/// `POST /api/v1/operator/workspaces/{id}/delete`: `202`. It is inaccessible at once; its rows are
/// removed in the background.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteWorkspace {
    /// Its name, repeated so that no other is deleted by mistake.
    pub name: String,
}

/// `PUT /api/v1/operator/workspaces/{id}/limits/{name}`: sets a limit of the workspace, `204`.
/// `DELETE` resets it to the default of the settings.
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
    /// When the account was created.
    pub created_at: UnixMs,
    /// Since when they are suspended; absent if they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_at: Option<UnixMs>,
    /// Whether they operate the platform.
    pub is_operator: bool,
    /// The number of workspaces of which they are a member.
    pub workspaces: i64,
}

/// `POST /api/v1/operator/users/{id}/delete`: `204`. They leave all their workspaces, where their
/// open conversations wait again; their sessions and tokens end, and their data is deleted except
/// for their messages, which keep their name. `409` for the own account, and while a workspace has no other
/// owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteUser {
    /// Their address, repeated so that no other user is deleted by mistake.
    pub email: String,
}

/// `PUT /api/v1/operator/users/{id}/operator`: `204`. The last operator cannot be demoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetOperator {
    /// Whether they are an operator.
    pub is_operator: bool,
}

/// `GET /api/v1/operator/usage`: `200` [`Usage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Usage {
    /// Workspaces that are not deleted.
    pub workspaces: i64,
    /// Suspended workspaces.
    pub suspended: i64,
    /// Users.
    pub users: i64,
    /// Sites.
    pub sites: i64,
    /// Conversations that are not closed.
    pub open_conversations: i64,
    /// Conversations that were started in the last 30 days.
    pub conversations_in_30_days: i64,
    /// Connections to the node that answers.
    pub connections_here: u64,
}

/// `GET` and `PUT /api/v1/operator/maintenance`: `200` [`Maintenance`]. While it is on, everyone
/// but operators is refused with the message; clients reconnect by themselves later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Maintenance {
    /// Whether maintenance mode is on.
    pub on: bool,
    /// The message for refused people: the reason, and how long it takes.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub message: String,
}
