//! What people are called: by what they may do, and whether a name is more than said.

use deskbell_protocol::{Role, VisitorView};

/// How visitors are called who have not said who they are.
const UNNAMED: &str = "Visitor";

/// For a list.
pub(crate) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Admin => "Admin",
        _ => "Agent",
    }
}

/// As in `You will be an agent`.
pub(crate) fn role_in_a_sentence(role: Role) -> &'static str {
    match role {
        Role::Owner => "an owner",
        Role::Admin => "an admin",
        _ => "an agent",
    }
}

/// Whether somebody with this role runs the workspace.
pub(crate) fn manages(role: Role) -> bool {
    matches!(role, Role::Owner | Role::Admin)
}

/// The roles that somebody may give, and take.
pub(crate) fn roles_to_give(role: Role) -> &'static [Role] {
    match role {
        Role::Owner => &[Role::Owner, Role::Admin, Role::Agent],
        Role::Admin => &[Role::Admin, Role::Agent],
        _ => &[],
    }
}

/// Whether somebody only says that this is their name: the site has not proven it.
pub(crate) fn is_only_said(visitor: &VisitorView) -> bool {
    !visitor.verified && visitor.name != UNNAMED
}
