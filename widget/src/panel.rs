//! The panel's handle: what the visitor can do, and how the engine's state becomes the look.

use std::rc::Rc;
use std::time::Duration;

use deskbell_client::web::{Client, Config};
use deskbell_client::{RenewError, decode, encode};
use deskbell_engine::{Action, Connection, Engine, Row, Side};
use deskbell_protocol::{Body, ClientMessageId, Sender, Seq};
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::api;
use crate::bridge::{Bridge, FromHost, ToHost};
use crate::components::thread;
use crate::look::lines::{Calendar, lines};
use crate::look::{Link, Look, Older, Phase, Problem};
use crate::time;

/// A short break of the connection is nobody's business.
const PATIENCE: Duration = Duration::from_secs(2);

/// The panel's state; a handle, copied into every component.
#[derive(Clone, Copy)]
pub(crate) struct Panel {
    look: RwSignal<Look>,
    inner: StoredValue<Inner, LocalStorage>,
}

#[derive(Default)]
struct Inner {
    bridge: Bridge,
    client: Option<Client>,
    token: Option<String>,
    /// What the host page was told to keep, since nothing else is known to be sent.
    waiting: String,
    /// Who the host page says the visitor is, as JSON.
    identity: Option<String>,
    /// The newest message that the visitor has had before their eyes.
    seen: Seq,
    unread: usize,
}

/// Reading: how a component follows the look. All places that show words share one compiled
/// closure, and so do all that show or hide something.
impl Panel {
    pub(crate) fn words(self, of: fn(&Look) -> String) -> impl Fn() -> String + Send + 'static {
        move || self.look.with(of)
    }

    pub(crate) fn flag(self, of: fn(&Look) -> bool) -> impl Fn() -> bool + Send + 'static {
        move || self.look.with(of)
    }

    /// How it is now, for those who do not draw.
    pub(crate) fn is(self, of: fn(&Look) -> bool) -> bool {
        self.look.with_untracked(of)
    }

    pub(crate) fn show(self, change: &dyn Fn(&mut Look)) {
        self.look.update(|look| change(look));
    }
}

/// What the visitor does.
impl Panel {
    /// Gets a token and connects; also what "Try again" does.
    pub(crate) fn begin(self) {
        if self.client().is_some() {
            return;
        }
        self.show(&|look| look.phase = Phase::Starting);
        spawn_local(async move {
            match self.renew().await {
                Ok(token) => {
                    let config = Config {
                        url: api::socket_url(),
                        side: Side::Visitor,
                        token: Some(token),
                        renew: Rc::new(move || Box::pin(self.renew_for_client())),
                    };
                    let client = Client::start(config, move |engine, _| self.copy(engine));
                    self.inner.update_value(|inner| inner.client = Some(client));
                    self.attend();
                    self.show(&|look| look.phase = Phase::Ready);
                }
                Err(problem) => self.fail(&problem),
            }
        });
    }

    /// Sends the draft, if it may be sent.
    pub(crate) fn send(self) {
        if let Some(client) = self.client()
            && self.is(Look::can_send)
        {
            let text = self
                .look
                .with_untracked(|look| look.draft.trim().to_owned());
            client.act(Action::Send {
                conversation_id: client.with(Engine::own_conversation),
                text,
            });
            self.write("");
        }
    }

    /// Keeps what is being typed, here and in the host page.
    pub(crate) fn write(self, text: &str) {
        self.bridge().say(ToHost::Draft(text));
        self.act(Action::Typing {
            conversation_id: None,
            active: !text.is_empty(),
        });
        self.show(&|look| text.clone_into(&mut look.draft));
    }

    pub(crate) fn retry(self, id: ClientMessageId) {
        self.act(Action::Retry(id));
    }

    pub(crate) fn discard(self, id: ClientMessageId) {
        self.act(Action::Discard(id));
    }

    pub(crate) fn load_older(self) {
        if let Some(client) = self.client()
            && self.is(|look| look.older == Older::Messages)
            && let Some(id) = client.with(Engine::own_conversation)
        {
            client.act(Action::LoadOlder(id));
        }
    }

    pub(crate) fn start_new(self) {
        self.act(Action::NewConversation);
    }

    /// Connects now instead of later.
    pub(crate) fn retry_now(self) {
        if let Some(client) = self.client() {
            client.retry_now();
        }
    }

    /// Asks the host page to put the panel away.
    pub(crate) fn close(self) {
        self.bridge().say(ToHost::Close);
    }

    /// Says whether the newest message is in sight.
    pub(crate) fn attend(self) {
        if let Some(client) = self.client() {
            client.look(self.is(Look::is_seen));
        }
    }

    fn act(self, action: Action) {
        if let Some(client) = self.client() {
            client.act(action);
        }
    }
}

/// What happens to it.
impl Panel {
    pub(crate) fn new() -> Self {
        Self {
            look: RwSignal::default(),
            inner: StoredValue::new_local(Inner::default()),
        }
    }

