//! The client in a browser's page.
//!
//! One thread, no locks: whatever happens is put in a queue, and whoever finds nobody at work
//! takes from the queue until it is empty. So code called by the client may call it back.

mod alarm;
pub mod http;
mod poll;
mod socket;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};

use deskbell_engine::{Action, Effect, Engine, Input, Side};
use deskbell_protocol::CloseCode;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::VisibilityState;

use crate::RenewError;
use crate::encode;
use crate::route::{Route, Way};
use alarm::Alarm;
use poll::Poll;
use socket::Socket;

/// A token to be, or why there is none.
pub type Renewal = Pin<Box<dyn Future<Output = Result<Option<String>, RenewError>>>>;

/// Where to connect, and as whom.
#[derive(Clone)]
pub struct Config {
    /// `ws://` or `wss://`, the host, `/api/v1/socket`.
    pub url: String,
    /// Visitor or agent.
    pub side: Side,
    /// A visitor's token; an agent's browser has none, but a cookie.
    pub token: Option<String>,
    /// Called when the token's time is over. Gives the new one, or `None` if it is a cookie.
    pub renew: Rc<dyn Fn() -> Renewal>,
}

/// A running client. Clones are the same client.
#[derive(Clone)]
pub struct Client(Rc<Shared>);

struct Shared {
    config: Config,
    engine: RefCell<Engine>,
    inputs: RefCell<VecDeque<Input>>,
    is_working: Cell<bool>,
    is_stopped: Cell<bool>,
    /// The newest message is in sight, if the page is.
    is_looking: Cell<bool>,
    wire: RefCell<Option<Wire>>,
    route: RefCell<Route>,
    /// A WebSocket that is tried beside the polls, and when.
    trial: RefCell<Option<Socket>>,
    trial_alarm: Alarm,
    /// Counts sockets, so that news of an old one is told from news of this one.
    generation: Cell<u32>,
    alarm: Alarm,
    wake: RefCell<Option<Closure<dyn FnMut()>>>,
    on_change: Box<dyn Fn(&Engine, &[Effect])>,
}

/// What carries the frames.
enum Wire {
    Socket(Socket),
    Poll(Poll),
}

impl Wire {
    fn send(&self, text: &str) {
        match self {
            Self::Socket(socket) => socket.send(text),
            Self::Poll(poll) => poll.send(text),
        }
    }
}

impl Client {
    /// Starts, and connects. `on_change` hears what changed or was refused, after it did.
    pub fn start(config: Config, on_change: impl Fn(&Engine, &[Effect]) + 'static) -> Client {
        let mut engine = Engine::new(config.side);
        engine.set_token(config.token.clone());
        let shared = Rc::new_cyclic(|this: &Weak<Shared>| {
            let ticked = this.clone();
            let tried = this.clone();
            Shared {
                config,
                engine: RefCell::new(engine),
                inputs: RefCell::default(),
                is_working: Cell::new(false),
                is_stopped: Cell::new(false),
                is_looking: Cell::new(false),
                wire: RefCell::default(),
                route: RefCell::default(),
                trial: RefCell::default(),
                trial_alarm: Alarm::new(move || Shared::try_socket(&tried)),
                generation: Cell::new(0),
                alarm: Alarm::new(move || Client::tell_weak(&ticked, Input::Tick)),
                wake: RefCell::default(),
                on_change: Box::new(on_change),
            }
        });
        let client = Client(shared);
        client.watch_page();
        client.tell(Input::Online);
        client
    }

    /// Does what the person wants.
    pub fn act(&self, action: Action) {
        self.tell(Input::Action(action));
    }

    /// The newest message of what is open is in sight, or not any more. Whether somebody can see
    /// the page at all is the client's to know.
    pub fn look(&self, looking: bool) {
        self.0.is_looking.set(looking);
        self.act(Action::Look(looking && is_visible()));
    }

    /// Connects now instead of later: for "retry now".
    pub fn retry_now(&self) {
        self.tell(Input::Online);
    }

    /// Looks at the engine. Do not keep what you see; do not call [`Client::act`] from within.
    pub fn with<T>(&self, look: impl FnOnce(&Engine) -> T) -> T {
        look(&self.0.engine.borrow())
    }

    /// Closes the connection for good. Dropping the last clone does the same.
    pub fn stop(&self) {
        self.0.is_stopped.set(true);
        self.0.close();
    }

    fn tell(&self, input: Input) {
        self.0.inputs.borrow_mut().push_back(input);
        if self.0.is_stopped.get() || self.0.is_working.replace(true) {
            return;
        }
        loop {
            let next = self.0.inputs.borrow_mut().pop_front();
            let Some(input) = next else { break };
            self.work(input);
        }
        self.0.is_working.set(false);
    }

    fn tell_weak(this: &Weak<Shared>, input: Input) {
        if let Some(shared) = this.upgrade() {
            Client(shared).tell(input);
        }
    }

