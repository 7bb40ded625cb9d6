//! The store of the inbox: one connection, and signals that follow the state of its engine.

mod sync;

use std::collections::BTreeMap;
use std::rc::Rc;

use deskbell_client::web::{Client, Config};
use deskbell_client::{RenewError, Token};
use deskbell_engine::{Action, Connection, Row, RowState, Side};
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::{
    AgentPresence, AgentView, ClientMessageId, Conversation, ConversationId, ErrorBody, ErrorCode,
    Note, Notification, Queue, Receipts, VisitorId,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{self, ApiError};
use crate::areas::inbox::activity_badges::ActivityBadges;
use crate::areas::inbox::alerts::{Alert, AlertTracker};
use crate::areas::inbox::groups::ListedRow;
use crate::areas::inbox::inbox_rows::InboxRows;
use crate::browser::network::watch_network;
use crate::shell::session::SessionStore;
use crate::ui::toasts::Toasts;

/// The open conversation, as far as it is loaded.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Thread {
    pub(crate) id: Option<ConversationId>,
    pub(crate) conversation: Option<Conversation>,
    pub(crate) rows: Vec<Row>,
    pub(crate) notes: Vec<Note>,
    /// Whether all notes are loaded.
    pub(crate) has_notes: bool,
    pub(crate) is_loaded: bool,
    pub(crate) has_older: bool,
    pub(crate) is_loading_older: bool,
    pub(crate) receipts: Receipts,
    /// The error that prevents it from being shown.
    pub(crate) error: Option<ErrorBody>,
    /// The teammate who claimed it before us.
    pub(crate) winner: Option<AgentView>,
}

impl Thread {
    /// The number of our messages that the server has not acknowledged yet.
    pub(crate) fn unsent(&self) -> usize {
        self.rows
            .iter()
            .filter(|row| matches!(row.state, RowState::Queued | RowState::Sending))
            .count()
    }
}

/// The signals of one row of the list.
#[derive(Clone)]
pub(crate) struct RowSignals {
    pub(crate) conversation: ArcRwSignal<Conversation>,
    pub(crate) badges: ArcRwSignal<ActivityBadges>,
}

/// The inbox of the signed-in agent.
#[derive(Clone, Copy)]
pub(crate) struct InboxStore {
    client: StoredValue<Option<Client>, LocalStorage>,
    me: StoredValue<Me>,
    pub(crate) connection: RwSignal<Connection>,
    /// Whether the browser has a network; the connection notices a loss later.
    pub(crate) is_online: RwSignal<bool>,
    /// The reason of a maintenance, from its announcement until there is a connection again.
    pub(crate) maintenance: RwSignal<Option<String>>,
    /// The rows of the list and their order; the content of each is a signal of its own.
    pub(crate) listed: RwSignal<Vec<ListedRow>>,
    rows: StoredValue<BTreeMap<ConversationId, RowSignals>>,
    index: StoredValue<InboxRows>,
    /// The people around the open conversation.
    pub(crate) open_badges: RwSignal<ActivityBadges>,
    /// The members of the workspace who are online or away.
    pub(crate) team: RwSignal<Vec<AgentPresence>>,
    is_idle: StoredValue<bool>,
    pub(crate) is_loaded: RwSignal<bool>,
    /// The number of conversations by status, including those that are not loaded.
    pub(crate) queue: RwSignal<Queue>,
    /// The number of conversations that need this agent's attention: waiting ones, and the agent's own with
    /// unread messages.
    pub(crate) attention: RwSignal<usize>,
    /// Whether the list shows more than one site.
    pub(crate) has_several_sites: RwSignal<bool>,
    /// The cursor of the next page of the list, if there is one.
    pub(crate) next_cursor: RwSignal<Option<String>>,
    /// Whether the next page is being fetched.
    pub(crate) is_listing: RwSignal<bool>,
    pub(crate) thread: RwSignal<Thread>,
    /// The note of this agent that was saved last.
    pub(crate) saved_note: RwSignal<Option<ClientMessageId>>,
    /// The number of notes that could not be saved.
    pub(crate) refused_notes: RwSignal<u32>,
    /// A conversation that the server was asked to resolve.
    resolving: StoredValue<Option<ConversationId>>,
    /// The conversation that this agent resolved last, once the server has done so.
    pub(crate) resolved: RwSignal<Option<ConversationId>>,
    /// The same conversation, until it is reopened or closed.
    still_resolved: StoredValue<Option<ConversationId>>,
    /// The number of times that it was reopened or closed.
    pub(crate) reopened: RwSignal<u32>,
    alerts: StoredValue<AlertTracker>,
    on_alert: StoredValue<Option<Callback<Alert>>>,
    on_note_saved: StoredValue<Option<Callback<(ConversationId, ClientMessageId)>>>,
    on_notice: StoredValue<Option<Callback<Option<Notification>>>>,
    toasts: Toasts,
    session: SessionStore,
}

