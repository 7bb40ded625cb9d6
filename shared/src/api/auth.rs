//! `/api/v1/auth/*` and `/api/v1/me`: who is signed in.

use serde::{Deserialize, Serialize};

use crate::ids::{UserId, WorkspaceId};
use crate::model::Role;

/// `POST /api/v1/auth/register`: a person and a workspace of their own. `201` [`Me`] and cookies;
/// `403` where the server does not accept registrations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Register {
    /// How the person is called.
    pub name: String,
    /// Where mail reaches them; also what they sign in with.
    pub email: String,
    /// At least 8 characters with upper case, lower case and a digit; at most 72 bytes.
    pub password: String,
    /// What the workspace is called.
    pub workspace: String,
}

/// `POST /api/v1/auth/sign-in`: `200` [`Me`] and cookies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// The e-mail address; case does not matter.
    pub email: String,
    /// The password.
    pub password: String,
}

/// `GET /api/v1/me`: who is signed in, and where. Also the answer to sign-in, refresh
/// (`POST /api/v1/auth/refresh`) and register. `POST /api/v1/auth/sign-out` answers `204`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// The login identity.
    pub user_id: UserId,
    /// How the person is called.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// The workspace they act in.
    pub workspace: Membership,
    /// Runs the platform.
    #[serde(default, skip_serializing_if = "crate::is_default")]
    pub is_operator: bool,
    /// Is in this workspace as operator of the platform, not as a member.
    #[serde(default, skip_serializing_if = "crate::is_default")]
    pub entered: bool,
}

/// A person's place in a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Membership {
    /// The workspace.
    pub id: WorkspaceId,
    /// What it is called.
    pub name: String,
    /// Owner, admin or agent.
    pub role: Role,
}
