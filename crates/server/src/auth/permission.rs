//! Permissions of members: each is a type, and a handler that takes `Member<ManageSites>` requires
//! the permission to manage sites.

use deskbell_protocol::Role;
use deskbell_protocol::api::workspace::tokens::TokenScope;

/// A permission of a member.
pub trait Permission: Send + Sync + 'static {
    /// The lowest role with the permission.
    const ROLE: Role;
    /// The scope that an API token needs; `None`: the permission requires a session.
    const SCOPE: Option<TokenScope>;
    /// Whether it concerns the user alone: then it does not depend on the current workspace.
    const OWN: bool;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident: $role:ident, $scope:expr, $own:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Permission for $name {
            const ROLE: Role = Role::$role;
            const SCOPE: Option<TokenScope> = $scope;
            const OWN: bool = $own;
        }
    )*};
}

permissions! {
    /// The user's own account: name, password, second factor, sessions.
    OwnAccount: Agent, None, true;
    /// Read the user's own profile.
    SeeOneself: Agent, Some(TokenScope::ReadConversations), true;
    /// Read conversations.
    ReadConversations: Agent, Some(TokenScope::ReadConversations), false;
    /// Write in conversations and change them.
    WriteConversations: Agent, Some(TokenScope::WriteConversations), false;
    /// Read canned responses.
    ReadCannedResponses: Agent, Some(TokenScope::ReadCannedResponses), false;
    /// Create, change and delete canned responses. Those of the workspace require an administrator, which
    /// the rule checks.
    WriteCannedResponses: Agent, Some(TokenScope::WriteCannedResponses), false;
    /// Read the list of members.
    ReadMembers: Agent, Some(TokenScope::ReadMembers), false;
    /// Invite, change and remove members.
    ManageMembers: Admin, Some(TokenScope::WriteMembers), false;
    /// Read sites and the workspace's settings.
    ReadSites: Agent, Some(TokenScope::ReadSites), false;
    /// Create, change and delete sites, change the workspace's settings, block visitors and
    /// networks.
    ManageSites: Admin, Some(TokenScope::WriteSites), false;
    /// Create and revoke API tokens.
    ManageTokens: Admin, None, false;
    /// Read the audit log.
    ReadAudit: Admin, Some(TokenScope::ReadAudit), false;
}