impl InboxStore {
    /// Connects as `me`; the connection ends with the reactive owner it was made in.
    pub(crate) fn provide(me: Me) -> Self {
        let alerts = AlertTracker::new(me.user_id);
        let inbox = Self {
            client: StoredValue::new_local(None),
            me: StoredValue::new(me),
            connection: RwSignal::new(Connection::Idle),
            is_online: watch_network(),
            maintenance: RwSignal::new(None),
            listed: RwSignal::new(Vec::new()),
            rows: StoredValue::new(BTreeMap::new()),
            index: StoredValue::new(InboxRows::default()),
            open_badges: RwSignal::new(ActivityBadges::default()),
            team: RwSignal::new(Vec::new()),
            is_idle: StoredValue::new(false),
            is_loaded: RwSignal::new(false),
            queue: RwSignal::new(Queue::default()),
            attention: RwSignal::new(0),
            has_several_sites: RwSignal::new(false),
            next_cursor: RwSignal::new(None),
            is_listing: RwSignal::new(false),
            thread: RwSignal::new(Thread::default()),
            saved_note: RwSignal::new(None),
            refused_notes: RwSignal::new(0),
            resolving: StoredValue::new(None),
            resolved: RwSignal::new(None),
            still_resolved: StoredValue::new(None),
            reopened: RwSignal::new(0),
            alerts: StoredValue::new(alerts),
            on_alert: StoredValue::new(None),
            on_note_saved: StoredValue::new(None),
            on_notice: StoredValue::new(None),
            toasts: expect_context(),
            session: expect_context(),
        };
        let config = Config {
            url: socket_url(),
            side: Side::Agent,
            token: None,
            renew: Rc::new(move || Box::pin(inbox.renew())),
        };
        let client = Client::start(config, move |engine, effects| inbox.apply(engine, effects));
        client.act(Action::FollowInbox);
        inbox.client.set_value(Some(client));
        on_cleanup(move || {
            inbox
                .client
                .try_update_value(|client| client.take().map(|client| client.stop()))
                .map_or((), |_| ())
        });
        provide_context(inbox);
        inbox
    }

    pub(crate) fn me(self) -> Me {
        self.me.get_value()
    }

    /// Whether conversations can be assigned to this person: not to an operator who has entered the
    /// workspace.
    pub(crate) fn can_claim(self) -> bool {
        let me = self.me();
        !me.entered || me.permissions.claim_conversations
    }

    pub(crate) fn act(self, action: Action) {
        // Cloned first: what `act` reports may call back.
        if let Some(client) = self.client.get_value() {
            client.act(action);
        }
    }

    /// Sets what to do when a note of this agent is saved.
    pub(crate) fn on_note_saved(self, act: Callback<(ConversationId, ClientMessageId)>) {
        self.on_note_saved.set_value(Some(act));
    }

    /// Sets what to do with a notification; `None`: all of them should be loaded again.
    pub(crate) fn on_notice(self, act: Callback<Option<Notification>>) {
        self.on_notice.set_value(Some(act));
    }

    /// Calls `act` for each alert from now on.
    pub(crate) fn on_alert(self, act: Callback<Alert>) {
        self.on_alert.set_value(Some(act));
    }

    /// Reports whether the newest message of the open conversation is on the screen.
    pub(crate) fn set_newest_visible(self, is_visible: bool) {
        if let Some(client) = self.client.try_get_value().flatten() {
            client.set_newest_visible(is_visible);
        }
    }

    /// Reports whether the window is idle.
    pub(crate) fn set_idle(self, idle: bool) {
        let before = self
            .is_idle
            .try_update_value(|is| std::mem::replace(is, idle));
        if before.is_some_and(|before| before != idle) {
            self.act(Action::SetIdle(idle));
        }
    }

    /// The signals of a row, if the conversation is in the list.
    pub(crate) fn row(self, id: ConversationId) -> Option<RowSignals> {
        self.rows.with_value(|rows| rows.get(&id).cloned())
    }

    /// Whether the connection works now; tracked.
    pub(crate) fn is_live(self) -> bool {
        self.is_online.get()
            && self
                .connection
                .with(|connection| *connection == Connection::Live)
    }

