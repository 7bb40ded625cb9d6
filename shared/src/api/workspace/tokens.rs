//! `/api/v1/tokens`: API tokens, with which programs authenticate.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::ApiTokenId;
use crate::model::AgentView;

/// A scope of an API token, within the permissions of the member who created it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TokenScope {
    /// Read conversations and their messages, and follow them on the socket.
    #[serde(rename = "conversations:read")]
    ReadConversations,
    /// Write, claim, resolve and close.
    #[serde(rename = "conversations:write")]
    WriteConversations,
    /// Read canned responses.
    #[serde(rename = "canned_responses:read")]
    ReadCannedResponses,
    /// Create, change, delete and import canned responses; those of the workspace administrators only.
    #[serde(rename = "canned_responses:write")]
    WriteCannedResponses,
    /// Read the list of members.
    #[serde(rename = "members:read")]
    ReadMembers,
    /// Invite, change and remove members. Administrators only.
    #[serde(rename = "members:write")]
    WriteMembers,
    /// Read sites and the workspace's settings.
    #[serde(rename = "sites:read")]
    ReadSites,
    /// Create, change and delete sites, change the workspace's settings. Administrators only.
    #[serde(rename = "sites:write")]
    WriteSites,
    /// Read the audit log. Administrators only.
    #[serde(rename = "audit:read")]
    ReadAudit,
}

/// `POST /api/v1/tokens`: `201` [`CreatedToken`]. Not with an API token: a program cannot create
/// another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateToken {
    /// Its name or purpose.
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub name: String,
    /// Its scopes; at least one.
    #[cfg_attr(feature = "openapi", schema(min_items = 1))]
    pub scopes: Vec<TokenScope>,
    /// When it expires; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixMs>,
}

/// A new token with its secret. The secret is shown only once; only its hash is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedToken {
    /// The token.
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

/// A token of a workspace. It acts as the member who created it and ends with their membership.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiToken {
    /// The token.
    pub id: ApiTokenId,
    /// Its name or purpose.
    pub name: String,
    /// Its last four characters.
    pub hint: String,
    /// The member who created it, and as whom it acts.
    pub made_by: AgentView,
    /// Its scopes.
    pub scopes: Vec<TokenScope>,
    /// When it was created.
    pub created_at: UnixMs,
    /// When it expires; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixMs>,
    /// When it was last used, to the minute; absent if it was never used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<UnixMs>,
    /// The IP address of the last use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_address: Option<String>,
}
