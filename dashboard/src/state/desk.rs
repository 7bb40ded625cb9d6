//! The live side of the inbox: one connection, and signals fed from what its engine knows.

use std::collections::BTreeMap;
use std::rc::Rc;

use deskbell_client::RenewError;
use deskbell_client::web::{Client, Config};
use deskbell_engine::{
    Action, Change, Connection, Effect as EngineEffect, Engine, Row, RowKey, RowState, Side,
};
use deskbell_protocol::api::auth::Me;
use deskbell_protocol::{
    AgentPresence, AgentView, CloseCode, Conversation, ConversationId, ErrorBody, ErrorCode,
    Principal, Queue,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{self, ApiError, SignedIn};
use crate::state::session::SessionStore;
use crate::state::signs::Signs;
use crate::state::timeline::{Reached, reached};
use crate::state::toasts::Toasts;

/// The open conversation, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Thread {
    pub(crate) id: Option<ConversationId>,
    pub(crate) conversation: Option<Conversation>,
    pub(crate) rows: Vec<Row>,
    pub(crate) is_loaded: bool,
    pub(crate) has_older: bool,
    pub(crate) is_loading_older: bool,
    /// The last of our words, and how far they have come.
    pub(crate) reached: Option<(RowKey, Reached)>,
    /// Why it cannot be shown.
    pub(crate) error: Option<String>,
    /// Who was faster, after a claim that came too late.
    pub(crate) winner: Option<AgentView>,
}

impl Thread {
    /// Messages of ours that the server does not have yet.
    pub(crate) fn unsent(&self) -> usize {
        self.rows
            .iter()
            .filter(|row| matches!(row.state, RowState::Queued | RowState::Sending))
            .count()
    }
}

/// The inbox of the signed-in agent.
#[derive(Clone, Copy)]
pub(crate) struct Desk {
    client: StoredValue<Option<Client>, LocalStorage>,
    me: StoredValue<Me>,
    pub(crate) connection: RwSignal<Connection>,
    /// Why the platform is closed, from when that was said until there is a connection again.
    pub(crate) closed_for: RwSignal<Option<String>>,
    pub(crate) rows: RwSignal<Vec<Conversation>>,
    /// What people do around the conversations of the list, and the open one.
    pub(crate) signs: RwSignal<BTreeMap<ConversationId, Signs>>,
    /// The members of the workspace who are there.
    pub(crate) team: RwSignal<Vec<AgentPresence>>,
    is_idle: StoredValue<bool>,
    pub(crate) is_loaded: RwSignal<bool>,
    /// How many conversations stand where, also of those that are not in the list.
    pub(crate) queue: RwSignal<Queue>,
    /// Where the list goes on, if there are others.
    pub(crate) next_cursor: RwSignal<Option<String>>,
    /// Whether what follows is being fetched.
    pub(crate) is_listing: RwSignal<bool>,
    pub(crate) thread: RwSignal<Thread>,
    toasts: Toasts,
    session: SessionStore,
}

impl Desk {
    /// Connects as `me`; the connection ends with the reactive owner it was made in.
    pub(crate) fn provide(me: Me) -> Self {
        let desk = Self {
            client: StoredValue::new_local(None),
            me: StoredValue::new(me),
            connection: RwSignal::new(Connection::Idle),
            closed_for: RwSignal::new(None),
            rows: RwSignal::new(Vec::new()),
            signs: RwSignal::new(BTreeMap::new()),
            team: RwSignal::new(Vec::new()),
            is_idle: StoredValue::new(false),
            is_loaded: RwSignal::new(false),
            queue: RwSignal::new(Queue::default()),
            next_cursor: RwSignal::new(None),
            is_listing: RwSignal::new(false),
            thread: RwSignal::new(Thread::default()),
            toasts: expect_context(),
            session: expect_context(),
        };
        let config = Config {
            url: socket_url(),
            side: Side::Agent,
            token: None,
            renew: Rc::new(move || Box::pin(desk.renew())),
        };
        let client = Client::start(config, move |engine, effects| desk.take(engine, effects));
        client.act(Action::FollowInbox);
        desk.client.set_value(Some(client));
        on_cleanup(move || {
            desk.client
                .try_update_value(|client| client.take().map(|client| client.stop()))
                .map_or((), |_| ())
        });
        provide_context(desk);
        desk
    }

    pub(crate) fn me(self) -> Me {
        self.me.get_value()
    }

    pub(crate) fn act(self, action: Action) {
        // Cloned out first: what `act` reports may lead back here.
        if let Some(client) = self.client.get_value() {
            client.act(action);
        }
    }

    /// The newest message of the open conversation is in sight, or not.
    pub(crate) fn look(self, looking: bool) {
        if let Some(client) = self.client.try_get_value().flatten() {
            client.look(looking);
        }
    }

    /// Nobody uses this window, or somebody does.
    pub(crate) fn set_idle(self, idle: bool) {
        let before = self
            .is_idle
            .try_update_value(|is| std::mem::replace(is, idle));
        if before.is_some_and(|before| before != idle) {
            self.act(Action::SetIdle(idle));
        }
    }

