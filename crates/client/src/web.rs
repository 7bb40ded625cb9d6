//! The client in a browser: it runs the engine with a WebSocket or long polls, timers and page events.
//!
//! Inputs go through a queue, and the call that finds the queue idle handles them until it is empty.
//! So a callback of the client may call the client again.

pub mod http;
mod poll;
mod socket;
pub mod spawn;
mod timer;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};

use deskbell_engine::{Action, Effect, Engine, Input, Side, Token};
#[cfg(feature = "agent")]
use deskbell_protocol::ClientMessageId;
use deskbell_protocol::CloseCode;
use spawn::spawn;
use wasm_bindgen::prelude::*;
use web_sys::{Event, VisibilityState};

use crate::RenewError;
use crate::clock::Clock;
use crate::encode;
use crate::transport_choice::{TransportChoice, TransportKind};
use poll::Poll;
use socket::Socket;
use timer::Timer;

/// How long a page without the focus counts as in use after a key or a pointer was used in it: a frame
/// has no focus while the page around it has.
const IN_USE_MS: i64 = 10_000;
/// Tests whether a socket lets frames through: the server answers any first frame, this one with a
/// refusal.
const SOCKET_TEST: &str = "{\"id\":0,\"command\":{\"type\":\"ping\"}}";
/// The events of the window that show whether there is a network, and whether the page is in use.
const WINDOW_EVENTS: [&str; 7] = [
    "online",
    "offline",
    "focus",
    "blur",
    "keydown",
    "pointerdown",
    "pointermove",
];

/// A renewed token, or why there is none.
pub type Renewal = Pin<Box<dyn Future<Output = Result<Option<Token>, RenewError>>>>;

/// The address and the identity of a client.
#[derive(Clone)]
pub struct Config {
    /// `ws://` or `wss://`, the host, `/api/v1/socket`.
    pub url: String,
    /// Visitor or agent.
    pub side: Side,
    /// A visitor's token; an agent's browser has none, but a cookie.
    pub token: Option<Token>,
    /// Called when the token has to be renewed or has expired. Returns the new one, or `None` if it is a cookie.
    pub renew: Rc<dyn Fn() -> Renewal>,
}

/// A running client. Clones are the same client.
#[derive(Clone)]
pub struct Client(Rc<Shared>);

struct Shared {
    config: Config,
    engine: RefCell<Engine>,
    inputs: RefCell<VecDeque<Input>>,
    is_handling: Cell<bool>,
    is_stopped: Cell<bool>,
    /// Whether the newest message is in sight, provided that the page is.
    is_newest_visible: Cell<bool>,
    clock: Cell<Clock>,
    /// When a key or a pointer was last used in the page.
    used_at: Cell<i64>,
    transport: RefCell<Option<Transport>>,
    choice: RefCell<TransportChoice>,
    /// A WebSocket that is tested beside the polls, and the timer of the next test.
    trial: RefCell<Option<Socket>>,
    trial_timer: Timer,
    /// The number of the current connection. Inputs of earlier connections are ignored.
    generation: Cell<u32>,
    timer: Timer,
    on_event: RefCell<Option<Closure<dyn FnMut(Event)>>>,
    on_change: Box<dyn Fn(&Engine, &[Effect])>,
}

/// The transport of the frames.
enum Transport {
    Socket(Socket),
    Poll(Poll),
}

impl Transport {
    fn send(&self, text: &str) {
        match self {
            Self::Socket(socket) => socket.send(text),
            Self::Poll(poll) => poll.send(text),
        }
    }
}

impl Client {
    /// Starts a client and connects it. `on_change` is called after a change or a refusal.
    pub fn start(config: Config, on_change: impl Fn(&Engine, &[Effect]) + 'static) -> Client {
        let token = config.token.clone();
        let client = Self::new(config, on_change);
        client.connect(token);
        client
    }

    /// Creates a client that is not connected yet: texts that are sent wait in its outbox.
    pub fn new(config: Config, on_change: impl Fn(&Engine, &[Effect]) + 'static) -> Client {
        let engine = Engine::new(config.side);
        let shared = Rc::new_cyclic(|this: &Weak<Shared>| {
            let ticking = this.clone();
            let trying = this.clone();
            Shared {
                config,
                engine: RefCell::new(engine),
                inputs: RefCell::default(),
                is_handling: Cell::new(false),
                is_stopped: Cell::new(false),
                is_newest_visible: Cell::new(false),
                clock: Cell::default(),
                used_at: Cell::new(0),
                transport: RefCell::default(),
                choice: RefCell::default(),
                trial: RefCell::default(),
                trial_timer: Timer::new(move || Shared::try_socket(&trying)),
                generation: Cell::new(0),
                timer: Timer::new(move || Client::input_weak(&ticking, Input::Tick)),
                on_event: RefCell::default(),
                on_change: Box::new(on_change),
            }
        });
        Client(shared)
    }

