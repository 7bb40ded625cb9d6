//! Long polling over plain HTTP as a source of engine inputs.
//!
//! One request waits for frames of the server; frames of the client are sent with others, one at a
//! time. The first error ends the session: the engine connects again and resumes.
//!
//! A browser opens at most six connections to a host over HTTP/1.1, for all its tabs together. So at
//! most two requests of a browser wait at one time, which Web Locks arbitrate; other tabs, and those
//! in the background, ask every few seconds instead.

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

/// The way in which a request asks for frames.
#[derive(Clone, Copy, PartialEq)]
enum Ask {
    /// It asks for none and only sends.
    Send,
    /// It asks for the frames that are ready.
    Ready,
    /// It waits for the next frames.
    Wait,
}

/// An open session. Dropping it ends it; no further input follows.
pub(super) struct Poll(Rc<Inner>);

struct Inner {
    url: String,
    session: RefCell<Option<String>>,
    unsent: RefCell<Vec<String>>,
    /// The number of requests that return frames.
    asked: Cell<u32>,
    is_sending: Cell<bool>,
    is_over: Cell<bool>,
    abort: Option<AbortController>,
    on_input: Box<dyn Fn(Input)>,
}

impl Poll {
    /// Prepares a session, which the first frame opens.
    pub(super) fn open(socket_url: &str, on_input: impl Fn(Input) + 'static) -> Self {
        let inner = Rc::new(Inner {
            url: beside(socket_url),
            session: RefCell::default(),
            unsent: RefCell::default(),
            asked: Cell::new(0),
            is_sending: Cell::new(false),
            is_over: Cell::new(false),
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
            spawn(async move { inner.listen().await });
        } else {
            spawn(async move { inner.flush().await });
        }
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        self.0.is_over.set(true);
        if let Some(abort) = &self.0.abort {
            abort.abort();
        }
    }
}

impl Inner {
    /// Opens the session with the first frames, then polls until it ends.
    async fn listen(self: Rc<Self>) {
        if !self.request(Ask::Wait).await {
            return;
        }
        let inner = Rc::clone(&self);
        spawn(async move { inner.flush().await });
        while self.ask().await {}
    }

    async fn flush(self: Rc<Self>) {
        while !self.unsent.borrow().is_empty() && self.request(Ask::Send).await {}
        self.is_sending.set(false);
    }

    /// Waits for frames if this tab may; otherwise pauses and asks for those that are ready.
    async fn ask(&self) -> bool {
        let Ok(turn) = poll_turn().await else {
            return self.request(Ask::Wait).await;
        };
        if turn.is_null() {
            return !self.is_over.get() && self.request(Ask::Ready).await;
        }
        let is_open = !self.is_over.get() && self.request(Ask::Wait).await;
        let release: Function = turn.unchecked_into();
        let _ = release.call0(&JsValue::NULL);
        is_open
    }

    /// Sends a request. False means that the session has ended.
    async fn request(&self, ask: Ask) -> bool {
        let session = self.session.borrow().clone();
        let frames = if ask != Ask::Send && session.is_some() {
            String::new()
        } else {
            let mut unsent = self.unsent.borrow_mut();
            let count = unsent.len().min(POLL_FRAMES);
            unsent.drain(..count).collect::<Vec<_>>().join(",")
        };
        // Both are JSON already: the session consists of letters, digits, `-` and `_`.
        let session =
            session.map_or_else(String::new, |id| ["\"session\":\"", &id, "\","].concat());
        let waits = match ask {
            Ask::Send => "false}".to_owned(),
            _ => {
                self.asked.set(self.asked.get() + 1);
                let number = self.asked.get().to_string();
                let limit = match ask {
                    Ask::Ready => ",\"wait_ms\":0}",
                    _ => "}",
                };
                ["true,\"number\":", &number, limit].concat()
            }
        };
        let body = [
            "{",
            &session,
            "\"frames\":[",
            &frames,
            "],\"wait\":",
            &waits,
        ]
        .concat();
        let signal = self.abort.as_ref().map(AbortController::signal);
        let answer = post(&self.url, &body, signal.as_ref()).await;
        if self.is_over.get() {
            return false;
        }
        let Some(polled) = answer
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
            None => !self.is_over.get(),
        }
    }

    fn end(&self, code: Option<u16>) -> bool {
        if !self.is_over.replace(true) {
            (self.on_input)(Input::Closed { code });
        }
        false
    }
}

/// The address for polls: `wss://host/api/v1/socket` → `https://host/api/v1/poll`.
fn beside(socket_url: &str) -> String {
    let rest = socket_url.strip_prefix("ws").unwrap_or(socket_url);
    let rest = rest.strip_suffix("/socket").unwrap_or(rest);
    ["http", rest, "/poll"].concat()
}
