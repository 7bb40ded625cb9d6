//! Long polling over plain HTTP as a source of engine inputs.
//!
//! One request waits for frames of the server; frames of the client are sent with others, one at a
//! time. The first error ends the session: the engine connects again and resumes.
//!
//! A browser opens at most six connections to a host over HTTP/1.1, for all its tabs together. So at
//! most two requests of a browser wait at one time, which Web Locks arbitrate; other tabs, and those
//! in the background, poll every few seconds instead.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use deskbell_engine::Input;
use deskbell_protocol::limits::POLL_FRAMES;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

use super::http::post;
use super::spawn::spawn;
use crate::decode;

/// Waits until the next request may be sent. Returns the function that releases a lock if the request
/// may wait for frames, and `null` if it must not. The function is in `poll_turn.js`, which the boot
/// scripts of the programs contain: in JavaScript it is a third of the size.
async fn poll_turn() -> Result<JsValue, JsValue> {
    let turn = Reflect::get(&web_sys::window().into(), &"deskbellPollTurn".into())?;
    let turn: Promise = turn
        .dyn_into::<Function>()?
        .call0(&JsValue::NULL)?
        .dyn_into()?;
    JsFuture::from(turn).await
}

/// The frames that a request receives.
#[derive(Clone, Copy, PartialEq)]
enum Receive {
    /// None: the request only sends.
    Nothing,
    /// The frames that are ready.
    Ready,
    /// The next frames, for which the request waits.
    Wait,
}

/// An open session. Dropping it ends it; no further input follows.
pub(super) struct Poll(Rc<Inner>);

struct Inner {
    url: String,
    session: RefCell<Option<String>>,
    unsent: RefCell<Vec<String>>,
    /// The number of requests that return frames.
    receiving_requests: Cell<u32>,
    is_sending: Cell<bool>,
    has_ended: Cell<bool>,
    abort: Option<AbortController>,
    on_input: Box<dyn Fn(Input)>,
}

impl Poll {
    /// Prepares a session, which the first frame opens.
    pub(super) fn open(socket_url: &str, on_input: impl Fn(Input) + 'static) -> Self {
        let inner = Rc::new(Inner {
            url: poll_url(socket_url),
            session: RefCell::default(),
            unsent: RefCell::default(),
            receiving_requests: Cell::new(0),
            is_sending: Cell::new(false),
            has_ended: Cell::new(false),
            abort: AbortController::new().ok(),
            on_input: Box::new(on_input),
        });
        (inner.on_input)(Input::Opened);
        Self(inner)
    }

    /// Queues a frame for the next request. The first frame opens the session.
    pub(super) fn send(&self, text: &str) {
        self.0.unsent.borrow_mut().push(text.to_owned());
        if self.0.is_sending.replace(true) {
            return;
        }
        let inner = Rc::clone(&self.0);
        if inner.session.borrow().is_none() {
            spawn(async move { inner.run().await });
        } else {
            spawn(async move { inner.flush().await });
        }
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        self.0.has_ended.set(true);
        if let Some(abort) = &self.0.abort {
            abort.abort();
        }
    }
}

impl Inner {
    /// Opens the session with the first frames, then polls until it ends.
    async fn run(self: Rc<Self>) {
        if !self.request(Receive::Wait).await {
            return;
        }
        let inner = Rc::clone(&self);
        spawn(async move { inner.flush().await });
        while self.poll_once().await {}
    }

    async fn flush(self: Rc<Self>) {
        while !self.unsent.borrow().is_empty() && self.request(Receive::Nothing).await {}
        self.is_sending.set(false);
    }

    /// Waits for frames if this tab may; otherwise pauses and requests those that are ready.
    async fn poll_once(&self) -> bool {
        let Ok(turn) = poll_turn().await else {
            return self.request(Receive::Wait).await;
        };
        if turn.is_null() {
            return !self.has_ended.get() && self.request(Receive::Ready).await;
        }
        let is_open = !self.has_ended.get() && self.request(Receive::Wait).await;
        let release: Function = turn.unchecked_into();
        let _ = release.call0(&JsValue::NULL);
        is_open
    }

    /// Sends a request. False means that the session has ended.
    async fn request(&self, receive: Receive) -> bool {
        let session = self.session.borrow().clone();
        let frames = if receive != Receive::Nothing && session.is_some() {
            String::new()
        } else {
            let mut unsent = self.unsent.borrow_mut();
            let count = unsent.len().min(POLL_FRAMES);
            unsent.drain(..count).collect::<Vec<_>>().join(",")
        };
        // Both are JSON already: the session consists of letters, digits, `-` and `_`.
        let session =
            session.map_or_else(String::new, |id| ["\"session\":\"", &id, "\","].concat());
        let wait = match receive {
            Receive::Nothing => "false}".to_owned(),
            _ => {
                self.receiving_requests
                    .set(self.receiving_requests.get() + 1);
                let number = self.receiving_requests.get().to_string();
                let limit = match receive {
                    Receive::Ready => ",\"wait_ms\":0}",
                    _ => "}",
                };
                ["true,\"number\":", &number, limit].concat()
            }
        };
        let body = ["{", &session, "\"frames\":[", &frames, "],\"wait\":", &wait].concat();
        let signal = self.abort.as_ref().map(AbortController::signal);
        let response = post(&self.url, &body, signal.as_ref()).await;
        if self.has_ended.get() {
            return false;
        }
        let Some(polled) = response
            .ok()
            .filter(|(ok, _)| *ok)
            .and_then(|(_, text)| decode::polled(&text))
        else {
            return self.end(None);
        };
        *self.session.borrow_mut() = Some(polled.session);
        for frame in polled.frames {
            (self.on_input)(Input::Frame(frame));
        }
        match polled.close_code {
            Some(code) => self.end(Some(code)),
            None => !self.has_ended.get(),
        }
    }

    fn end(&self, code: Option<u16>) -> bool {
        if !self.has_ended.replace(true) {
            (self.on_input)(Input::Closed { code });
        }
        false
    }
}

/// The address for polls: `wss://host/api/v1/socket` → `https://host/api/v1/poll`.
fn poll_url(socket_url: &str) -> String {
    let rest = socket_url.strip_prefix("ws").unwrap_or(socket_url);
    let rest = rest.strip_suffix("/socket").unwrap_or(rest);
    ["http", rest, "/poll"].concat()
}
