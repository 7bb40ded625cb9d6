//! The notifications of the agent: those that are loaded, and how many are not read.
//!
//! They are loaded with each connection, and again when the server says that they have changed: then nothing that
//! another window has read, or that was missed without a connection, is shown wrongly.

use deskbell_engine::Connection;
use deskbell_protocol::{ConversationId, Notification, NotificationKind};
use leptos::ev::{blur, focus};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::areas::inbox::alerts::Alert;
use crate::areas::inbox::inbox_store::InboxStore;
use crate::areas::workspace::notifier::Notifier;
use crate::shell::navigator::Navigator;
use crate::shell::session::CurrentUser;
use crate::text::shell as text;

/// The notifications of the agent.
#[derive(Clone, Copy)]
pub(crate) struct Notices {
    current_user: CurrentUser,
    notifier: Notifier,
    /// The newest first.
    pub(crate) list: RwSignal<Vec<Notification>>,
    /// The number of all that are not read, loaded or not.
    pub(crate) unread: RwSignal<i64>,
    pub(crate) has_more: RwSignal<bool>,
    pub(crate) has_failed: RwSignal<bool>,
    /// Counts loads, so that older ones of an earlier list are ignored.
    turn: StoredValue<u32>,
    is_loading: StoredValue<bool>,
    /// Whether something has changed since the load began.
    is_stale: StoredValue<bool>,
}

impl Notices {
    /// Follows the notifications for as long as the current owner lives.
    pub(crate) fn provide(
        inbox: InboxStore,
        current_user: CurrentUser,
        notifier: Notifier,
    ) -> Self {
        let notices = Self {
            current_user,
            notifier,
            list: RwSignal::new(Vec::new()),
            unread: RwSignal::new(0),
            has_more: RwSignal::new(false),
            has_failed: RwSignal::new(false),
            turn: StoredValue::new(0),
            is_loading: StoredValue::new(false),
            is_stale: StoredValue::new(false),
        };
        let is_live = Memo::new(move |_| inbox.connection.with(|it| *it == Connection::Live));
        Effect::new(move || {
            if is_live.get() {
                notices.load();
            }
        });
        inbox.on_notice(Callback::new(
            move |notice: Option<Notification>| match notice {
                Some(notification) => notices.add(notification),
                None => notices.load(),
            },
        ));
        let navigator = expect_context::<Navigator>();
        let open = Memo::new(move |_| navigator.route().conversation());
        let is_focused = watch_focus();
        // What concerns the open conversation is read by looking at it. Those that are not loaded may, too.
        Effect::new(move || {
            let Some(id) = open.get().filter(|_| is_focused.get()) else {
                return;
            };
            let has_unread = notices.list.with(|list| {
                let is_unread = |it: &Notification| it.conversation_id == id && !it.read;
                list.iter().any(is_unread)
            });
            if has_unread {
                notices.read(Some(id));
            }
        });
        Effect::new(move || {
            if let Some(id) = open.get()
                && notices.has_more.get_untracked()
                && notices.unread.get_untracked() > 0
            {
                notices.read(Some(id));
            }
        });
        provide_context(notices);
        notices
    }

    /// Loads the newest ones again; older ones that are loaded stay.
    pub(crate) fn load(self) {
        if self.is_loading.get_value() {
            self.is_stale.set_value(true);
            return;
        }
        self.is_loading.set_value(true);
        self.is_stale.set_value(false);
        let turn = self.turn.get_value().wrapping_add(1);
        self.turn.set_value(turn);
        let signed_in = self.current_user.get_untracked();
        spawn_local(async move {
            let found = signed_in.list_notifications(None).await;
            // The page may have been left meanwhile.
            if self.list.is_disposed() {
                return;
            }
            self.is_loading.set_value(false);
            // One that came meanwhile may be missing in the answer.
            if self.is_stale.get_value() {
                return self.load();
            }
            self.has_failed.set(found.is_err());
            if let Ok(found) = found {
                let last = found.notifications.last().map(|it| it.id);
                let mut older = self.list.get_untracked();
                older.retain(|it| found.more && Some(it.id) < last);
                self.unread.set(found.unread);
                if older.is_empty() {
                    self.has_more.set(found.more);
                }
                let all = found.notifications.into_iter().chain(older);
                self.list.set(all.collect());
            }
        });
    }

    /// Loads older ones.
    pub(crate) fn load_older(self) {
        let turn = self.turn.get_value();
        let signed_in = self.current_user.get_untracked();
        let last = self.list.with_untracked(|list| list.last().map(|it| it.id));
        spawn_local(async move {
            let found = signed_in.list_notifications(last).await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            self.has_failed.set(found.is_err());
            if let Ok(found) = found
                && self
                    .list
                    .with_untracked(|list| list.last().map(|it| it.id) == last)
            {
                self.has_more.set(found.more);
                self.list.update(|list| list.extend(found.notifications));
            }
        });
    }

    /// Marks those about a conversation as read, or all.
    pub(crate) fn read(self, conversation_id: Option<ConversationId>) {
        let mut count = 0;
        self.list.update(|list| {
            let is_meant =
                |it: &&mut Notification| conversation_id.is_none_or(|id| it.conversation_id == id);
            for notification in list.iter_mut().filter(is_meant) {
                count += i64::from(!notification.read);
                notification.read = true;
            }
        });
        self.unread.update(|unread| match conversation_id {
            Some(_) => *unread = (*unread - count).max(0),
            None => *unread = 0,
        });
        let signed_in = self.current_user.get_untracked();
        let newest = self
            .list
            .with_untracked(|list| list.first().map(|it| it.id));
        spawn_local(async move {
            let read = signed_in.read_notifications(conversation_id, newest).await;
            // The next load shows them as unread again.
            if read.is_err() && !self.has_failed.is_disposed() {
                self.has_failed.set(true);
            }
        });
    }

    fn add(self, notification: Notification) {
        self.is_stale.set_value(true);
        let is_known = self
            .list
            .with_untracked(|list| list.iter().any(|it| it.id == notification.id));
        if is_known {
            return;
        }
        self.notifier.notify(Alert {
            conversation_id: notification.conversation_id,
            title: title(&notification),
            preview: notification.text.clone(),
            key: format!("notification-{}", notification.id),
        });
        self.unread.update(|unread| *unread += 1);
        self.list.update(|list| {
            list.insert(0, notification);
            list.sort_by_key(|it| std::cmp::Reverse(it.id));
        });
    }
}

/// What has happened, in words.
pub(crate) fn title(notification: &Notification) -> String {
    let by = &notification.by.name;
    match notification.kind {
        NotificationKind::Mention => text::mentioned_you(by),
        NotificationKind::Assignment => text::assigned_to_you(by),
        NotificationKind::Snooze => text::SNOOZE_ENDED.to_owned(),
        NotificationKind::Other(_) => text::notified_you(by),
    }
}

/// Whether the agent works in this window.
fn watch_focus() -> RwSignal<bool> {
    let now = || document().has_focus().unwrap_or(false);
    let is_focused = RwSignal::new(now());
    let focused = window_event_listener(focus, move |_| is_focused.set(now()));
    let blurred = window_event_listener(blur, move |_| is_focused.set(now()));
    on_cleanup(move || {
        focused.remove();
        blurred.remove();
    });
    is_focused
}
