//! `/api/v1/conversations`: the conversations of the agent's workspace, in pages.

use serde::{Deserialize, Serialize};

use crate::model::Conversation;
use crate::presence::SeenMarker;

/// `GET /api/v1/conversations?status=&cursor=&limit=`: `200` [`Conversations`], `422` for a cursor
/// that is none, or of another list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct ListConversations {
    /// Only those that stand so: `waiting`, `active`, `resolved` or `closed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        param(pattern = "^(waiting|active|resolved|closed)$")
    )]
    pub status: Option<String>,
    /// `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// 1 to [`crate::limits::LIST_ROWS`] of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 100))]
    pub limit: Option<usize>,
}

/// A page: the waiting ones first (the longest wait first), then those that are active or
/// resolved, then the closed ones (the newest message first). What changes while the pages are
/// read comes on the last of them, in the order of its change, so that nothing is missed: of two
/// copies the one with the higher `revision` counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversations {
    /// In this order.
    pub conversations: Vec<Conversation>,
    /// How far the agent has read in them; without those in which they have read nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<SeenMarker>,
    /// Asks for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
