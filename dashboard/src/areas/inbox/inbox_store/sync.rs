//! Updates the signals of the store from the engine, as far as they have changed.

use deskbell_engine::{Change, Connection, Effect, Engine};
use deskbell_protocol::{CloseCode, ConversationId, Notification, Principal, Status};
use leptos::prelude::*;

use super::{InboxStore, RowSignals};
use crate::api::SignedIn;
use crate::areas::inbox::activity_badges::ActivityBadges;
use crate::areas::inbox::groups::{GroupKind, ListedRow};

impl InboxStore {
    pub(super) fn apply(self, engine: &Engine, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Changed(Change::Connection) => self.read_connection(engine),
                Effect::Changed(Change::Inbox) => {
                    self.read_rows(engine);
                    self.read_all_badges(engine);
                }
                Effect::Changed(Change::Presence) => {
                    self.team.set(engine.presence().agents().to_vec());
                    self.read_all_badges(engine);
                }
                Effect::Changed(Change::Conversation(id) | Change::Timeline(id)) => {
                    self.read_thread(engine, *id);
                    self.read_row(engine, *id);
                    self.read_resolved(engine, *id);
                }
                Effect::NoteSaved {
                    conversation_id,
                    client_id,
                } => {
                    if let Some(on_note_saved) = self.on_note_saved.get_value() {
                        on_note_saved.run((*conversation_id, *client_id));
                    }
                    self.saved_note.set(Some(*client_id));
                }
                Effect::Notified(notification) => self.notice(Some(notification.clone())),
                Effect::NotificationsChanged => self.notice(None),
                Effect::Refused {
                    action: "hello",
                    error,
                    ..
                } => self.maintenance.set(Some(error.message.clone())),
                Effect::Refused {
                    action: "note",
                    error,
                    ..
                } => {
                    self.refused_notes.update(|it| *it = it.wrapping_add(1));
                    self.toasts.say(error.message.clone());
                }
                Effect::Refused {
                    conversation_id,
                    error,
                    ..
                } => self.refuse(*conversation_id, error),
                _ => {}
            }
        }
        self.read_reopened(engine);
    }

    fn notice(self, notification: Option<Notification>) {
        if let Some(on_notice) = self.on_notice.get_value() {
            on_notice.run(notification);
        }
    }

    fn read_connection(self, engine: &Engine) {
        let connection = engine.connection().clone();
        match connection {
            // Perhaps the workspace is suspended: the session's answer decides what is shown.
            Connection::Stopped { code } if code == CloseCode::Forbidden.code() => {
                self.session.check();
            }
            Connection::Stopped { code } if !CloseCode::reconnects(code) => self.session.expire(),
            Connection::Live => self.maintenance.set(None),
            _ => {}
        }
        if self.has_other_identity(engine) {
            self.session.refresh();
        }
        self.connection.set(connection);
    }

    /// Whether the connection has another role or name than the session.
    fn has_other_identity(self, engine: &Engine) -> bool {
        match (engine.principal(), self.session.signed_in_untracked()) {
            (Some(Principal::Agent { role, name, .. }), Some(SignedIn { me })) => {
                *role != me.workspace.role || *name != me.name
            }
            _ => false,
        }
    }

    /// Updates the list: only rows with a new revision are copied.
    fn read_rows(self, engine: &Engine) {
        let inbox = engine.inbox();
        set_if_new(self.is_loaded, inbox.is_loaded());
        set_if_new(self.queue, inbox.queue());
        set_if_new(self.next_cursor, inbox.next_cursor().map(str::to_owned));
        let rows = inbox.rows();
        let me = self.me.with_value(|me| me.user_id);
        let changes = self.index.try_update_value(|index| index.update(&rows, me));
        let Some(changes) = changes else { return };
        for row in changes.changed.iter().map(|at| rows[*at]) {
            match self.row(row.id) {
                Some(signals) => signals.conversation.set(row.clone()),
                None => {
                    let signals = RowSignals {
                        conversation: ArcRwSignal::new(row.clone()),
                        badges: ArcRwSignal::new(ActivityBadges::of(engine, row.id, me)),
                    };
                    self.rows
                        .update_value(|rows| _ = rows.insert(row.id, signals));
                }
            }
        }
        for id in &changes.removed {
            self.rows.update_value(|rows| _ = rows.remove(id));
        }
        let several = rows
            .windows(2)
            .any(|pair| pair[0].site.id != pair[1].site.id);
        set_if_new(self.has_several_sites, several);
        set_if_new(self.listed, changes.listed);
        if inbox.is_loaded() {
            let changed = changes.changed.iter().map(|at| rows[*at]);
            let alerts = self
                .alerts
                .try_update_value(|alerts| alerts.update(changed));
            if let Some(on_alert) = self.on_alert.get_value() {
                let alerts = alerts.into_iter().flatten();
                alerts.for_each(|alert| on_alert.run(alert));
            }
        }
    }

    /// Updates the badges of all rows: presence and read markers concern several at once.
    fn read_all_badges(self, engine: &Engine) {
        let ids: Vec<_> = self.rows.with_value(|rows| rows.keys().copied().collect());
        for id in ids {
            self.read_badges(engine, id);
        }
        if let Some(id) = self.thread.with_untracked(|thread| thread.id) {
            self.read_open_badges(engine, id);
        }
        self.count_attention();
    }

    /// Updates one row, its badges, and the counts that depend on them.
    pub(super) fn read_row(self, engine: &Engine, id: ConversationId) {
        self.read_badges(engine, id);
        if self.thread.with_untracked(|thread| thread.id) == Some(id) {
            self.read_open_badges(engine, id);
        }
        self.count_attention();
    }

    fn read_badges(self, engine: &Engine, id: ConversationId) {
        let Some(signals) = self.row(id) else { return };
        let badges = ActivityBadges::of(engine, id, self.me.with_value(|me| me.user_id));
        if signals.badges.with_untracked(|known| *known != badges) {
            signals.badges.set(badges);
        }
    }

    fn read_open_badges(self, engine: &Engine, id: ConversationId) {
        let badges = ActivityBadges::of(engine, id, self.me.with_value(|me| me.user_id));
        set_if_new(self.open_badges, badges);
    }

    fn count_attention(self) {
        let unread = self.listed.with_untracked(|listed| {
            let mine = listed.iter().filter(|row| row.group == GroupKind::Mine);
            let has_unread = |row: &&ListedRow| {
                let signals = self.row(row.id);
                signals.is_some_and(|it| it.badges.with_untracked(|it| it.unread > 0))
            };
            mine.filter(has_unread).count()
        });
        let waiting = self.queue.with_untracked(|queue| queue.waiting);
        set_if_new(
            self.attention,
            unread + usize::try_from(waiting).unwrap_or(0),
        );
    }

    fn read_resolved(self, engine: &Engine, id: ConversationId) {
        let is_resolved = engine
            .conversation(id)
            .is_some_and(|it| it.status == Status::Resolved);
        if is_resolved && self.resolving.get_value() == Some(id) {
            self.resolving.set_value(None);
            self.still_resolved.set_value(Some(id));
            self.resolved.set(Some(id));
        }
    }

    /// Notices that the conversation that this agent resolved last is open again, or closed: by an undo, a
    /// teammate or the visitor.
    fn read_reopened(self, engine: &Engine) {
        let resolved = self.still_resolved.get_value();
        let status = resolved.and_then(|id| engine.conversation(id).map(|it| it.status));
        if status.is_some_and(|status| status != Status::Resolved) {
            self.still_resolved.set_value(None);
            self.reopened.update(|times| *times = times.wrapping_add(1));
        }
    }

    pub(super) fn read_thread(self, engine: &Engine, id: ConversationId) {
        if self.thread.with_untracked(|thread| thread.id) != Some(id) {
            return;
        }
        self.thread.update(|thread| {
            thread.conversation = engine.conversation(id).cloned();
            if let Some(timeline) = engine.timeline(id) {
                thread.rows = timeline.rows();
                thread.notes = engine.notes(id).to_vec();
                thread.has_notes = engine.has_notes(id);
                thread.receipts = engine.receipts(id);
                thread.is_loaded = timeline.is_loaded();
                thread.has_older = timeline.has_older();
                thread.is_loading_older = timeline.is_loading_older();
            }
        });
    }
}

/// Sets a signal only to another value, so that nothing is drawn again for nothing.
fn set_if_new<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|known| *known != value) {
        signal.set(value);
    }
}
