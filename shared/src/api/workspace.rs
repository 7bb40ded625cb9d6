//! `/api/v1/workspace`: the current workspace; by module its members, teams, business hours,
//! invitations, tokens and blocks.

pub mod blocks;
pub mod business_hours;
pub mod invitations;
pub mod members;
pub mod teams;
pub mod tokens;

use serde::{Deserialize, Serialize};

use crate::ids::WorkspaceId;
use crate::word::words;

/// `GET /api/v1/workspace`: `200`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Workspace {
    /// The workspace.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// How much of a visitor's IP address is stored.
    pub ip_mode: IpMode,
    /// An active conversation returns to the queue when its agent has been offline or away for this
    /// many minutes; 0: never.
    #[serde(default)]
    pub return_after_minutes: u32,
    /// A waiting conversation counts one step higher in the queue after this many minutes; 0: never.
    #[serde(default)]
    pub escalate_after_minutes: u32,
    /// Its limits and their usage.
    pub limits: Vec<Limit>,
}

/// `PATCH /api/v1/workspace`, an admin: `200` [`Workspace`]. Fields that are left out stay as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetWorkspace {
    /// 2 to 50 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub name: Option<String>,
    /// A stricter mode also deletes what was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_mode: Option<IpMode>,
    /// 0 (never) to 10,080 (a week). At first it is 15.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(maximum = 10080))]
    pub return_after_minutes: Option<u32>,
    /// 0 (never) to 10,080 (a week). At first it is 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(maximum = 10080))]
    pub escalate_after_minutes: Option<u32>,
}

words! {
    /// How much of a visitor's IP address is stored.
    IpMode {
        /// All of it.
        Full = "full",
        /// Its network: 24 bits of IPv4, 48 of IPv6.
        Truncated = "truncated",
        /// Nothing.
        None = "none",
    }
}

/// A limit of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Limit {
    /// The name of the limit.
    pub name: LimitName,
    /// The maximum; absent: unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<i64>,
    /// The current number; for conversations that of this month (UTC).
    pub used: i64,
}

/// The names of limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LimitName {
    /// Members, and invitations that may still be accepted.
    Members,
    /// Sites that are not deleted.
    Sites,
    /// Conversations that are started in a month.
    Conversations,
    /// Bytes of the profile pictures of members.
    StorageBytes,
    /// Connections at a time, of agents and visitors, on one node.
    Sockets,
}

impl LimitName {
    /// All entries.
    pub const ALL: [Self; 5] = [
        Self::Members,
        Self::Sites,
        Self::Conversations,
        Self::StorageBytes,
        Self::Sockets,
    ];

    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Sites => "sites",
            Self::Conversations => "conversations",
            Self::StorageBytes => "storage_bytes",
            Self::Sockets => "sockets",
        }
    }
}
