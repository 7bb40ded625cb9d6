//! `/api/v1/invitations`: invitations to the workspace; `/api/v1/auth/invitation` and
//! `/api/v1/auth/accept-invitation`: viewing and accepting them.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::InvitationId;
use crate::model::Role;

/// `GET /api/v1/invitations`, an admin: `200`, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitations {
    /// The newest 200.
    pub invitations: Vec<Invitation>,
}

/// An invitation, as the workspace's admins see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// The invitation.
    pub id: InvitationId,
    /// The address it is for; absent: anyone with the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The role it gives.
    pub role: Role,
    /// Its status.
    pub state: InvitationState,
    /// The name of the inviter.
    pub invited_by: String,
    /// When it was created.
    pub created_at: UnixMs,
    /// When it expires: after 7 days.
    pub expires_at: UnixMs,
    /// The link to accept it. Only in the answer that creates or renews the link, and only if it was not
    /// sent by mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// The status of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// It can be accepted.
    Open,
    /// It was accepted.
    Accepted,
    /// It has expired.
    Expired,
    /// It was revoked.
    Revoked,
}

/// `POST /api/v1/invitations`, an admin: `201` [`Invitation`], `409` with `conflict` if the address
/// belongs to a member or has an open invitation. With an address, and where the server
/// sends mail, the link is sent there and not shown. `POST /api/v1/invitations/{id}/resend` creates
/// a new link for another 7 days in the same way; the old one stops working. `DELETE
/// /api/v1/invitations/{id}` revokes it: `204`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateInvitation {
    /// The address it is for; absent: anyone with the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub email: Option<String>,
    /// Owner (owners only), admin or agent.
    pub role: Role,
    /// Whether to show the link instead of sending it.
    #[serde(default)]
    pub show_link: bool,
}

/// `POST /api/v1/auth/invitation`, public: `200` [`InvitationView`], `410` for an unknown token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FindInvitation {
    /// The token after the `#` of the link.
    pub token: String,
}

/// An invitation, as the invited person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationView {
    /// The workspace's name.
    pub workspace: String,
    /// The name of the inviter.
    pub invited_by: String,
    /// The role it gives.
    pub role: Role,
    /// The address it is for; absent: anyone with the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Its status.
    pub state: InvitationState,
    /// When it expires.
    pub expires_at: UnixMs,
}

/// `POST /api/v1/auth/accept-invitation`: `200` [`crate::api::identity::auth::Me`] and cookies of a session in
/// the workspace. A signed-in user sends the token alone; a user with an account also the password, and
/// their address if the invitation names none; a new user also their name. `401` as for sign-in, `410`
/// when it is not open any more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptInvitation {
    /// The token after the `#` of the link.
    pub token: String,
    /// The name of a new user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub name: Option<String>,
    /// The address, if the invitation names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub email: Option<String>,
    /// The password of the account, or that of a new user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 8, max_length = 72))]
    pub password: Option<String>,
    /// The second factor of the account, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}