    /// Waits for the host page's word, then begins.
    pub(crate) fn start(self) {
        self.bridge().connect(move |message| match message {
            FromHost::Init {
                token,
                identity,
                draft,
                theme,
            } => {
                apply_theme(&theme);
                self.inner.update_value(|inner| {
                    inner.token = token;
                    inner.identity = identity;
                });
                if self.is(|look| look.draft.is_empty()) {
                    self.show(&|look| draft.clone_into(&mut look.draft));
                }
                self.begin();
            }
            FromHost::Waiting(words) => {
                let texts = words
                    .iter()
                    .filter_map(|(name, words)| decode::waiting(name, words));
                // Whatever becomes of them, the page is to hear what still waits.
                self.inner.update_value(|inner| inner.waiting.push('?'));
                self.act(Action::Restore(texts.collect()));
            }
            FromHost::Opened { focus } => {
                self.show(&|look| look.is_open = true);
                if let Some(client) = self.client() {
                    client.used();
                    client.with(|engine| self.copy(engine));
                }
                self.attend();
                if focus {
                    thread::focus_composer_with_mouse();
                }
            }
            FromHost::Closed => {
                self.show(&|look| look.is_open = false);
                self.attend();
            }
        });
    }

    async fn renew(self) -> Result<String, Problem> {
        let (old, identity) = self
            .inner
            .with_value(|inner| (inner.token.clone(), inner.identity.clone()));
        let visitor = api::create_visitor(old.as_deref(), identity.as_deref()).await?;
        self.bridge().say(ToHost::Token(&visitor));
        self.show(&|look| visitor.site_name.clone_into(&mut look.site_name));
        self.inner
            .update_value(|inner| inner.token = Some(visitor.token.clone()));
        Ok(visitor.token)
    }

    async fn renew_for_client(self) -> Result<Option<String>, RenewError> {
        match self.renew().await {
            Ok(token) => Ok(Some(token)),
            Err(problem) if problem.is_temporary() => Err(RenewError::Unreachable),
            Err(problem) => {
                self.fail(&problem);
                Err(RenewError::Rejected)
            }
        }
    }

    fn fail(self, problem: &Problem) {
        self.show(&|look| look.phase = Phase::Failed(problem.clone()));
    }

    /// The truth is in the engine; this is its picture.
    fn copy(self, engine: &Engine) {
        self.keep_what_waits(engine);
        let id = engine.own_conversation();
        let timeline = id.and_then(|id| engine.timeline(id));
        let conversation = id.and_then(|id| engine.conversation(id));
        let rows = engine.visitor_rows();
        let receipts = id.map(|id| engine.receipts(id)).unwrap_or_default();
        let typist = id.and_then(|id| match engine.typists(id).next() {
            Some(Sender::Agent { name, .. }) => Some(name.clone() + " is typing…"),
            _ => None,
        });
        let link = match engine.connection() {
            Connection::Live => Link::Live,
            Connection::Stopped { .. } => Link::Stopped,
            _ => Link::Connecting,
        };
        if link == Link::Connecting && self.is(|look| look.link == Link::Live) {
            set_timeout(
                move || self.show(&|look| look.is_cut = look.link != Link::Live),
                PATIENCE,
            );
        }
        self.show(&|look| {
            look.link = link;
            look.is_cut &= link != Link::Live;
            look.status = conversation.map(|it| it.status);
            look.agent_is_absent = engine.is_agent_absent();
            look.agent = conversation
                .and_then(|it| it.assignee.as_ref())
                .map(|agent| agent.name.clone());
            look.typing = typist.clone().unwrap_or_default();
            look.is_away = engine.team_online() == Some(false);
            look.is_loaded = match id {
                Some(_) => timeline.is_some_and(|timeline| timeline.is_loaded()),
                None => engine.principal().is_some(),
            };
            look.has_lines = !rows.is_empty();
            look.older = match timeline {
                Some(timeline) if timeline.is_loading_older() => Older::Loading,
                Some(timeline) if timeline.has_older() => Older::Messages,
                _ => Older::Nothing,
            };
        });
        let calendar = Calendar {
            day: time::local_day,
            day_name: time::day_name,
            clock: time::clock,
        };
        thread::show(self, lines(&rows, &receipts, &calendar));
        self.count_unread(&rows, receipts.visitor_seen);
    }

    /// Has the host page keep what waits to be sent.
    fn keep_what_waits(self, engine: &Engine) {
        let waiting = encode::waiting(&engine.waiting());
        if self.inner.with_value(|inner| inner.waiting != waiting) {
            self.bridge().say(ToHost::Waiting(&waiting));
            self.inner.update_value(|inner| inner.waiting = waiting);
        }
    }

    /// Reports to the host page how many messages of agents the visitor has not seen, here or, as the
    /// server reports, elsewhere, with the newest of them for its preview.
    fn count_unread(self, rows: &[Row], told: Seq) {
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
        let is_seeing = self.is(|look| look.is_open);
        let news = self.inner.try_update_value(|inner| {
            if is_seeing {
                inner.seen = newest;
            }
            let seen = inner.seen.max(told);
            let unread = seqs.iter().filter(|&&seq| seq > seen).count();
            (std::mem::replace(&mut inner.unread, unread) != unread).then_some(unread)
        });
        if let Some(unread) = news.flatten() {
            self.bridge()
                .say(ToHost::Unread(unread, newest, author, text));
        }
    }

    fn bridge(self) -> Bridge {
        self.inner.with_value(|inner| inner.bridge.clone())
    }

    fn client(self) -> Option<Client> {
        self.inner.with_value(|inner| inner.client.clone())
    }
}

/// Sets the site's own colours: our published variables and nothing else.
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
