//! The controller of the panel: performs the visitor's actions and copies the engine's state into
//! the view model.

use std::rc::Rc;
use std::time::Duration;

use deskbell_client::web::spawn::spawn;
use deskbell_client::web::{Client, Config};
use deskbell_client::{RenewError, Token, decode, encode};
use deskbell_engine::{Action, Connection, Engine, Row, RowKey, Side};
use deskbell_protocol::{Body, ClientMessageId, Sender, Seq};
use leptos::prelude::*;

use crate::bridge::{Bridge, LoaderMessage, PanelMessage};
use crate::components::thread;
use crate::view_model::rows_view::{Calendar, RowView, row_views};
use crate::view_model::{ConnectionState, OlderMessages, Phase, StartError, ViewModel};
use crate::{api, text, time};

/// The grace period before a lost connection is mentioned.
const LOST_AFTER: Duration = Duration::from_secs(2);

/// The handle of the panel's state, copied into every component.
#[derive(Clone, Copy)]
pub(crate) struct Panel {
    view: RwSignal<ViewModel>,
    state: StoredValue<State, LocalStorage>,
}

/// The state that is not shown.
#[derive(Default)]
struct State {
    bridge: Bridge,
    client: Option<Client>,
    token: Option<String>,
    /// The outbox as it was last posted to the host page, which stores it.
    outbox: String,
    /// The visitor's identity as the host page gives it, as JSON.
    identity: Option<String>,
    /// The newest message that the visitor has seen here.
    seen: Seq,
    unread: usize,
    /// Whether the host page knows that there is no conversation.
    is_known_empty: bool,
    /// The newest message that a screen reader has announced, or need not; `None` before the first load.
    announced: Option<Seq>,
}

/// Bindings to the view model. All text bindings share one compiled closure, and so do all
/// visibility bindings.
impl Panel {
    /// A reactive text.
    pub(crate) fn text(self, of: fn(&ViewModel) -> String) -> impl Fn() -> String + Send + 'static {
        move || self.view.with(of)
    }

    /// A reactive flag.
    pub(crate) fn flag(self, of: fn(&ViewModel) -> bool) -> impl Fn() -> bool + Send + 'static {
        move || self.view.with(of)
    }

    /// The current value of a flag, without a subscription.
    pub(crate) fn is(self, of: fn(&ViewModel) -> bool) -> bool {
        self.view.with_untracked(of)
    }

    /// Changes the view model.
    pub(crate) fn update(self, change: &dyn Fn(&mut ViewModel)) {
        self.view.update(|view| change(view));
    }
}

