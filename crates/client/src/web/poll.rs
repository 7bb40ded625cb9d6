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
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use web_sys::AbortController;

use super::http::post;
use super::is_visible;
use crate::decode;

/// The locks under which requests may wait.
const LOCKS: [&str; 2] = ["deskbell-poll-1", "deskbell-poll-2"];
/// The interval of requests that do not wait.
const SHORT_POLL_MS: i32 = 3_000;

/// Calls `navigator.locks.request`. Fails where there are no Web Locks: on pages without TLS.
fn request_lock(name: &str, options: &JsValue, task: &JsValue) -> Result<Promise, JsValue> {
    let navigator = Reflect::get(&web_sys::window().into(), &"navigator".into())?;
    let locks = Reflect::get(&navigator, &"locks".into())?;
    let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
    request
        .call3(&locks, &name.into(), options, task)?
        .dyn_into()
}

/// How a request asks for frames.
#[derive(Clone, Copy, PartialEq)]
enum Ask {
    /// Not at all: it only sends.
    Send,
    /// For those that are ready.
    Ready,
    /// For the next ones.
    Wait,
}

/// An open session. Dropping it ends it; no further input follows.
pub(super) struct Poll(Rc<Inner>);

struct Inner {
    url: String,
    session: RefCell<Option<String>>,
    unsent: RefCell<Vec<String>>,
    /// The number of requests that asked for frames.
    asked: Cell<u32>,
    is_sending: Cell<bool>,
    is_over: Cell<bool>,
    abort: Option<AbortController>,
    tell: Box<dyn Fn(Input)>,
}

impl Poll {
    /// Opens a session with the first frame that is sent.
    pub(super) fn open(socket_url: &str, tell: impl Fn(Input) + 'static) -> Self {
        let inner = Rc::new(Inner {
            url: beside(socket_url),
            session: RefCell::default(),
            unsent: RefCell::default(),
            asked: Cell::new(0),
            is_sending: Cell::new(false),
            is_over: Cell::new(false),
            abort: AbortController::new().ok(),
            tell: Box::new(tell),
        });
        (inner.tell)(Input::Opened);
        Self(inner)
    }

    /// Sends with the next request; the first frame opens the session.
    pub(super) fn send(&self, text: &str) {
        self.0.unsent.borrow_mut().push(text.to_owned());
        if self.0.is_sending.replace(true) {
            return;
        }
        let inner = Rc::clone(&self.0);
        if inner.session.borrow().is_none() {
            spawn_local(async move { inner.listen().await });
        } else {
            spawn_local(async move { inner.flush().await });
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
    /// Opens the session with the first frames, then asks for frames until it ends.
    async fn listen(self: Rc<Self>) {
        if !self.request(Ask::Wait).await {
            return;
        }
        let inner = Rc::clone(&self);
        spawn_local(async move { inner.flush().await });
        while self.ask().await {}
    }

    async fn flush(self: Rc<Self>) {
        while !self.unsent.borrow().is_empty() && self.request(Ask::Send).await {}
        self.is_sending.set(false);
    }

    /// Waits for frames if this tab may, else asks for those that are ready after a pause.
    async fn ask(self: &Rc<Self>) -> bool {
        if is_visible() {
            for lock in LOCKS {
                match self.wait_with(lock).await {
                    Ok(Some(goes_on)) => return goes_on,
                    Ok(None) => {}
                    Err(_) => return self.request(Ask::Wait).await,
                }
            }
        }
        let pause = Promise::new(&mut |resolve, _| {
            if let Some(window) = web_sys::window() {
                let _ = window
                    .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, SHORT_POLL_MS);
            }
        });
        let _ = JsFuture::from(pause).await;
        !self.is_over.get() && self.request(Ask::Ready).await
    }

    /// Waits for frames under a lock; `None` if another tab has it.
    async fn wait_with(self: &Rc<Self>, lock: &str) -> Result<Option<bool>, JsValue> {
        let outcome = Rc::new(Cell::new(None));
        let (inner, result) = (Rc::clone(self), Rc::clone(&outcome));
        let task = Closure::once_into_js(move |lock: JsValue| {
            future_to_promise(async move {
                if !lock.is_null() {
                    result.set(Some(inner.request(Ask::Wait).await));
                }
                Ok(JsValue::UNDEFINED)
            })
        });
        let options = Object::new();
        Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE)?;
        JsFuture::from(request_lock(lock, &options, &task)?).await?;
        Ok(outcome.take())
    }

    /// One request; false when all is over.
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
            (self.tell)(Input::Frame(frame));
        }
        match polled.close_code {
            Some(code) => self.end(Some(code)),
            None => !self.is_over.get(),
        }
    }

    fn end(&self, code: Option<u16>) -> bool {
        if !self.is_over.replace(true) {
            (self.tell)(Input::Closed { code });
        }
        false
    }
}

/// The address of polls: `wss://host/api/v1/socket` → `https://host/api/v1/poll`.
fn beside(socket_url: &str) -> String {
    let rest = socket_url.strip_prefix("ws").unwrap_or(socket_url);
    let rest = rest.strip_suffix("/socket").unwrap_or(rest);
    ["http", rest, "/poll"].concat()
}
