//! `/api/v1/setup`: the set-up of a new installation. It works once.

use serde::{Deserialize, Serialize};

use crate::api::identity::auth::Me;
use crate::api::sites::Site;

/// `GET /api/v1/setup`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetupState {
    /// Whether the set-up is due: the installation has no owner.
    pub needed: bool,
    /// Whether anyone can register, with a workspace of their own.
    #[serde(default)]
    pub registration_open: bool,
    /// Whether links are sent by mail; otherwise the operator of the server passes them on.
    #[serde(default)]
    pub sends_mail: bool,
}

/// `POST /api/v1/setup`: creates the owner, the workspace and its first site. `201` [`SetupDone`]
/// and cookies; `409` if it was done before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Setup {
    /// The owner's name.
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
    /// The name of the first site.
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub site: String,
    /// The origins on which the chat works: `https://shop.example`, or
    /// `http://localhost:3000`.
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