    /// Connects a new client.
    pub fn connect(&self, token: Option<Token>) {
        self.0.engine.borrow_mut().set_token(token);
        self.watch_page();
        self.input(Input::Online);
    }

    /// Performs an action of the user.
    pub fn act(&self, action: Action) {
        self.input(Input::Action(action));
    }

    /// Records that the page is in use, where no event in it shows that.
    pub fn record_activity(&self) {
        self.0.used_at.set(self.0.now());
        self.input(Input::Tick);
    }

    /// Sets whether the newest message of the open conversation is visible. It counts as seen only
    /// while the page is visible and in use, which the client observes itself.
    pub fn set_newest_visible(&self, visible: bool) {
        self.0.is_newest_visible.set(visible);
        self.input(Input::Tick);
    }

    /// Connects now instead of at the next scheduled attempt, for "Retry now".
    pub fn retry_now(&self) {
        self.input(Input::Online);
    }

    /// Reads the engine's state. The closure must not call [`Client::act`].
    pub fn with<T>(&self, read: impl FnOnce(&Engine) -> T) -> T {
        read(&self.0.engine.borrow())
    }

    /// Closes the connection permanently. Dropping the last clone does the same.
    pub fn stop(&self) {
        self.0.is_stopped.set(true);
        self.0.close();
    }

    fn input(&self, input: Input) {
        self.0.inputs.borrow_mut().push_back(input);
        if self.0.is_stopped.get() || self.0.is_handling.replace(true) {
            return;
        }
        loop {
            let next = self.0.inputs.borrow_mut().pop_front();
            let Some(input) = next else { break };
            self.handle(input);
        }
        self.0.is_handling.set(false);
    }

    fn input_weak(this: &Weak<Shared>, input: Input) {
        if let Some(shared) = this.upgrade() {
            Client(shared).input(input);
        }
    }

    fn handle(&self, input: Input) {
        let now = self.0.now();
        let visible = self.0.is_newest_visible.get() && self.0.is_in_use(now);
        let effects = {
            let mut engine = self.0.engine.borrow_mut();
            let visibility = Input::Action(Action::NewestVisible(visible));
            let mut effects = engine.handle(visibility, now, &mut random);
            effects.extend(engine.handle(input, now, &mut random));
            effects
        };
        let mut changes = Vec::new();
        for effect in effects {
            match effect {
                Effect::Transmit(frame) => {
                    if let Some(transport) = &*self.0.transport.borrow() {
                        transport.send(&encode::frame(&frame));
                    }
                }
                Effect::Connect => self.open_connection(),
                Effect::Renew => self.renew(true),
                Effect::RenewToken => self.renew(false),
                Effect::Disconnect => self.0.close(),
                Effect::TickAt(at) => self.0.timer.set(at - now),
                // The others are for the page.
                effect => changes.push(effect),
            }
        }
        if !changes.is_empty() && !self.0.is_stopped.get() {
            (self.0.on_change)(&self.0.engine.borrow(), &changes);
        }
    }

    fn open_connection(&self) {
        self.0.close();
        let generation = self.0.generation.get();
        let this = Rc::downgrade(&self.0);
        let on_input = move |input| {
            let current = this
                .upgrade()
                .filter(|shared| shared.generation.get() == generation);
            if let Some(shared) = current {
                if matches!(input, Input::Frame(_)) {
                    shared.choice.borrow_mut().record_frame();
                }
                Client(shared).input(input);
            }
        };
        let url = &self.0.config.url;
        let kind = self.0.choice.borrow_mut().choose();
        let transport = match kind {
            TransportKind::Socket => Socket::open(url, on_input).map(Transport::Socket),
            TransportKind::Poll => {
                self.0.plan_trial();
                Some(Transport::Poll(Poll::open(url, on_input)))
            }
        };
        match transport {
            Some(transport) => *self.0.transport.borrow_mut() = Some(transport),
            None => self.input(Input::Closed { code: None }),
        }
    }

    /// Renews the token. `reconnect`: the token has expired, so the client closes the connection and opens
    /// a new one. Otherwise the connection stays, and after a failure the engine requests it again.
    fn renew(&self, reconnect: bool) {
        if reconnect {
            self.0.close();
        }
        let generation = self.0.generation.get();
        let this = Rc::downgrade(&self.0);
        let renewal = (self.0.config.renew)();
        spawn(async move {
            let outcome = renewal.await;
            let Some(shared) = this.upgrade() else { return };
            let is_outdated = shared.is_stopped.get() || shared.generation.get() != generation;
            let client = Client(shared);
            let code = match outcome {
                Ok(token) => {
                    client.0.engine.borrow_mut().set_token(token);
                    if reconnect && !is_outdated {
                        client.open_connection();
                    }
                    return;
                }
                Err(RenewError::Rejected) => Some(CloseCode::Unauthenticated.code()),
                Err(RenewError::Unreachable) => None,
            };
            if reconnect && !is_outdated {
                client.input(Input::Closed { code });
            }
        });
    }

