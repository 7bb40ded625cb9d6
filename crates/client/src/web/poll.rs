//! Frames over plain HTTP that speak in inputs of the engine.
//!
//! One request waits for what the server says; what the client says goes out in others, one at a
//! time. The first thing that goes wrong ends it all: the engine connects anew and resumes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use deskbell_engine::Input;
use deskbell_protocol::limits::POLL_FRAMES;
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

use super::http::post;
use crate::decode;

/// An open session. Dropped, it ends and says nothing more.
pub(super) struct Poll(Rc<Inner>);

struct Inner {
    url: String,
    session: RefCell<Option<String>>,
    unsent: RefCell<Vec<String>>,
    /// How many requests have waited.
    waited: Cell<u32>,
    is_sending: Cell<bool>,
    is_over: Cell<bool>,
    abort: Option<AbortController>,
    tell: Box<dyn Fn(Input)>,
}

impl Poll {
    /// Whether it works shows when the first frame comes.
    pub(super) fn open(socket_url: &str, tell: impl Fn(Input) + 'static) -> Self {
        let inner = Rc::new(Inner {
            url: beside(socket_url),
            session: RefCell::default(),
            unsent: RefCell::default(),
            waited: Cell::new(0),
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
    /// Opens the session with the first frames, then waits again and again.
    async fn listen(self: Rc<Self>) {
        if !self.request(true).await {
            return;
        }
        let inner = Rc::clone(&self);
        spawn_local(async move { inner.flush().await });
        while self.request(true).await {}
    }

    async fn flush(self: Rc<Self>) {
        while !self.unsent.borrow().is_empty() && self.request(false).await {}
        self.is_sending.set(false);
    }

    /// One request; false when all is over.
    async fn request(&self, wait: bool) -> bool {
        let session = self.session.borrow().clone();
        let frames = if wait && session.is_some() {
            String::new()
        } else {
            let mut unsent = self.unsent.borrow_mut();
            let count = unsent.len().min(POLL_FRAMES);
            unsent.drain(..count).collect::<Vec<_>>().join(",")
        };
        // Both are written as JSON already: the session is made of letters, digits, `-` and `_`.
        let session =
            session.map_or_else(String::new, |id| ["\"session\":\"", &id, "\","].concat());
        let waits = match wait {
            true => {
                self.waited.set(self.waited.get() + 1);
                let number = self.waited.get().to_string();
                ["true,\"number\":", &number, "}"].concat()
            }
            false => "false}".to_owned(),
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
