//! What the panel shows, as signals, and what the visitor can do to it.
//!
//! The truth is in the engine; each of its changes is copied into the signals here, and only what
//! differs wakes the page.

pub(crate) mod lines;

use std::rc::Rc;

use deskbell_client::RenewError;
use deskbell_client::web::{Client, Config};
use deskbell_engine::{Action, Connection, Engine, RowKey, Side};
use deskbell_protocol::limits::TEXT_CHARS;
use deskbell_protocol::{ClientId, Conversation, ConversationId, Sender, Seq};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{self, Problem};
use crate::bridge::{Bridge, FromHost, ToHost};
use crate::time;

use lines::{LineView, lines};

/// Where the panel is in its life.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Phase {
    /// The visitor has no token yet.
    Starting,
    /// The client runs; whether it is connected is [`Panel::link`].
    Ready,
    /// It cannot begin.
    Failed(Problem),
}

/// How the panel stands with the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Link {
    Connecting,
    Live,
    /// The server does not want us back; what was written can still be read and copied.
    Stopped,
}

/// What is above the first message that is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Older {
    Nothing,
    Messages,
    Loading,
}

/// A row of the thread: its key stays, its view changes.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) key: RowKey,
    pub(crate) view: ArcRwSignal<LineView>,
}

/// The panel's state; a handle, copied into every component.
#[derive(Clone, Copy)]
pub(crate) struct Panel {
    pub(crate) phase: RwSignal<Phase>,
    pub(crate) site_name: RwSignal<String>,
    pub(crate) link: RwSignal<Link>,
    /// The current conversation; `None` before the first message.
    pub(crate) conversation: RwSignal<Option<Conversation>>,
    pub(crate) lines: RwSignal<Vec<Line>>,
    /// Whether `lines` is what the server has, and not merely what is known so far.
    pub(crate) is_loaded: RwSignal<bool>,
    pub(crate) older: RwSignal<Older>,
    pub(crate) draft: RwSignal<String>,
    /// Whether the host page shows the panel.
    pub(crate) is_open: RwSignal<bool>,
    inner: StoredValue<Inner, LocalStorage>,
}

#[derive(Default)]
struct Inner {
    bridge: Bridge,
    client: Option<Client>,
    token: Option<String>,
    /// The newest message that the visitor has had before their eyes.
    seen: Option<Seq>,
    unread: usize,
}

impl Panel {
    pub(crate) fn new() -> Self {
        Self {
            phase: RwSignal::new(Phase::Starting),
            site_name: RwSignal::default(),
            link: RwSignal::new(Link::Connecting),
            conversation: RwSignal::new(None),
            lines: RwSignal::default(),
            is_loaded: RwSignal::new(false),
            older: RwSignal::new(Older::Nothing),
            draft: RwSignal::default(),
            is_open: RwSignal::new(false),
            inner: StoredValue::new_local(Inner::default()),
        }
    }

    /// Waits for the host page's word, then begins.
    pub(crate) fn start(self) {
        self.bridge().connect(move |message| match message {
            FromHost::Init {
                token,
                draft,
                theme,
            } => {
                apply_theme(&theme);
                self.inner.update_value(|inner| inner.token = token);
                self.draft.update(|text| {
                    if text.is_empty() {
                        *text = draft;
                    }
                });
                self.begin();
            }
            FromHost::Opened => {
                self.is_open.set(true);
                self.refresh();
            }
            FromHost::Closed => self.is_open.set(false),
        });
    }

