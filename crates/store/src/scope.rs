//! For whom a statement is run: made by authentication, never from what a client says.

use deskbell_protocol::{AgentView, Role, SiteId, VisitorId, WorkspaceId};

/// A member of a workspace: reaches every row of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceScope {
    pub workspace_id: WorkspaceId,
    pub user: AgentView,
    pub role: Role,
}

/// A visitor of a site: reaches their own rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitorScope {
    pub workspace_id: WorkspaceId,
    pub site_id: SiteId,
    pub visitor_id: VisitorId,
    pub name: String,
    /// Where they come from, as far as the workspace keeps it.
    pub address: Option<String>,
}