    /// What people do around a conversation; tracked.
    pub(crate) fn signs_of(self, id: ConversationId) -> Memo<Signs> {
        Memo::new(move |_| {
            self.signs
                .with(|signs| signs.get(&id).cloned().unwrap_or_default())
        })
    }

    /// Does not wait for the next attempt to connect.
    pub(crate) fn retry_now(self) {
        if let Some(client) = self.client.get_value() {
            client.retry_now();
        }
    }

    /// Shows `id`, from memory at once, and follows it.
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

    /// Asks again for a conversation that could not be shown.
    pub(crate) fn reopen_thread(self) {
        let id = self.thread.with_untracked(|thread| thread.id);
        self.open(None);
        self.open(id);
    }

    /// Fetches what follows in the list. The connection renews the cookies, so this is for while it
    /// is live.
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
                self.read_signs(engine, id);
            });
        }
    }

    fn take(self, engine: &Engine, effects: &[EngineEffect]) {
        for effect in effects {
            match effect {
                EngineEffect::Changed(Change::Connection) => self.read_connection(engine),
                EngineEffect::Changed(Change::Inbox) => {
                    self.read_inbox(engine);
                    self.read_all_signs(engine);
                }
                EngineEffect::Changed(Change::Presence) => {
                    self.team.set(engine.presence().agents().to_vec());
                    self.read_all_signs(engine);
                }
                EngineEffect::Changed(Change::Conversation(id) | Change::Timeline(id)) => {
                    self.read_thread(engine, *id);
                    self.read_signs(engine, *id);
                }
                EngineEffect::Refused {
                    action: "hello",
                    error,
                    ..
                } => self.closed_for.set(Some(error.message.clone())),
                EngineEffect::Refused {
                    conversation_id,
                    error,
                    ..
                } => self.refuse(*conversation_id, error),
                _ => {}
            }
        }
    }

    fn read_connection(self, engine: &Engine) {
        let connection = engine.connection().clone();
        match connection {
            // The workspace is suspended, perhaps: the server says, and with it this desk goes.
            Connection::Stopped { code } if code == CloseCode::Forbidden.code() => {
                self.session.check();
            }
            Connection::Stopped { code } if !CloseCode::reconnects(code) => self.session.expire(),
            Connection::Live => self.closed_for.set(None),
            _ => {}
        }
        if self.is_somebody_else(engine) {
            self.session.look_again();
        }
        self.connection.set(connection);
    }

    /// Whether the server takes us for more, less or another than we know ourselves to be.
    fn is_somebody_else(self, engine: &Engine) -> bool {
        match (engine.principal(), self.session.signed_in_untracked()) {
            (Some(Principal::Agent { role, name, .. }), Some(SignedIn { me })) => {
                *role != me.workspace.role || *name != me.name
            }
            _ => false,
        }
    }

    fn read_inbox(self, engine: &Engine) {
        self.is_loaded.set(engine.inbox().is_loaded());
        self.queue.set(engine.inbox().queue());
        self.next_cursor
            .set(engine.inbox().next_cursor().map(str::to_owned));
        self.rows
            .set(engine.inbox().rows().into_iter().cloned().collect());
    }

    fn read_all_signs(self, engine: &Engine) {
        let me = self.me.with_value(|me| me.user_id);
        let mut signs = Signs::of_list(engine, me);
        if let Some(id) = self.thread.with_untracked(|thread| thread.id) {
            signs.insert(id, Signs::of(engine, id, me));
        }
        self.signs.set(signs);
    }

    fn read_signs(self, engine: &Engine, id: ConversationId) {
        let me = self.me.with_value(|me| me.user_id);
        let signs = Signs::of(engine, id, me);
        if self
            .signs
            .with_untracked(|known| known.get(&id) != Some(&signs))
        {
            self.signs.update(|known| {
                known.insert(id, signs);
            });
        }
    }

    fn read_thread(self, engine: &Engine, id: ConversationId) {
        if self.thread.with_untracked(|thread| thread.id) != Some(id) {
            return;
        }
        self.thread.update(|thread| {
            thread.conversation = engine.conversation(id).cloned();
            if let Some(timeline) = engine.timeline(id) {
                thread.rows = timeline.rows();
                let me = self.me.with_value(|me| me.user_id);
                thread.reached = reached(&thread.rows, me, &engine.receipts(id));
                thread.is_loaded = timeline.is_loaded();
                thread.has_older = timeline.has_older();
                thread.is_loading_older = timeline.is_loading_older();
            }
        });
    }

    /// Trades the refresh cookie for new ones.
    async fn renew(self) -> Result<Option<String>, RenewError> {
        let error = match api::renew().await {
            Ok(_) => return Ok(None),
            Err(error) => error,
        };
        if let Some(why) = error.maintenance() {
            // The page may have been left meanwhile.
            self.closed_for.try_set(Some(why.to_owned()));
        }
        match error {
            ApiError::Refused(error) if !error.code.is_temporary() => Err(RenewError::Rejected),
            _ => Err(RenewError::Unreachable),
        }
    }

    fn refuse(self, id: Option<ConversationId>, error: &ErrorBody) {
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
                    .update(|thread| thread.error = Some(error.message.clone()));
            }
            _ => self.toasts.say(error.message.clone()),
        }
    }
}

/// The desk of the page.
pub(crate) fn use_desk() -> Desk {
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
