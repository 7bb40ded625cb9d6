//! `/api/v1/sites`: the sites of the workspace.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::SiteId;

/// `GET /api/v1/sites`: `200`, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sites {
    /// The sites that are not deleted.
    pub sites: Vec<Site>,
}

/// A site with its snippet. `GET /api/v1/sites/{id}`: `200`. `POST
/// /api/v1/sites/{id}/rotate-key`, an admin: `200`; the old key stops working. `DELETE
/// /api/v1/sites/{id}`, an admin: `204`; its key stops working, its conversations are closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Site {
    /// The site.
    pub id: SiteId,
    /// Its name.
    pub name: String,
    /// Its public key, which is part of the snippet.
    pub key: String,
    /// The origins on which the chat works.
    pub allowed_origins: Vec<String>,
    /// The snippet: the script tag to paste.
    pub snippet: String,
    /// The appearance of the widget.
    #[serde(default, skip_serializing_if = "WidgetSettings::is_usual")]
    pub widget: WidgetSettings,
    /// Whether the site can verify its visitors' identities.
    #[serde(default, skip_serializing_if = "crate::is_default")]
    pub has_identity_secret: bool,
    /// Origins whose pages recently tried to show the chat and are not allowed, the newest first;
    /// at most 10. Only in the answers to `GET`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 10))]
    pub refused_origins: Vec<RefusedOrigin>,
}

/// An origin whose pages have a site's snippet without being allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusedOrigin {
    /// As in `https://shop.example`.
    pub origin: String,
    /// When a page last tried, accurate to about an hour.
    pub last_seen_at: UnixMs,
}

/// The appearance of the widget; absent fields have their defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WidgetSettings {
    /// The color of launcher and panel, as in `#00aa55`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^(#[0-9A-Fa-f]{6})?$"))]
    pub color: Option<String>,
    /// The corner of the page; by default the right one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<WidgetPosition>,
    /// The title of the panel, 2 to 50 characters; by default the site's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 50))]
    pub title: Option<String>,
    /// The greeting of the panel, at most 200 characters; stored, not shown yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub greeting: Option<String>,
}

/// A corner of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WidgetPosition {
    /// At the bottom, left.
    Left,
    /// At the bottom, right.
    Right,
}

/// `POST /api/v1/sites`, an admin: `201` [`Site`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateSite {
    /// 2 to 50 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub name: String,
    /// `https://shop.example`, or `http://localhost:3000`; at most 50.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub allowed_origins: Vec<String>,
    /// The appearance of the widget.
    #[serde(default)]
    pub widget: WidgetSettings,
}

/// `PATCH /api/v1/sites/{id}`, an admin: `200` [`Site`]. Fields that are left out stay as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetSite {
    /// 2 to 50 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub name: Option<String>,
    /// All origins; they replace the earlier ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub allowed_origins: Option<Vec<String>>,
    /// All settings; they replace the earlier ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub widget: Option<WidgetSettings>,
}

/// `POST /api/v1/sites/{id}/identity-secret`, an admin: `200`. Creates a new secret; the old one
/// stops working. It is shown only once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IdentitySecret {
    /// For the site's server only: the key of HMAC-SHA-256 and of HS256, as the bytes of this text.
    pub secret: String,
}

impl WidgetSettings {
    /// Whether no field is set.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl WidgetPosition {
    /// Its word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }
}
