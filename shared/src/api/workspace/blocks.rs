//! `/api/v1/blocks`: visitors and networks that cannot use the workspace's chat.

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

/// A block: of a visitor, or of all visitors from a network. `DELETE /api/v1/blocks/{id}`, an
/// admin: `204`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Block {
    /// The block.
    pub id: BlockId,
    /// The blocked visitor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor_id: Option<VisitorId>,
    /// The blocked network, as in `203.0.113.9/32` or `2001:db8::/64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// The reason, for colleagues.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// When it was created.
    pub created_at: UnixMs,
}

/// `POST /api/v1/blocks`, an admin: `201` [`Block`]; their connections close at once. Exactly one
/// of visitor and network; `409` if it is blocked already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateBlock {
    /// A visitor of the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor_id: Option<VisitorId>,
    /// An address or a network: at least 16 bits of IPv4, 32 of IPv6. A single IPv6 address blocks
    /// its /64 network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// The reason, at most 200 characters.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub note: String,
}
