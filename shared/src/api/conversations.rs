//! `/api/v1/conversations`: the conversations of the agent's workspace, in pages.

pub mod poll;

use serde::{Deserialize, Serialize};

use crate::model::Conversation;
use crate::presence::SeenMarker;

/// `GET /api/v1/conversations?status=&cursor=&limit=`: `200` [`Conversations`], `422` for an invalid
/// cursor, or that of another list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct ListConversations {
    /// The status to filter by: `waiting`, `active`, `resolved` or `closed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        param(pattern = "^(waiting|active|resolved|closed)$")
    )]
    pub status: Option<String>,
    /// `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The size of the page, 1 to [`crate::limits::LIST_ROWS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 100))]
    pub limit: Option<usize>,
}

/// A page: the waiting ones first (the longest wait first), then those that are active or
/// resolved, then the closed ones (the newest message first). Conversations that change while the
/// pages are read are on the last pages, in the order of their change, so that none is missed: of two
/// copies the one with the higher `revision` counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversations {
    /// The entries, in this order.
    pub conversations: Vec<Conversation>,
    /// The agent's read markers in them; without those in which they have read nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<SeenMarker>,
    /// The cursor of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
