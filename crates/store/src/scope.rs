//! Scopes of statements: made by authentication, never from client input.

use deskbell_protocol::{AgentView, Role, SiteId, VisitorId, WorkspaceId};

/// The scope of a member: every row of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceScope {
    pub workspace_id: WorkspaceId,
    pub user: AgentView,
    pub role: Role,
}

/// The scope of a visitor: their own rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitorScope {
    pub workspace_id: WorkspaceId,
    pub site_id: SiteId,
    pub visitor_id: VisitorId,
    pub name: String,
    /// The IP address, as far as the workspace stores it.
    pub address: Option<String>,
}