    /// Listens to the page events: the network, the page's visibility and focus, and its use.
    fn watch_page(&self) {
        let this = Rc::downgrade(&self.0);
        let on_event = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            let Some(client) = this.upgrade().map(Client) else {
                return;
            };
            match &*event.type_() {
                "offline" => client.input(Input::Offline),
                "online" | "visibilitychange" if is_visible() => client.retry_now(),
                "blur" => {
                    client.0.used_at.set(0);
                    client.input(Input::Tick);
                }
                "focus" | "online" | "visibilitychange" => client.input(Input::Tick),
                _ if client.0.is_in_use(client.0.now()) => client.0.used_at.set(client.0.now()),
                _ => client.record_activity(),
            }
        });
        for_page(|page, event| page.add_event_listener_with_callback(event, listener(&on_event)));
        *self.0.on_event.borrow_mut() = Some(on_event);
    }
}

impl Shared {
    fn now(&self) -> i64 {
        let window = web_sys::window();
        let performance = window.and_then(|window| window.performance());
        let monotonic = performance.map_or(0.0, |performance| performance.now());
        let mut clock = self.clock.get();
        let now = clock.now(js_sys::Date::now() as i64, monotonic as i64);
        self.clock.set(clock);
        now
    }

    /// Whether the page is likely to be seen: it is visible, and has the focus or was used a moment ago.
    fn is_in_use(&self, now: i64) -> bool {
        let document = web_sys::window().and_then(|window| window.document());
        let is_focused = document.is_none_or(|it| it.has_focus().unwrap_or(true));
        is_visible() && (is_focused || now - self.used_at.get() < IN_USE_MS)
    }

    fn close(&self) {
        self.generation.set(self.generation.get().wrapping_add(1));
        drop(self.trial.borrow_mut().take());
        drop(self.transport.borrow_mut().take());
    }

    fn plan_trial(&self) {
        let wait_ms = self.choice.borrow_mut().next_trial_ms();
        self.trial_timer.set(wait_ms);
    }

    /// Tests a WebSocket while the polls continue. The connection moves to it after its first frame.
    fn try_socket(this: &Weak<Self>) {
        let Some(shared) = this.upgrade() else { return };
        if !matches!(&*shared.transport.borrow(), Some(Transport::Poll(_))) {
            return;
        }
        shared.plan_trial();
        let generation = shared.generation.get();
        let this = Weak::clone(this);
        let trial = Socket::open(&shared.config.url, move |input| {
            let current = this
                .upgrade()
                .filter(|shared| shared.generation.get() == generation);
            let Some(shared) = current else { return };
            match input {
                Input::Opened => {
                    if let Some(trial) = &*shared.trial.borrow() {
                        trial.send(SOCKET_TEST);
                    }
                }
                Input::Frame(_) => {
                    let client = Client(shared);
                    client.input(Input::Closed { code: None });
                    client.retry_now();
                }
                _ => {}
            }
        });
        *shared.trial.borrow_mut() = trial;
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(on_event) = self.on_event.get_mut() {
            for_page(|page, event| {
                page.remove_event_listener_with_callback(event, listener(on_event))
            });
        }
    }
}

fn listener(closure: &Closure<dyn FnMut(Event)>) -> &js_sys::Function {
    closure.as_ref().unchecked_ref()
}

fn for_page(f: impl Fn(&web_sys::EventTarget, &str) -> Result<(), JsValue>) {
    let Some(window) = web_sys::window() else {
        return;
    };
    // Without these events the client only reconnects later.
    for event in WINDOW_EVENTS {
        let _ = f(&window, event);
    }
    if let Some(document) = window.document() {
        let _ = f(&document, "visibilitychange");
    }
}

fn is_visible() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_none_or(|document| document.visibility_state() == VisibilityState::Visible)
}

/// A new id for a note.
#[cfg(feature = "agent")]
pub fn new_client_id() -> ClientMessageId {
    ClientMessageId::from_parts(js_sys::Date::now() as i64, random())
}

fn random() -> [u8; 10] {
    let mut bytes = [0; 10];
    if let Some(crypto) = web_sys::window().and_then(|window| window.crypto().ok()) {
        // Fails for requests above 64 KiB only.
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes
}
