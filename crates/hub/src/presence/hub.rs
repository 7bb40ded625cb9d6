//! The presence methods of the hub. Each locks presence for one short operation.

use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deskbell_protocol::{ConnectionId, ConversationId, UnixMs, UserId, WorkspaceId};

use super::{Presence, PresenceDelta, PresenceEntry, PresenceTick, Who};
use crate::{Hub, Packet};

impl Hub {
    /// Sets the grace period within which a person who reconnects has not left.
    pub fn set_presence_grace(&self, grace: Duration) {
        self.lock_presence().set_grace(grace);
    }

    /// Adds a session to presence.
    pub fn join_presence(&self, id: ConnectionId, entry: PresenceEntry) {
        self.lock_presence().join(id, entry);
    }

    /// Changes the entry of a session.
    pub fn change_presence(&self, id: ConnectionId, change: impl FnOnce(&mut PresenceEntry)) {
        self.lock_presence().change(id, change);
    }

    /// Removes a session from presence, after the grace period.
    pub fn leave_presence(&self, id: ConnectionId, at: Instant, wall: UnixMs) {
        self.lock_presence().leave(id, at, wall);
    }

    /// Removes a session from presence without a grace period, because its person has lost access.
    pub fn end_presence(&self, id: ConnectionId) {
        self.lock_presence().end(id);
    }

    /// Whether an agent is online: connected to any node, with a window in use, and not away.
    pub fn is_reachable(&self, workspace_id: WorkspaceId, user_id: UserId) -> bool {
        self.lock_presence().is_reachable(workspace_id, user_id)
    }

    /// Whether visitors were last informed that an agent is online; the first answer to a visitor.
    pub fn is_announced_reachable(&self, workspace_id: WorkspaceId, user_id: UserId) -> bool {
        self.lock_presence()
            .is_announced_reachable(workspace_id, user_id)
    }

    /// The agents with a connection to this node who are online.
    pub fn reachable_here(&self) -> Vec<(WorkspaceId, UserId)> {
        self.lock_presence().reachable_here()
    }

    /// Sets whether an agent is away, on all their sessions and nodes.
    pub fn set_away(&self, workspace_id: WorkspaceId, user_id: UserId, away: bool) {
        self.lock_presence().set_away(workspace_id, user_id, away);
    }

    /// Records that the visitor of a conversation is typing, or has stopped.
    pub fn set_visitor_typing(
        &self,
        workspace_id: WorkspaceId,
        conversation_id: ConversationId,
        active: bool,
    ) {
        let mut presence = self.lock_presence();
        match active {
            true => presence.start_typing(workspace_id, conversation_id),
            false => presence.stop_typing(workspace_id, conversation_id),
        }
    }

    /// Whether a person is present, on any node.
    pub fn is_present(&self, workspace_id: WorkspaceId, who: Who) -> bool {
        self.lock_presence().is_present(workspace_id, who)
    }

    /// Whether visitors were last informed that an agent is online.
    pub fn is_team_online(&self, workspace_id: WorkspaceId) -> bool {
        self.lock_presence().is_team_online(workspace_id)
    }

    /// The presence of all persons, for a session that has just joined.
    pub fn presence_snapshot(&self, workspace_id: WorkspaceId, wall: UnixMs) -> PresenceDelta {
        self.lock_presence().snapshot(workspace_id, wall)
    }

    /// Ends grace periods, and returns what has changed since the previous tick.
    pub fn tick_presence(&self, at: Instant, wall: UnixMs) -> PresenceTick {
        self.lock_presence().tick(at, wall)
    }

    /// Sends the other nodes the presence changes of this node, and now and then a heartbeat.
    pub fn publish_presence(&self) {
        let updates = self.lock_presence().take_updates();
        if let Some(cluster) = &self.inner.cluster {
            for (workspace_id, update) in updates {
                cluster.send_best_effort(workspace_id, &Packet::Presence { update });
            }
        }
    }

    /// A panic under the lock leaves the maps consistent, so a poisoned lock is used as it is.
    pub(crate) fn lock_presence(&self) -> MutexGuard<'_, Presence> {
        let presence = self.inner.presence.lock();
        presence.unwrap_or_else(PoisonError::into_inner)
    }
}