/// The visitor's actions.
impl Panel {
    /// Requests a token and connects; "Try again" calls it, too.
    pub(crate) fn start(self) {
        if self.is(|view| view.phase == Phase::Ready) {
            return;
        }
        self.update(&|view| view.phase = Phase::Starting);
        spawn(async move {
            match self.renew().await {
                Ok(token) => {
                    if let Some(client) = self.client() {
                        client.connect(Some(token));
                    }
                    self.report_newest_visible();
                    self.update(&|view| view.phase = Phase::Ready);
                }
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Sends the draft if it can be sent. The client queues it until it is connected, also before it has a
    /// token.
    pub(crate) fn send(self) {
        if let Some(client) = self.client()
            && self.is(ViewModel::can_send)
        {
            let text = self
                .view
                .with_untracked(|view| view.draft.trim().to_owned());
            client.act(Action::Send {
                conversation_id: client.with(Engine::own_conversation),
                text,
            });
            self.set_draft("");
        }
    }

    /// Sets the draft, and posts it to the host page, which stores it.
    pub(crate) fn set_draft(self, text: &str) {
        self.bridge().post(PanelMessage::Draft(text));
        self.act(Action::Typing {
            conversation_id: None,
            active: !text.is_empty(),
        });
        self.update(&|view| text.clone_into(&mut view.draft));
    }

    pub(crate) fn retry(self, id: ClientMessageId) {
        self.act(Action::Retry(id));
    }

    pub(crate) fn discard(self, id: ClientMessageId) {
        self.act(Action::Discard(id));
    }

    pub(crate) fn load_older(self) {
        if let Some(client) = self.client()
            && self.is(|view| view.older == OlderMessages::Available)
            && let Some(id) = client.with(Engine::own_conversation)
        {
            client.act(Action::LoadOlder(id));
        }
    }

    pub(crate) fn start_new_conversation(self) {
        self.act(Action::NewConversation);
    }

    /// Reconnects now instead of later.
    pub(crate) fn retry_now(self) {
        if let Some(client) = self.client() {
            client.retry_now();
        }
    }

    /// Asks the host page to close the panel.
    pub(crate) fn close(self) {
        self.bridge().post(PanelMessage::Close);
    }

    /// Tells the client whether the newest message is in sight.
    pub(crate) fn report_newest_visible(self) {
        if let Some(client) = self.client() {
            client.set_newest_visible(self.is(ViewModel::shows_newest));
        }
    }

    fn act(self, action: Action) {
        if let Some(client) = self.client() {
            client.act(action);
        }
    }
}

/// Messages of the host page, and changes of the engine.
impl Panel {
    pub(crate) fn new() -> Self {
        Self {
            view: RwSignal::default(),
            state: StoredValue::new_local(State::default()),
        }
    }

    /// Creates the client, and handles the host page's messages; the first one starts the panel.
    pub(crate) fn listen(self) {
        let config = Config {
            url: api::socket_url(),
            side: Side::Visitor,
            token: None,
            renew: Rc::new(move || Box::pin(self.renew_for_client())),
        };
        let client = Client::new(config, move |engine, _| self.refresh(engine));
        self.state.update_value(|state| state.client = Some(client));
        self.bridge().connect(move |message| match message {
            LoaderMessage::Init {
                token,
                identity,
                draft,
                theme,
            } => {
                apply_theme(&theme);
                self.state.update_value(|state| {
                    state.token = token;
                    state.identity = identity;
                });
                if self.is(|view| view.draft.is_empty()) {
                    self.update(&|view| draft.clone_into(&mut view.draft));
                }
                self.start();
            }
            LoaderMessage::Outbox(entries) => {
                let texts = entries
                    .iter()
                    .filter_map(|(id, entry)| decode::unsent_text(id, entry));
                // A value that differs from every outbox: the next change is posted in any case.
                self.state.update_value(|state| state.outbox.push('?'));
                self.act(Action::Restore(texts.collect()));
            }
            LoaderMessage::Opened { focus } => {
                self.update(&|view| view.is_open = true);
                if let Some(client) = self.client() {
                    client.record_activity();
                    client.with(|engine| self.refresh(engine));
                }
                self.report_newest_visible();
                if focus {
                    thread::focus_composer_with_mouse();
                }
            }
            LoaderMessage::Closed => {
                self.update(&|view| view.is_open = false);
                self.report_newest_visible();
            }
        });
    }

    async fn renew(self) -> Result<Token, StartError> {
        let (old, identity) = self
            .state
            .with_value(|state| (state.token.clone(), state.identity.clone()));
        let visitor = api::create_visitor(old.as_deref(), identity.as_deref()).await?;
        self.bridge().post(PanelMessage::Token(&visitor));
        self.update(&|view| visitor.site_name.clone_into(&mut view.site_name));
        self.state
            .update_value(|state| state.token = Some(visitor.token.clone()));
        Ok(Token {
            text: visitor.token,
            renew_at: Some(visitor.renew_at),
        })
    }

    async fn renew_for_client(self) -> Result<Option<Token>, RenewError> {
        match self.renew().await {
            Ok(token) => Ok(Some(token)),
            Err(error) if error.is_temporary() => Err(RenewError::Unreachable),
            Err(error) => {
                // While the chat works, its token is still valid: the next attempt may succeed.
                if !self.is(|view| view.connection == ConnectionState::Live) {
                    self.fail(&error);
                }
                Err(RenewError::Rejected)
            }
        }
    }

    fn fail(self, error: &StartError) {
        self.update(&|view| view.phase = Phase::Failed(error.clone()));
    }

    /// Copies the engine's state into the view model.
    fn refresh(self, engine: &Engine) {
        self.store_outbox(engine);
        let id = engine.own_conversation();
        let timeline = id.and_then(|id| engine.timeline(id));
        let conversation = id.and_then(|id| engine.conversation(id));
        let rows = engine.visitor_rows();
        let receipts = id.map(|id| engine.receipts(id)).unwrap_or_default();
        let typing = id.and_then(|id| match engine.typists(id).next() {
            Some(Sender::Agent { name, .. }) => Some(text::is_typing(name)),
            _ => None,
        });
        let connection = match engine.connection() {
            Connection::Live => ConnectionState::Live,
            Connection::Stopped { .. } => ConnectionState::Stopped,
            _ => ConnectionState::Connecting,
        };
        if connection == ConnectionState::Connecting
            && self.is(|view| view.connection == ConnectionState::Live)
        {
            let mention = |view: &mut ViewModel| {
                view.is_lost = view.connection != ConnectionState::Live;
            };
            set_timeout(move || self.update(&mention), LOST_AFTER);
        }
        self.update(&|view| {
            view.connection = connection;
            view.is_lost &= connection != ConnectionState::Live;
            view.status = conversation.map(|it| it.status);
            view.agent_is_absent = engine.is_agent_absent();
            view.agent = conversation
                .and_then(|it| it.assignee.as_ref())
                .map(|agent| agent.name.clone());
            view.typing = typing.clone().unwrap_or_default();
            view.is_away = engine.team_online() == Some(false);
            view.is_loaded = match id {
                Some(_) => timeline.is_some_and(|timeline| timeline.is_loaded()),
                None => engine.principal().is_some(),
            };
            view.has_rows = !rows.is_empty();
            view.older = match timeline {
                Some(timeline) if timeline.is_loading_older() => OlderMessages::Loading,
                Some(timeline) if timeline.has_older() => OlderMessages::Available,
                _ => OlderMessages::None,
            };
        });
        let calendar = Calendar {
            day: time::local_day,
            day_name: time::day_name,
            clock: time::clock,
        };
        let views = row_views(&rows, &receipts, &calendar);
        self.announce(&rows, &views);
        thread::show(self, views);
        self.report_unread(&rows, receipts.visitor_seen);
        self.report_empty(engine);
    }

    /// Announces the messages of others that have arrived since the last call. Older messages that are
    /// loaded later are not announced.
    fn announce(self, rows: &[Row], views: &[(RowKey, RowView)]) {
        if !self.is(|view| view.is_loaded) {
            return;
        }
        let newest = rows.iter().filter_map(|row| row.seq).max().unwrap_or(0);
        let before = self
            .state
            .try_update_value(|state| state.announced.replace(newest));
        let Some(before) = before.flatten().filter(|&before| before < newest) else {
            return;
        };
        let mut news = String::new();
        for (row, (_, view)) in rows.iter().zip(views) {
            if row.seq <= Some(before) || matches!(row.sender, Sender::Visitor { .. }) {
                continue;
            }
            if let Sender::Agent { name, .. } = &row.sender {
                news = news + name + ": ";
            }
            news = news + &view.text + "\n";
        }
        self.update(&|view| news.clone_into(&mut view.announcement));
    }

    /// Posts the outbox to the host page when it has changed: the page may end before it is sent.
    fn store_outbox(self, engine: &Engine) {
        let outbox = encode::unsent_texts(&engine.unsent_texts());
        if self.state.with_value(|state| state.outbox != outbox) {
            self.bridge().post(PanelMessage::Outbox(&outbox));
            self.state.update_value(|state| state.outbox = outbox);
        }
    }

    /// Posts the number of unread messages of agents to the host page when it has changed, with the
    /// newest of them for the preview. The visitor may have seen some elsewhere (`seen_elsewhere`).
    fn report_unread(self, rows: &[Row], seen_elsewhere: Seq) {
        let (mut seqs, mut author, mut text) = (Vec::new(), "", "");
        for row in rows {
            if let (Sender::Agent { name, .. }, Some(seq)) = (&row.sender, row.seq) {
                seqs.push(seq);
                if let Body::Text { text: written } = &row.body {
                    (author, text) = (name, written);
                }
            }
        }
        let newest = seqs.last().copied().unwrap_or(0);
        let is_open = self.is(|view| view.is_open);
        let changed = self.state.try_update_value(|state| {
            if is_open {
                state.seen = newest;
            }
            let seen = state.seen.max(seen_elsewhere);
            let unread = seqs.iter().filter(|&&seq| seq > seen).count();
            (std::mem::replace(&mut state.unread, unread) != unread).then_some(unread)
        });
        if let Some(unread) = changed.flatten() {
            self.bridge()
                .post(PanelMessage::Unread(unread, newest, author, text));
        }
    }

    /// Reports to the host page that there is no conversation, so that its next pages load nothing more. Only
    /// the server knows it: a signed-in visitor may have one from another device.
    fn report_empty(self, engine: &Engine) {
        let is_empty = matches!(engine.connection(), Connection::Live)
            && engine.principal().is_some()
            && engine.own_conversation().is_none()
            && engine.unsent_texts().is_empty();
        let before = self
            .state
            .try_update_value(|state| std::mem::replace(&mut state.is_known_empty, is_empty));
        if is_empty && before == Some(false) {
            self.bridge().post(PanelMessage::NoConversation);
        }
    }

    fn bridge(self) -> Bridge {
        self.state.with_value(|state| state.bridge.clone())
    }

    fn client(self) -> Option<Client> {
        self.state.with_value(|state| state.client.clone())
    }
}

/// Applies the site's theme: the published variables and no other properties.
fn apply_theme(theme: &[(String, String)]) {
    use wasm_bindgen::JsCast;
    let root = document()
        .document_element()
        .and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok());
    let Some(style) = root.map(|root| root.style()) else {
        return;
    };
    for (name, value) in theme
        .iter()
        .filter(|(name, _)| name.starts_with("--deskbell-"))
    {
        let _ = style.set_property(name, value);
    }
}
