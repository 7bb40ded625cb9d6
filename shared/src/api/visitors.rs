//! `/api/v1/visitors`: how a visitor gets and keeps a token.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::VisitorId;

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
