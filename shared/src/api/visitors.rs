//! `/api/v1/visitors`: how a visitor gets and keeps a token.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::{SiteId, VisitorId};

/// `POST /api/v1/visitors`: `200` [`VisitorToken`]. A token that is still good is renewed for the
/// same visitor; one that is damaged, refused or of another site is replaced by a new visitor's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateVisitor {
    /// The site's public key.
    pub site_key: String,
    /// The token the host page kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Who the host page says they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
}

/// Who a host page says a visitor is. With a proof (`hash` or `jwt`) they are the same visitor
/// wherever they come from; without one it is what somebody says, and agents see that. A proof that
/// is wrong or has expired counts as if nothing had been said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Identity {
    /// What the host site calls them, at most [`crate::limits::EXTERNAL_ID_BYTES`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub external_id: Option<String>,
    /// HMAC-SHA-256 of `external_id` under the site's identity secret, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// In place of all the others: a JWT (HS256, under the same secret) with `sub`, `exp` and, if
    /// known, `name` and `email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwt: Option<String>,
    /// How they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where mail reaches them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// `GET /api/v1/visitors/{id}`, an agent: `200`, what is known of a visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Visitor {
    /// The visitor.
    pub id: VisitorId,
    /// The site they came by.
    pub site_id: SiteId,
    /// How they are called; "Visitor" until they say.
    pub name: String,
    /// What the host site calls them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Whether the host site has proven that.
    pub verified: bool,
    /// Where mail reaches them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the host site has proven that too.
    pub email_verified: bool,
    /// Where they came from, as far as the workspace keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// When they first wrote, or were first named.
    pub created_at: UnixMs,
    /// When they were last there.
    pub last_seen_at: UnixMs,
}

/// A visitor's identity, to be kept by the host page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VisitorToken {
    /// The visitor.
    pub visitor_id: VisitorId,
    /// The bearer's proof; never put it into a URL.
    pub token: String,
    /// When it ends: 180 days from now.
    pub expires_at: UnixMs,
    /// When to ask for a new one: at a quarter of its time.
    pub renew_at: UnixMs,
    /// How the site calls itself, for the panel's head.
    pub site_name: String,
}
