//! `/api/v1/teams`: the teams of the workspace, their members, sites and languages.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::{SiteId, TeamId, UserId};

/// `GET /api/v1/teams`: `200`, in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Teams {
    /// All of them, at most [`crate::limits::TEAMS`].
    pub teams: Vec<Team>,
}

/// A team: members who answer the same conversations. `GET /api/v1/teams/{id}`: `200`. `DELETE
/// /api/v1/teams/{id}`, an admin: `204`.
///
/// `PUT /api/v1/teams/{id}/members/{user_id}`, an admin: `200` [`Team`], also if they were in the team;
/// `DELETE` of the same path: `204`, also if they were not. `404` if there is no such team or member of
/// the workspace. A member who leaves the workspace leaves its teams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Team {
    /// The team.
    pub id: TeamId,
    /// Its name.
    pub name: String,
    /// Its color in lists, as in `#00aa55`; absent if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^#[0-9a-f]{6}$"))]
    pub color: Option<String>,
    /// Its members, in the order in which they were added; at most [`crate::limits::TEAM_MEMBERS`].
    pub member_ids: Vec<UserId>,
    /// The sites whose conversations it answers; without any, those of all sites.
    pub site_ids: Vec<SiteId>,
    /// The languages that it answers, as BCP 47 tags in their usual form, as in `pt-BR`; without any,
    /// all languages.
    pub languages: Vec<String>,
    /// When it was created.
    pub created_at: UnixMs,
}

/// `POST /api/v1/teams`, an admin: `201` [`Team`]. `409` if another team of the workspace has this name,
/// in upper or lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateTeam {
    /// 2 to 50 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub name: String,
    /// As in `#00aa55`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^(#[0-9A-Fa-f]{6})?$"))]
    pub color: Option<String>,
    /// Members of the workspace, at most 500.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 500))]
    pub member_ids: Vec<UserId>,
    /// Sites of the workspace, at most 500.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 500))]
    pub site_ids: Vec<SiteId>,
    /// BCP 47 tags, at most 20.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub languages: Vec<String>,
}

/// `PATCH /api/v1/teams/{id}`, an admin: `200` [`Team`]. Fields that are left out stay as they were; lists
/// replace the earlier ones. `409` as for a new team.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetTeam {
    /// 2 to 50 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub name: Option<String>,
    /// As in `#00aa55`; an empty text removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^(#[0-9A-Fa-f]{6})?$"))]
    pub color: Option<String>,
    /// All members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 500))]
    pub member_ids: Option<Vec<UserId>>,
    /// All sites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 500))]
    pub site_ids: Option<Vec<SiteId>>,
    /// All languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub languages: Option<Vec<String>>,
}