    fn work(&self, input: Input) {
        let now = js_sys::Date::now() as i64;
        let effects = self.0.engine.borrow_mut().handle(input, now, &mut random);
        let mut news = Vec::new();
        for effect in effects {
            match effect {
                Effect::Transmit(frame) => {
                    if let Some(wire) = &*self.0.wire.borrow() {
                        wire.send(&encode::frame(&frame));
                    }
                }
                Effect::Connect => self.connect(),
                Effect::Renew => self.renew(),
                Effect::Disconnect => self.0.close(),
                Effect::TickAt(at) => self.0.alarm.set(at - now),
                Effect::Changed(_) | Effect::Refused { .. } => news.push(effect),
            }
        }
        if !news.is_empty() && !self.0.is_stopped.get() {
            (self.0.on_change)(&self.0.engine.borrow(), &news);
        }
    }

    fn connect(&self) {
        self.0.close();
        let generation = self.0.generation.get();
        let this = Rc::downgrade(&self.0);
        let tell = move |input| {
            let current = this
                .upgrade()
                .filter(|shared| shared.generation.get() == generation);
            if let Some(shared) = current {
                if matches!(input, Input::Frame(_)) {
                    shared.route.borrow_mut().arrived();
                }
                Client(shared).tell(input);
            }
        };
        let url = &self.0.config.url;
        let way = self.0.route.borrow_mut().begin();
        let wire = match way {
            Way::Socket => Socket::open(url, tell).map(Wire::Socket),
            Way::Poll => {
                self.0.plan_trial();
                Some(Wire::Poll(Poll::open(url, tell)))
            }
        };
        match wire {
            Some(wire) => *self.0.wire.borrow_mut() = Some(wire),
            None => self.tell(Input::Closed { code: None }),
        }
    }

    fn renew(&self) {
        self.0.close();
        let generation = self.0.generation.get();
        let this = Rc::downgrade(&self.0);
        let renewal = (self.0.config.renew)();
        spawn_local(async move {
            let outcome = renewal.await;
            let Some(shared) = this.upgrade() else { return };
            if shared.is_stopped.get() || shared.generation.get() != generation {
                return;
            }
            let client = Client(shared);
            match outcome {
                Ok(token) => {
                    client.0.engine.borrow_mut().set_token(token);
                    client.connect();
                }
                Err(RenewError::Rejected) => {
                    let code = Some(CloseCode::Unauthenticated.code());
                    client.tell(Input::Closed { code });
                }
                Err(RenewError::Unreachable) => client.tell(Input::Closed { code: None }),
            }
        });
    }

    /// The network is back, or somebody looks at the page again: no more waiting.
    fn watch_page(&self) {
        let this = Rc::downgrade(&self.0);
        let wake = Closure::<dyn FnMut()>::new(move || {
            let Some(client) = this.upgrade().map(Client) else {
                return;
            };
            if is_visible() {
                client.retry_now();
            }
            client.look(client.0.is_looking.get());
        });
        for_page(|page, event| page.add_event_listener_with_callback(event, listener(&wake)));
        *self.0.wake.borrow_mut() = Some(wake);
    }
}

impl Shared {
    fn close(&self) {
        self.generation.set(self.generation.get().wrapping_add(1));
        drop(self.trial.borrow_mut().take());
        drop(self.wire.borrow_mut().take());
    }

    fn plan_trial(&self) {
        let wait_ms = self.route.borrow_mut().next_trial_ms();
        self.trial_alarm.set(wait_ms);
    }

    /// If a WebSocket opens beside the polls, the connection moves there.
    fn try_socket(this: &Weak<Self>) {
        let Some(shared) = this.upgrade() else { return };
        if !matches!(&*shared.wire.borrow(), Some(Wire::Poll(_))) {
            return;
        }
        shared.plan_trial();
        let generation = shared.generation.get();
        let this = Weak::clone(this);
        let trial = Socket::open(&shared.config.url, move |input| {
            let current = this
                .upgrade()
                .filter(|shared| shared.generation.get() == generation);
            if let (Some(shared), Input::Opened) = (current, input) {
                let client = Client(shared);
                client.tell(Input::Closed { code: None });
                client.retry_now();
            }
        });
        *shared.trial.borrow_mut() = trial;
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(wake) = self.wake.get_mut() {
            for_page(|page, event| page.remove_event_listener_with_callback(event, listener(wake)));
        }
    }
}

fn listener(closure: &Closure<dyn FnMut()>) -> &js_sys::Function {
    closure.as_ref().unchecked_ref()
}

fn for_page(f: impl Fn(&web_sys::EventTarget, &str) -> Result<(), JsValue>) {
    let Some(window) = web_sys::window() else {
        return;
    };
    // A page without these events is only slower to come back.
    let _ = f(&window, "online");
    if let Some(document) = window.document() {
        let _ = f(&document, "visibilitychange");
    }
}

fn is_visible() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_none_or(|document| document.visibility_state() == VisibilityState::Visible)
}

fn random() -> [u8; 10] {
    let mut bytes = [0; 10];
    if let Some(crypto) = web_sys::window().and_then(|window| window.crypto().ok()) {
        // Fails for requests above 64 KiB only.
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes
}
