//! `/api/v1/members`: who works in the workspace.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::UserId;
use crate::model::Role;

/// `GET /api/v1/members`: `200`, in the order in which they came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Members {
    /// All of them.
    pub members: Vec<Member>,
}

/// A member of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// The login identity.
    pub user_id: UserId,
    /// How they are called.
    pub name: String,
    /// Where mail reaches them.
    pub email: String,
    /// Where their picture is, on this server; absent if they have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Owner, admin or agent.
    pub role: Role,
    /// Has chosen to be away.
    pub away: bool,
    /// Since when.
    pub joined_at: UnixMs,
}

/// `PATCH /api/v1/members/{user_id}`, an admin: `200` [`Member`]. Only owners make and unmake
/// owners, nobody changes their own role upwards, and the last owner stays one: `403` and `409`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetMember {
    /// Owner, admin or agent.
    pub role: Role,
}

/// `DELETE /api/v1/members/{user_id}?hand_over_to=`, an admin, or anybody themself: `204`. Their
/// open conversations go to a colleague, or wait again; their sessions, tokens and connections in
/// this workspace end at once. What they wrote keeps their name. `409` for the last owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct RemoveMember {
    /// The member who gets the open conversations; absent: nobody, they wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_over_to: Option<UserId>,
}
