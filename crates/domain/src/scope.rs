//! The authorization scope of a caller. Authentication makes it; a rule never trusts an id that a
//! client sends.

use deskbell_protocol::{Principal, VisitorId, WorkspaceId};
use deskbell_store::{VisitorScope, WorkspaceScope};

/// A visitor or a member, as the database has them.
#[derive(Clone, Debug)]
pub enum Scope {
    /// Reaches their own conversations.
    Visitor(VisitorScope),
    /// Reaches every conversation of the workspace.
    Agent(WorkspaceScope),
}

impl Scope {
    /// Everything that it reaches is of this workspace.
    pub fn workspace_id(&self) -> WorkspaceId {
        match self {
            Self::Visitor(scope) => scope.workspace_id,
            Self::Agent(scope) => scope.workspace_id,
        }
    }

    /// Whether news for this visitor, or for everybody, are for them.
    pub fn is_meant(&self, visitor_id: Option<VisitorId>) -> bool {
        match (self, visitor_id) {
            (Self::Visitor(scope), Some(id)) => scope.visitor_id == id,
            (Self::Agent(_), Some(_)) => false,
            (_, None) => true,
        }
    }

    /// How the other end sees itself named.
    pub fn principal(&self) -> Principal {
        match self {
            Self::Visitor(scope) => Principal::Visitor {
                visitor_id: scope.visitor_id,
                site_id: scope.site_id,
                workspace_id: scope.workspace_id,
                name: scope.name.clone(),
            },
            Self::Agent(scope) => Principal::Agent {
                user_id: scope.user.id,
                workspace_id: scope.workspace_id,
                role: scope.role,
                name: scope.user.name.clone(),
            },
        }
    }
}
