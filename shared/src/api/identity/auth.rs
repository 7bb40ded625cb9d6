//! `/api/v1/auth/*` and `/api/v1/me`: registration, sign-in and the signed-in user.

use serde::{Deserialize, Serialize};

use crate::ids::{UserId, WorkspaceId};
use crate::model::Role;

/// `POST /api/v1/auth/register`: creates a user and their workspace. `202` whether or not the
/// address has an account: a confirmation link is sent to it, or a notice to the owner of the account.
/// `403` where the server does not accept registrations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Register {
    /// The person's name.
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub name: String,
    /// Their e-mail address, with which they also sign in.
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub email: String,
    /// At least 8 characters with upper case, lower case and a digit; at most 72 bytes.
    #[cfg_attr(feature = "openapi", schema(min_length = 8, max_length = 72))]
    pub password: String,
    /// The workspace's name.
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub workspace: String,
}

/// `POST /api/v1/auth/sign-in`: `200` [`Me`] and cookies. `403` with `email_not_verified` before the
/// address is confirmed; `POST /api/v1/auth/send-verification` takes the same body and sends another link
/// (`202`). `401` with `second_factor_required` when a code is required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// The e-mail address; case does not matter.
    pub email: String,
    /// The password.
    pub password: String,
    /// The code of the second factor, if there is one: six digits, or a backup code. Each works once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// `POST /api/v1/auth/verify-email`, to confirm the address of an account, and
/// `POST /api/v1/auth/confirm-email`, to confirm the one it is to get: `204`, or `410` when the link
/// has expired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenBody {
    /// The token after the `#` of the link.
    pub token: String,
}

/// `POST /api/v1/auth/forgot-password`: `202` whether or not the address has an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForgotPassword {
    /// The address to which the link is sent.
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub email: String,
}

/// `POST /api/v1/auth/reset-password`: sets a new password. `204`, and every session of the account
/// has ended; `410` when the link has expired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResetPassword {
    /// The token after the `#` of the link.
    pub token: String,
    /// At least 8 characters with upper case, lower case and a digit; at most 72 bytes.
    #[cfg_attr(feature = "openapi", schema(min_length = 8, max_length = 72))]
    pub password: String,
}

/// `GET /api/v1/me`: the signed-in user and their workspaces. Also the answer to sign-in and refresh
/// (`POST /api/v1/auth/refresh`). `POST /api/v1/auth/sign-out` answers `204`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// The user id.
    pub user_id: UserId,
    /// The person's name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// The path of their picture on this server; absent if they have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// The current workspace.
    pub workspace: Membership,
    /// Whether they operate the platform.
    #[serde(default, skip_serializing_if = "crate::is_default")]
    pub is_operator: bool,
    /// Whether they have entered this workspace as operator of the platform, not as a member.
    #[serde(default, skip_serializing_if = "crate::is_default")]
    pub entered: bool,
    /// Whether the e-mail address still has to be confirmed: then the next sign-in is refused. Sign-in,
    /// `GET /api/v1/me` and the answers that change the workspace set it.
    #[serde(default, skip_serializing_if = "crate::is_default")]
    pub email_unconfirmed: bool,
    /// All workspaces they are a member of, in the order of joining.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workspaces: Vec<Membership>,
    /// Their permissions in this workspace, so that a client offers nothing that is refused.
    #[serde(default)]
    pub permissions: Permissions,
}

/// Permissions of a person in a workspace that do not follow from the role alone.
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
    /// The permissions of a person with this role. `entered`: an operator of the platform, not a
    /// member.
    pub fn of(role: Role, entered: bool) -> Self {
        Self {
            claim_conversations: !entered && role.reaches(Role::Agent),
            create_tokens: !entered && role.reaches(Role::Admin),
        }
    }
}

/// A membership of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Membership {
    /// The workspace.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// Owner, admin or agent.
    pub role: Role,
    /// Whether the operator has suspended it: its members see that, and can switch to another.
    #[serde(default, skip_serializing_if = "crate::is_default")]
    pub suspended: bool,
    /// The operator's reason; empty if it is not suspended.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suspended_for: String,
}

/// `POST /api/v1/auth/switch-workspace`: `200` [`Me`] and cookies of a session in that workspace;
/// the session in the previous one ends. `404` if they are not a member, `403` with
/// `workspace_suspended` if it is suspended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SwitchWorkspace {
    /// The target workspace.
    pub workspace_id: WorkspaceId,
}