    /// Gets a token and connects; also what "Try again" does.
    pub(crate) fn begin(self) {
        if self.inner.with_value(|inner| inner.client.is_some()) {
            return;
        }
        self.phase.set(Phase::Starting);
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
                    self.phase.set(Phase::Ready);
                }
                Err(problem) => self.phase.set(Phase::Failed(problem)),
            }
        });
    }

    /// Sends the draft, if it may be sent.
    pub(crate) fn send(self) {
        let text = self.draft.get_untracked().trim().to_owned();
        let may = !text.is_empty() && text.chars().count() <= TEXT_CHARS;
        if may
            && self.act(Action::Send {
                conversation_id: self.conversation_id(),
                text,
            })
        {
            self.write(String::new());
        }
    }

    /// Keeps what is being typed.
    pub(crate) fn write(self, text: String) {
        self.bridge().say(ToHost::Draft(&text));
        self.draft.set(text);
    }

    pub(crate) fn retry(self, id: ClientId) {
        self.act(Action::Retry(id));
    }

    pub(crate) fn discard(self, id: ClientId) {
        self.act(Action::Discard(id));
    }

    pub(crate) fn load_older(self) {
        if self.older.get_untracked() == Older::Messages
            && let Some(id) = self.conversation_id()
        {
            self.act(Action::LoadOlder(id));
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

    fn conversation_id(self) -> Option<ConversationId> {
        self.conversation
            .with_untracked(|conversation| conversation.as_ref().map(|it| it.id))
    }

    fn bridge(self) -> Bridge {
        self.inner.with_value(|inner| inner.bridge.clone())
    }

    fn client(self) -> Option<Client> {
        self.inner.with_value(|inner| inner.client.clone())
    }

    fn act(self, action: Action) -> bool {
        let client = self.client();
        if let Some(client) = &client {
            client.act(action);
        }
        client.is_some()
    }

    async fn renew(self) -> Result<String, Problem> {
        let old = self.inner.with_value(|inner| inner.token.clone());
        let visitor = api::create_visitor(old).await?;
        self.bridge().say(ToHost::Token(&visitor));
        self.site_name.set(visitor.site_name);
        self.inner
            .update_value(|inner| inner.token = Some(visitor.token.clone()));
        Ok(visitor.token)
    }

    async fn renew_for_client(self) -> Result<Option<String>, RenewError> {
        match self.renew().await {
            Ok(token) => Ok(Some(token)),
            Err(problem) if problem.is_temporary() => Err(RenewError::Unreachable),
            Err(problem) => {
                self.phase.set(Phase::Failed(problem));
                Err(RenewError::Rejected)
            }
        }
    }

    fn refresh(self) {
        if let Some(client) = self.client() {
            client.with(|engine| self.copy(engine));
        }
    }

    fn copy(self, engine: &Engine) {
        let id = engine.own_conversation();
        let timeline = id.and_then(|id| engine.timeline(id));
        let conversation = id.and_then(|id| engine.conversation(id));
        let rows = engine.visitor_rows();

        set_changed(
            self.link,
            match engine.connection() {
                Connection::Live => Link::Live,
                Connection::Stopped { .. } => Link::Stopped,
                _ => Link::Connecting,
            },
        );
        set_changed(self.conversation, conversation.cloned());
        set_changed(
            self.is_loaded,
            match id {
                Some(_) => timeline.is_some_and(|timeline| timeline.is_loaded()),
                None => engine.principal().is_some(),
            },
        );
        set_changed(
            self.older,
            match timeline {
                Some(timeline) if timeline.is_loading_older() => Older::Loading,
                Some(timeline) if timeline.has_older() => Older::Messages,
                _ => Older::Nothing,
            },
        );
        self.copy_lines(lines(&rows, time::local_day));

        let from_agents = rows
            .iter()
            .filter(|row| matches!(row.sender, Sender::Agent { .. }));
        self.count_unread(from_agents.filter_map(|row| row.seq).collect());
    }

    /// Rows that were there keep their place in the page and change in it.
    fn copy_lines(self, views: Vec<(RowKey, LineView)>) {
        let old = self.lines.get_untracked();
        let same = old.len() == views.len()
            && old
                .iter()
                .zip(&views)
                .all(|(line, (key, _))| line.key == *key);
        let mut cursor = 0;
        let new: Vec<Line> = views
            .into_iter()
            .map(|(key, view)| {
                // Rows rarely change places: the one wanted is nearly always the next.
                let found = (cursor..old.len())
                    .chain(0..cursor)
                    .find(|&index| old[index].key == key);
                let Some(index) = found else {
                    return Line {
                        key,
                        view: ArcRwSignal::new(view),
                    };
                };
                cursor = index + 1;
                let line = old[index].clone();
                if line.view.with_untracked(|known| *known != view) {
                    line.view.set(view);
                }
                line
            })
            .collect();
        if !same {
            self.lines.set(new);
        }
    }

    fn count_unread(self, seqs: Vec<Seq>) {
        let newest = seqs.last().copied();
        let (unread, changed) = self
            .inner
            .try_update_value(|inner| {
                if self.is_open.get_untracked()
                    || inner.seen.is_none() && self.is_loaded.get_untracked()
                {
                    inner.seen = Some(newest.unwrap_or(0));
                }
                let unread = inner
                    .seen
                    .map_or(0, |seen| seqs.iter().filter(|&&seq| seq > seen).count());
                (
                    unread,
                    std::mem::replace(&mut inner.unread, unread) != unread,
                )
            })
            .unwrap_or_default();
        if changed {
            self.bridge().say(ToHost::Unread(unread));
        }
    }
}

fn set_changed<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|known| *known != value) {
        signal.set(value);
    }
}

/// The site's own colours; nothing but our published variables is taken.
fn apply_theme(theme: &[(String, String)]) {
    use wasm_bindgen::JsCast;
    let root = document()
        .document_element()
        .and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok());
    let Some(style) = root.map(|root| root.style()) else {
        return;
    };
    for (name, value) in theme.iter().filter(|(name, _)| name.starts_with("--cs-")) {
        let _ = style.set_property(name, value);
    }
}
