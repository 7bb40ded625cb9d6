//! `/api/v1/blocks`: visitors and networks that may not write to the workspace.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::{BlockId, VisitorId};

/// `GET /api/v1/blocks`, an admin: `200`, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Blocks {
    /// All of them, at most [`crate::limits::BLOCKS`].
    pub blocks: Vec<Block>,
}

/// Somebody who is kept out: a visitor, or all visitors from a network. `DELETE
/// /api/v1/blocks/{id}`, an admin: `204`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Block {
    /// The block.
    pub id: BlockId,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor_id: Option<VisitorId>,
    /// From where, as in `203.0.113.9/32` or `2001:db8::/64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Why, for colleagues.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// When it was made.
    pub created_at: UnixMs,
}

/// `POST /api/v1/blocks`, an admin: `201` [`Block`]; their connections end at once. Exactly one of
/// visitor and network; `409` for what is blocked already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateBlock {
    /// A visitor of the workspace's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor_id: Option<VisitorId>,
    /// An address or a network: at least 16 bits of IPv4, 32 of IPv6. A single address of IPv6
    /// stands for its 64 bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Why, at most 200 characters.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub note: String,
}
