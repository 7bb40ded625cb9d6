//! `/api/v1/auth/*` and `/api/v1/me`: who is signed in.

use serde::{Deserialize, Serialize};

use crate::ids::{UserId, WorkspaceId};
use crate::model::Role;

/// `POST /api/v1/auth/register`: a person and a workspace of their own. `202` whether or not the
/// address has an account: a link goes to it, or word to who has one. `403` where the server does not
/// accept registrations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Register {
    /// How the person is called.
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub name: String,
    /// Where mail reaches them; also what they sign in with.
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub email: String,
    /// At least 8 characters with upper case, lower case and a digit; at most 72 bytes.
    #[cfg_attr(feature = "openapi", schema(min_length = 8, max_length = 72))]
    pub password: String,
    /// What the workspace is called.
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub workspace: String,
}

/// `POST /api/v1/auth/sign-in`: `200` [`Me`] and cookies. `403` with `email_not_verified` before the
/// address is confirmed; `POST /api/v1/auth/send-verification` takes the same and sends another link
/// (`202`). `401` with `second_factor_required` when a code is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// The e-mail address; case does not matter.
    pub email: String,
    /// The password.
    pub password: String,
    /// The second factor, if there is one: six digits, or a backup code. Each is good once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// `POST /api/v1/auth/verify-email`, to confirm the address of an account, and
/// `POST /api/v1/auth/confirm-email`, to confirm the one it is to get: `204`, or `410` when the link
/// is not good any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Link {
    /// What stands after the `#` of the link.
    pub token: String,
}

/// `POST /api/v1/auth/forgot-password`: `202` whoever's address it is, or nobody's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForgotPassword {
    /// Where the link is to go.
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub email: String,
}

/// `POST /api/v1/auth/reset-password`: another password. `204`, and every session of the account
/// has ended; `410` when the link is not good any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResetPassword {
    /// What stands after the `#` of the link.
    pub token: String,
    /// At least 8 characters with upper case, lower case and a digit; at most 72 bytes.
    #[cfg_attr(feature = "openapi", schema(min_length = 8, max_length = 72))]
    pub password: String,
}

/// `GET /api/v1/me`: who is signed in, and where. Also the answer to sign-in and refresh
/// (`POST /api/v1/auth/refresh`). `POST /api/v1/auth/sign-out` answers `204`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// The login identity.
    pub user_id: UserId,
    /// How the person is called.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// Where their picture is, on this server; absent if they have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// The workspace they act in.
    pub workspace: Membership,
    /// Runs the platform.
    #[serde(default, skip_serializing_if = "crate::is_default")]
    pub is_operator: bool,
    /// Is in this workspace as operator of the platform, not as a member.
    #[serde(default, skip_serializing_if = "crate::is_default")]
    pub entered: bool,
    /// All workspaces they are a member of, in the order in which they came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workspaces: Vec<Membership>,
    /// What they may do in this workspace, so that a client offers nothing that is refused.
    #[serde(default)]
    pub permissions: Permissions,
}

/// What a person may do in a workspace, where that does not follow from the role alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Permissions {
    /// Conversations can be assigned to them: they can claim and reopen, and reply to those that
    /// are not assigned. An operator who has entered the workspace cannot.
    #[serde(default)]
    pub claim_conversations: bool,
    /// Can create API tokens.
    #[serde(default)]
    pub create_tokens: bool,
}

impl Permissions {
    /// Those of a person with this role. `entered`: an operator of the platform, no member.
    pub fn of(role: Role, entered: bool) -> Self {
        Self {
            claim_conversations: !entered && role.reaches(Role::Agent),
            create_tokens: !entered && role.reaches(Role::Admin),
        }
    }
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
    /// It is closed by whoever runs the platform: its members see that, and may go elsewhere.
    #[serde(default, skip_serializing_if = "crate::is_default")]
    pub suspended: bool,
    /// Why, in the words of whoever runs the platform; empty if it is not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suspended_for: String,
}

/// `POST /api/v1/auth/switch-workspace`: `200` [`Me`] and cookies of a session in that workspace;
/// the one before ends. `404` where they are no member, `403` with `workspace_suspended` where that is
/// so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SwitchWorkspace {
    /// Where to.
    pub workspace_id: WorkspaceId,
}
