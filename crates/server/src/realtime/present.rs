//! A session among those who are there: its seat is taken after hello, and left when this is dropped.

use deskbell_hub::presence::{Seat, Who};
use deskbell_protocol::{ConversationId, SessionId};
use tokio::time::Instant;

use crate::app::App;
use crate::auth::scope::Scope;
use crate::clock;

pub(super) struct Present {
    app: App,
    id: SessionId,
}

impl Present {
    /// `away`: the agent has chosen so. Whether a visitor has a conversation is to be said then.
    pub(super) fn take(app: &App, id: SessionId, scope: &Scope, away: bool) -> Self {
        let seat = Seat {
            workspace_id: scope.workspace_id(),
            who: who(scope),
            name: name(scope),
            away,
            idle: false,
            viewing: Vec::new(),
            listed: false,
        };
        app.hub.presence().sit(id, seat);
        Self {
            app: app.clone(),
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
        self.app.hub.presence().end(self.id);
    }

    fn change(&self, change: impl FnOnce(&mut Seat)) {
        self.app.hub.presence().change(self.id, change);
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        let now = Instant::now().into_std();
        self.app.hub.presence().leave(self.id, now, clock::now());
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
