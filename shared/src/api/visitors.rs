//! `/api/v1/visitors`: visitors and their tokens.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::{SiteId, VisitorId};

/// `POST /api/v1/visitors`: `200` [`VisitorToken`]. A valid token is renewed for the same
/// visitor; a damaged or refused one, or one of another site, is replaced by that of a new visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateVisitor {
    /// The site's public key.
    pub site_key: String,
    /// The token that the host page stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The identity that the host page gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
}

/// The identity of a visitor, given by the host page. Verified by `hash` or `jwt`, it is the same
/// visitor on every device; without them it is only claimed, which agents see. A wrong or expired
/// verification counts as no identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Identity {
    /// Their id on the host site, at most [`crate::limits::EXTERNAL_ID_BYTES`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub external_id: Option<String>,
    /// HMAC-SHA-256 of `external_id` under the site's identity secret, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Instead of all other fields: a JWT (HS256, under the same secret) with `sub`, `exp` and, if
    /// known, `name` and `email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwt: Option<String>,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// `GET /api/v1/visitors/{id}`, an agent: `200`, the profile of a visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Visitor {
    /// The visitor.
    pub id: VisitorId,
    /// The site on which they were first seen.
    pub site_id: SiteId,
    /// Their name; "Visitor" if they have given none.
    pub name: String,
    /// Their id on the host site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Whether the host site has verified that.
    pub verified: bool,
    /// Their e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the host site has verified that, too.
    pub email_verified: bool,
    /// Their IP address, as far as the workspace stores it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// When they first wrote, or were first identified.
    pub created_at: UnixMs,
    /// When they were last online.
    pub last_seen_at: UnixMs,
}

/// A visitor's token, to be stored by the host page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VisitorToken {
    /// The visitor.
    pub visitor_id: VisitorId,
    /// The bearer token; never put it into a URL.
    pub token: String,
    /// When it expires: 180 days from now.
    pub expires_at: UnixMs,
    /// When to renew it: after a quarter of its time.
    pub renew_at: UnixMs,
    /// The site's name, for the title of the panel.
    pub site_name: String,
}
