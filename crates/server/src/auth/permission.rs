//! What a member may be allowed to do, on one page: each permission is a type, and a handler that
//! takes `Member<ManageSites>` is reached by nobody who may not manage sites.

use deskbell_protocol::Role;
use deskbell_protocol::api::workspace::tokens::TokenScope;

/// Something that a member may be allowed to do.
pub trait Permission: Send + Sync + 'static {
    /// The least role that may.
    const ROLE: Role;
    /// What a program's token must allow; `None`: no token does, only a person who is signed in.
    const SCOPE: Option<TokenScope>;
    /// Whether it is about the person alone: then it is not taken from them with the workspace that
    /// they happen to be in.
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
    /// One's own account: name, password, second factor, sessions.
    OwnAccount: Agent, None, true;
    /// See who one is.
    SeeOneself: Agent, Some(TokenScope::ReadConversations), true;
    /// Read conversations.
    ReadConversations: Agent, Some(TokenScope::ReadConversations), false;
    /// See who is a member.
    ReadMembers: Agent, Some(TokenScope::ReadMembers), false;
    /// Invite, change and remove members.
    ManageMembers: Admin, Some(TokenScope::WriteMembers), false;
    /// See sites and the workspace's settings.
    ReadSites: Agent, Some(TokenScope::ReadSites), false;
    /// Make, change and delete sites, change the workspace's settings, block visitors and networks.
    ManageSites: Admin, Some(TokenScope::WriteSites), false;
    /// Make and end the tokens of programs.
    ManageTokens: Admin, None, false;
    /// Read the audit log.
    ReadAudit: Admin, Some(TokenScope::ReadAudit), false;
}
