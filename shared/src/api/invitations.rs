//! `/api/v1/invitations`: who is asked to join the workspace; `/api/v1/auth/invitation` and
//! `/api/v1/auth/accept-invitation`: how they answer.

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
    /// Whom it is for; absent: whoever has the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What they will be.
    pub role: Role,
    /// How it stands.
    pub state: InvitationState,
    /// Who invites.
    pub invited_by: String,
    /// When.
    pub created_at: UnixMs,
    /// Until when it can be accepted: 7 days.
    pub expires_at: UnixMs,
    /// Where it is accepted. Only in the answer that makes or renews the link, and only if it did not
    /// go by mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// How an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// It can be accepted.
    Open,
    /// It was.
    Accepted,
    /// Nobody did in time.
    Expired,
    /// It was taken back.
    Revoked,
}

/// `POST /api/v1/invitations`, an admin: `201` [`Invitation`]. With an address, and where the server
/// sends mail, the link goes there and is not shown. `POST /api/v1/invitations/{id}/resend` makes a
/// new link, good for another 7 days, in the same way; the old one ends. `DELETE
/// /api/v1/invitations/{id}` takes it back: `204`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateInvitation {
    /// Whom it is for; absent: whoever has the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub email: Option<String>,
    /// Owner (owners only), admin or agent.
    pub role: Role,
    /// Show the link instead of sending it, also where the server could.
    #[serde(default)]
    pub show_link: bool,
}

/// `POST /api/v1/auth/invitation`, anybody: `200` [`InvitationView`], `410` for a token that is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FindInvitation {
    /// What stands behind `#` in the link.
    pub token: String,
}

/// An invitation, as the one who is invited sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationView {
    /// The workspace's name.
    pub workspace: String,
    /// Who invites.
    pub invited_by: String,
    /// What one will be.
    pub role: Role,
    /// Whom it is for; absent: whoever has the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// How it stands.
    pub state: InvitationState,
    /// Until when it can be accepted.
    pub expires_at: UnixMs,
}

/// `POST /api/v1/auth/accept-invitation`: `200` [`crate::api::auth::Me`] and cookies of a session in
/// the workspace. Somebody who is signed in gives the token alone; somebody who has an account their
/// address, if the invitation names none, and password; somebody new their name as well. `401` as at
/// sign-in, `410` when it is not open any more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptInvitation {
    /// What stands behind `#` in the link.
    pub token: String,
    /// New: how the person is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub name: Option<String>,
    /// The address, if the invitation names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub email: Option<String>,
    /// The password of the account, or the one that somebody new chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 8, max_length = 72))]
    pub password: Option<String>,
    /// The second factor of the account, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}
