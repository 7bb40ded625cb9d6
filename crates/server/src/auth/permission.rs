//! What a member may be allowed to do, on one page: each permission is a type, and a handler that
//! takes `Member<ManageSites>` is reached by nobody who may not manage sites.

use deskbell_protocol::Role;
use deskbell_protocol::api::tokens::TokenScope;

/// Something that a member may be allowed to do.
pub trait Permission: Send + Sync + 'static {
    /// The least role that may.
    const ROLE: Role;
    /// What a program's token must allow; `None`: no token does, only a person who is signed in.
    const SCOPE: Option<TokenScope>;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident: $role:ident, $scope:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Permission for $name {
            const ROLE: Role = Role::$role;
            const SCOPE: Option<TokenScope> = $scope;
        }
    )*};
}

permissions! {
    /// One's own account: name, password, second factor, sessions.
    OwnAccount: Agent, None;
    /// See who one is.
    SeeOneself: Agent, Some(TokenScope::ReadConversations);
    /// Read conversations.
    ReadConversations: Agent, Some(TokenScope::ReadConversations);
    /// See who is a member.
    ReadMembers: Agent, Some(TokenScope::ReadMembers);
    /// Invite, change and remove members.
    ManageMembers: Admin, Some(TokenScope::WriteMembers);
    /// See sites and the workspace's settings.
    ReadSites: Agent, Some(TokenScope::ReadSites);
    /// Make, change and delete sites, change the workspace's settings, block visitors and networks.
    ManageSites: Admin, Some(TokenScope::WriteSites);
    /// Make and end the tokens of programs.
    ManageTokens: Admin, None;
    /// Read the audit log.
    ReadAudit: Admin, Some(TokenScope::ReadAudit);
}
