//! The authorization scope of a caller. It is created by authentication; a rule never trusts an id
//! that a client sends.

use deskbell_protocol::{Principal, VisitorId, WorkspaceId};
use deskbell_store::{VisitorScope, WorkspaceScope};

/// A visitor or a member, as loaded from the database.
#[derive(Clone, Debug)]
pub enum Scope {
    /// A visitor, who can access their own conversations.
    Visitor(VisitorScope),
    /// A member, who can access every conversation of the workspace.
    Agent(WorkspaceScope),
}

impl Scope {
    /// The workspace that contains everything in the scope.
    pub fn workspace_id(&self) -> WorkspaceId {
        match self {
            Self::Visitor(scope) => scope.workspace_id,
            Self::Agent(scope) => scope.workspace_id,
        }
    }

    /// Whether an event for this visitor, or for everyone, is addressed to this scope.
    pub fn is_meant(&self, visitor_id: Option<VisitorId>) -> bool {
        match (self, visitor_id) {
            (Self::Visitor(scope), Some(id)) => scope.visitor_id == id,
            (Self::Agent(_), Some(_)) => false,
            (_, None) => true,
        }
    }

    /// The principal as the client sees itself.
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
