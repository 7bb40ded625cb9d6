//! `/api/v1/setup`: the first run, once in the life of an installation.

use serde::{Deserialize, Serialize};

use crate::api::identity::auth::Me;
use crate::api::sites::Site;

/// `GET /api/v1/setup`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetupState {
    /// Whether nobody owns this installation yet.
    pub needed: bool,
    /// Whether anybody may register a workspace of their own.
    #[serde(default)]
    pub registration_open: bool,
    /// Whether links go out by mail; elsewhere whoever runs the server hands them on.
    #[serde(default)]
    pub sends_mail: bool,
}

/// `POST /api/v1/setup`: the owner, the workspace and its first site. `201` [`SetupDone`] and
/// cookies; `409` if it was done before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Setup {
    /// How the owner is called.
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub name: String,
    /// The owner's e-mail address.
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub email: String,
    /// At least 8 characters with upper case, lower case and a digit; at most 72 bytes.
    #[cfg_attr(feature = "openapi", schema(min_length = 8, max_length = 72))]
    pub password: String,
    /// The workspace's name.
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub workspace: String,
    /// What the first site is called.
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub site: String,
    /// Where the widget may stand: `https://shop.example`, or `http://localhost:3000`.
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub allowed_origins: Vec<String>,
}

/// The answer to a finished set-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetupDone {
    /// The owner, now signed in.
    pub me: Me,
    /// The first site.
    pub site: Site,
}
