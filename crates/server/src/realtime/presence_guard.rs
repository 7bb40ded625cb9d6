//! The presence guard of a session.

use deskbell_base::clock;
use deskbell_base::scope::Scope;
use deskbell_hub::Hub;
use deskbell_hub::presence::{PresenceEntry, Who};
use deskbell_protocol::{ConnectionId, ConversationId};
use tokio::time::Instant;

/// A presence guard: it registers the session as online, and unregisters it when it is dropped.
pub(super) struct PresenceGuard {
    hub: Hub,
    id: ConnectionId,
}

impl PresenceGuard {
    /// Registers the session. `away`: the agent has set themselves away. Whether a visitor has a
    /// conversation is set afterwards.
    pub(super) fn take(hub: &Hub, id: ConnectionId, scope: &Scope, away: bool) -> Self {
        let entry = PresenceEntry {
            workspace_id: scope.workspace_id(),
            who: who(scope),
            name: name(scope),
            away,
            idle: false,
            viewing: Vec::new(),
            listed: false,
        };
        hub.join_presence(id, entry);
        Self {
            hub: hub.clone(),
            id,
        }
    }

    /// Sets whether this window is idle.
    pub(super) fn set_idle(&self, idle: bool) {
        self.change(|entry| entry.idle = idle);
    }

    /// Updates the name of the person.
    pub(super) fn rename(&self, scope: &Scope) {
        self.change(|entry| entry.name = name(scope));
    }

    /// Sets whether the visitor has a conversation that is not closed.
    pub(super) fn set_listed(&self, listed: bool) {
        self.change(|entry| entry.listed = listed);
    }

    pub(super) fn look_at(&self, id: ConversationId) {
        self.change(|entry| {
            if matches!(entry.who, Who::Agent(_)) && !entry.viewing.contains(&id) {
                entry.viewing.push(id);
            }
        });
    }

    pub(super) fn stop_viewing(&self, id: ConversationId) {
        self.change(|entry| entry.viewing.retain(|other| *other != id));
    }

    /// Ends presence without a grace period, because the person has lost access.
    pub(super) fn end(&self) {
        self.hub.end_presence(self.id);
    }

    fn change(&self, change: impl FnOnce(&mut PresenceEntry)) {
        self.hub.change_presence(self.id, change);
    }
}

impl Drop for PresenceGuard {
    fn drop(&mut self) {
        let now = Instant::now().into_std();
        self.hub.leave_presence(self.id, now, clock::now());
    }
}

/// The person, as presence names them.
pub(super) fn who(scope: &Scope) -> Who {
    match scope {
        Scope::Visitor(visitor) => Who::Visitor(visitor.visitor_id),
        Scope::Agent(agent) => Who::Agent(agent.user.id),
    }
}

/// The name for presence. Visitors have names, too, but presence does not show them.
fn name(scope: &Scope) -> String {
    match scope {
        Scope::Visitor(_) => String::new(),
        Scope::Agent(agent) => agent.user.name.clone(),
    }
}
