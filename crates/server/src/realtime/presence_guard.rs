//! The presence guard of a session.

use deskbell_domain::clock;
use deskbell_domain::scope::Scope;
use deskbell_hub::Hub;
use deskbell_hub::presence::{Seat, Who};
use deskbell_protocol::{ConversationId, SessionId};
use tokio::time::Instant;

/// A presence guard: it registers the session as online, and unregisters it when it is dropped.
pub(super) struct PresenceGuard {
    hub: Hub,
    id: SessionId,
}

impl PresenceGuard {
    /// `away`: the agent has chosen so. Whether a visitor has a conversation is to be said then.
    pub(super) fn take(hub: &Hub, id: SessionId, scope: &Scope, away: bool) -> Self {
        let seat = Seat {
            workspace_id: scope.workspace_id(),
            who: who(scope),
            name: name(scope),
            away,
            idle: false,
            viewing: Vec::new(),
            listed: false,
        };
        hub.presence().sit(id, seat);
        Self {
            hub: hub.clone(),
            id,
        }
    }

    /// Nobody uses this window, or somebody does again.
    pub(super) fn set_idle(&self, idle: bool) {
        self.change(|seat| seat.idle = idle);
    }

    /// The person is called otherwise now.
    pub(super) fn rename(&self, scope: &Scope) {
        self.change(|seat| seat.name = name(scope));
    }

    /// The visitor has a conversation now, or none any more.
    pub(super) fn set_listed(&self, listed: bool) {
        self.change(|seat| seat.listed = listed);
    }

    pub(super) fn look_at(&self, id: ConversationId) {
        self.change(|seat| {
            if matches!(seat.who, Who::Agent(_)) && !seat.viewing.contains(&id) {
                seat.viewing.push(id);
            }
        });
    }

    pub(super) fn look_away(&self, id: ConversationId) {
        self.change(|seat| seat.viewing.retain(|other| *other != id));
    }

    /// The person has no access any more: presence ends without grace.
    pub(super) fn end(&self) {
        self.hub.presence().end(self.id);
    }

    fn change(&self, change: impl FnOnce(&mut Seat)) {
        self.hub.presence().change(self.id, change);
    }
}

impl Drop for PresenceGuard {
    fn drop(&mut self) {
        let now = Instant::now().into_std();
        self.hub.presence().leave(self.id, now, clock::now());
    }
}

/// The person as others are told of them.
pub(super) fn who(scope: &Scope) -> Who {
    match scope {
        Scope::Visitor(visitor) => Who::Visitor(visitor.visitor_id),
        Scope::Agent(agent) => Who::Agent(agent.user.id),
    }
}

/// Visitors have names, too, but nobody is told them with their presence.
fn name(scope: &Scope) -> String {
    match scope {
        Scope::Visitor(_) => String::new(),
        Scope::Agent(agent) => agent.user.name.clone(),
    }
}
