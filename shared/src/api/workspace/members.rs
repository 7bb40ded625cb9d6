//! `/api/v1/members`: the members of the workspace.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::UserId;
use crate::model::Role;

/// `GET /api/v1/members`: `200`, in the order of joining.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Members {
    /// All entries.
    pub members: Vec<Member>,
}

/// A member of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// The user id.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// The path of their picture on this server; absent if they have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Owner, admin or agent.
    pub role: Role,
    /// Whether they have set themselves away.
    pub away: bool,
    /// When they joined.
    pub joined_at: UnixMs,
}

/// `PATCH /api/v1/members/{user_id}`, an admin: `200` [`Member`]. Only owners can give
/// or remove the role owner, nobody can raise their own role, and the last owner keeps it: `403` and
/// `409`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetMember {
    /// Owner, admin or agent.
    pub role: Role,
}

/// `DELETE /api/v1/members/{user_id}?hand_over_to=`, an admin, or the member: `204`.
/// Their open conversations are assigned to a colleague, or wait again; their sessions, tokens and connections in
/// this workspace end at once. Their messages keep their name. `409` for the last owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct RemoveMember {
    /// The member to whom the open conversations are assigned; absent: they wait again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_over_to: Option<UserId>,
}
