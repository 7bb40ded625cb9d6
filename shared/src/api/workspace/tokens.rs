//! `/api/v1/tokens`: what programs sign in with.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::ApiTokenId;
use crate::model::AgentView;

/// What a program with a token may do, within what the member who made it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TokenScope {
    /// Read conversations and their messages, and follow them on the socket.
    #[serde(rename = "conversations:read")]
    ReadConversations,
    /// Write, claim, resolve and close.
    #[serde(rename = "conversations:write")]
    WriteConversations,
    /// See who is a member.
    #[serde(rename = "members:read")]
    ReadMembers,
    /// Invite, change and remove members. Administrators only.
    #[serde(rename = "members:write")]
    WriteMembers,
    /// See sites and the workspace's settings.
    #[serde(rename = "sites:read")]
    ReadSites,
    /// Make, change and delete sites, change the workspace's settings. Administrators only.
    #[serde(rename = "sites:write")]
    WriteSites,
    /// Read the audit log. Administrators only.
    #[serde(rename = "audit:read")]
    ReadAudit,
}

/// `POST /api/v1/tokens`: `201` [`CreatedToken`]. Not with a token: a program makes no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateToken {
    /// What it is for.
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub name: String,
    /// What it allows; at least one.
    #[cfg_attr(feature = "openapi", schema(min_items = 1))]
    pub scopes: Vec<TokenScope>,
    /// When it ends; never, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixMs>,
}

/// A token, and what the program is given. It is shown this once; only its hash is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedToken {
    /// What is known of it from now on.
    pub token: ApiToken,
    /// `Authorization: Bearer …`.
    pub secret: String,
}

/// `GET /api/v1/tokens`: `200` [`ApiTokens`]. `DELETE /api/v1/tokens/{id}`: `204`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiTokens {
    /// The newest first; expired ones too.
    pub tokens: Vec<ApiToken>,
}

/// A token of a workspace. It acts as the member who made it and ends with their membership.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiToken {
    /// The token.
    pub id: ApiTokenId,
    /// What it is for.
    pub name: String,
    /// Its last four characters.
    pub hint: String,
    /// Who made it, and as whom it acts.
    pub made_by: AgentView,
    /// What it allows.
    pub scopes: Vec<TokenScope>,
    /// When it was made.
    pub created_at: UnixMs,
    /// When it ends; never, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixMs>,
    /// When it was used last, to the minute; absent until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<UnixMs>,
    /// From which address that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_address: Option<String>,
}