    /// The loaded conversations of a visitor but one, the newest first; follows the order of the list.
    pub(crate) fn others_of(self, visitor: VisitorId, but: ConversationId) -> Vec<Conversation> {
        const MOST: usize = 5;
        self.listed.track();
        let mut others: Vec<Conversation> = self.rows.with_value(|rows| {
            let of_visitor = |signals: &RowSignals| {
                signals.conversation.with_untracked(|row| {
                    (row.visitor.id == visitor && row.id != but).then(|| row.clone())
                })
            };
            rows.values().filter_map(of_visitor).collect()
        });
        others.sort_by_key(|row| std::cmp::Reverse(row.last_message_at));
        others.truncate(MOST);
        others
    }

    /// Badges as they are shown: without a connection nobody is present; tracked.
    pub(crate) fn shown(self, badges: ActivityBadges) -> ActivityBadges {
        match self.is_live() {
            true => badges,
            false => badges.without_connection(),
        }
    }

    /// Resolves a conversation; `resolved` changes once the server has done so.
    pub(crate) fn resolve(self, id: ConversationId) {
        self.resolving.set_value(Some(id));
        self.act(Action::Resolve(id));
    }

    /// Connects now instead of at the next planned attempt.
    pub(crate) fn retry_now(self) {
        if let Some(client) = self.client.get_value() {
            client.retry_now();
        }
    }

    /// Opens a conversation: shows what is in memory and subscribes to the rest.
    pub(crate) fn open(self, id: Option<ConversationId>) {
        let before = self.thread.with_untracked(|thread| thread.id);
        if before == id {
            return;
        }
        if let Some(before) = before {
            self.act(Action::Leave(before));
        }
        self.thread.set(Thread {
            id,
            ..Thread::default()
        });
        if let Some(id) = id {
            self.refresh(id);
            self.act(Action::Open(id));
        }
    }

    /// Retries to open a conversation that could not be loaded.
    pub(crate) fn reopen_thread(self) {
        let id = self.thread.with_untracked(|thread| thread.id);
        self.open(None);
        self.open(id);
    }

    /// Fetches the next page of the list, while there is a connection, which renews the cookies.
    pub(crate) fn list_more(self) {
        let is_live = self
            .connection
            .with_untracked(|connection| *connection == Connection::Live);
        let Some(cursor) = self.next_cursor.get_untracked().filter(|_| is_live) else {
            return;
        };
        if self.is_listing.get_untracked() {
            return;
        }
        self.is_listing.set(true);
        spawn_local(async move {
            let page = api::list_conversations(&cursor).await;
            // The page may have been left meanwhile.
            if self.is_listing.try_set(false).is_some() {
                return;
            }
            match page {
                Ok(page) => self.act(Action::ListMore { cursor, page }),
                Err(error) => self.toasts.say(error.message()),
            }
        });
    }

    pub(crate) fn dismiss_winner(self) {
        self.thread.update(|thread| thread.winner = None);
    }

    fn refresh(self, id: ConversationId) {
        if let Some(client) = self.client.get_value() {
            client.with(|engine| {
                self.read_thread(engine, id);
                self.read_row(engine, id);
            });
        }
    }

    /// Exchanges the refresh cookie for new cookies.
    async fn renew(self) -> Result<Option<Token>, RenewError> {
        let error = match api::renew().await {
            Ok(_) => return Ok(None),
            Err(error) => error,
        };
        if let Some(why) = error.maintenance() {
            // The page may have been left meanwhile.
            self.maintenance.try_set(Some(why.to_owned()));
        }
        match error {
            ApiError::Refused(error) if !error.code.is_temporary() => Err(RenewError::Rejected),
            _ => Err(RenewError::Unreachable),
        }
    }

    fn refuse(self, id: Option<ConversationId>, error: &ErrorBody) {
        if id.is_some() && self.resolving.get_value() == id {
            self.resolving.set_value(None);
        }
        let is_open = self
            .thread
            .with_untracked(|thread| id.is_some() && thread.id == id);
        match (&error.code, &error.winner) {
            (ErrorCode::AlreadyClaimed, Some(winner)) if is_open => {
                self.thread
                    .update(|thread| thread.winner = Some(winner.clone()));
            }
            _ if is_open && !self.thread.with_untracked(|thread| thread.is_loaded) => {
                self.thread
                    .update(|thread| thread.error = Some(error.clone()));
            }
            _ => self.toasts.say(error.message.clone()),
        }
    }
}

/// The inbox of the page.
pub(crate) fn use_inbox() -> InboxStore {
    expect_context()
}

fn socket_url() -> String {
    let location = window().location();
    let scheme = if location
        .protocol()
        .is_ok_and(|protocol| protocol == "https:")
    {
        "wss"
    } else {
        "ws"
    };
    format!(
        "{scheme}://{}/api/v1/socket",
        location.host().unwrap_or_default()
    )
}
