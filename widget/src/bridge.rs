//! The frame's end of the conversation with the host page's loader.
//!
//! Only the host page may speak: messages count if they come from the parent window, and from the
//! origin of its first `init`. The browser has let nobody but the site's allowed origins embed
//! this frame (`frame-ancestors`), so the first `init` is one of theirs; from then on everything
//! is addressed to that origin alone. `ready`, which comes before, holds nothing secret.

use std::cell::RefCell;
use std::rc::Rc;

#[cfg(doc)]
use deskbell_client::decode;
use deskbell_client::encode;
use deskbell_protocol::Seq;
use deskbell_protocol::api::visitors::VisitorToken;
use js_sys::{Object, Reflect};
use leptos::prelude::window;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Window};

/// What the loader says.
pub(crate) enum FromHost {
    /// Begin: the token and the draft that the page kept, who it says the visitor is (as JSON), and the
    /// site's colours.
    Init {
        token: Option<String>,
        identity: Option<String>,
        draft: String,
        theme: Vec<(String, String)>,
    },
    /// Words that the page has kept from one before, as [`decode::waiting`] reads them.
    Waiting(Vec<(String, String)>),
    /// The panel is visible; `focus` says whether the visitor opened it and is to type there.
    Opened { focus: bool },
    /// The panel went out of sight.
    Closed,
}

/// What the frame says.
pub(crate) enum ToHost<'a> {
    Ready,
    Token(&'a VisitorToken),
    Close,
    /// How many messages are unread, and the newest message of an agent: its place, author and text.
    Unread(usize, Seq, &'a str, &'a str),
    Draft(&'a str),
    /// All that waits to be sent, as [`encode::waiting`] writes it: the page may end before it is.
    Waiting(&'a str),
}

/// The way to the host page.
#[derive(Clone, Default)]
pub(crate) struct Bridge {
    origin: Rc<RefCell<Option<String>>>,
}

impl Bridge {
    /// Listens for as long as the page lives, and tells the loader that it may speak. A panel that
    /// stands alone in a tab has no loader and begins at once.
    pub(crate) fn connect(&self, hear: impl Fn(FromHost) + 'static) {
        let Some(parent) = parent() else {
            hear(FromHost::Init {
                token: None,
                identity: None,
                draft: String::new(),
                theme: Vec::new(),
            });
            return hear(FromHost::Opened { focus: true });
        };
        let bridge = self.clone();
        let host = JsValue::from(parent);
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let from_host = event
                .source()
                .is_some_and(|source| JsValue::from(source) == host);
            if from_host && let Some(message) = bridge.accept(&event) {
                hear(message);
            }
        });
        let _ =
            window().add_event_listener_with_callback("message", listener.as_ref().unchecked_ref());
        listener.forget();
        self.say(ToHost::Ready);
    }

    /// Tells the loader something; without a loader, nothing happens.
    pub(crate) fn say(&self, message: ToHost) {
        let Some(parent) = parent() else { return };
        let data = Object::new();
        set(&data, "deskbell", 1.into());
        let kind = match message {
            ToHost::Ready => "ready",
            ToHost::Token(token) => {
                set(&data, "token", token.token.as_str().into());
                set(&data, "visitor", encode::uuid(token.visitor_id.0).into());
                set(&data, "expires_at", (token.expires_at as f64).into());
                set(&data, "renew_at", (token.renew_at as f64).into());
                "token"
            }
            ToHost::Close => "close",
            ToHost::Unread(count, seq, author, text) => {
                set(&data, "count", (count as u32).into());
                set(&data, "seq", (seq as f64).into());
                set(&data, "author", author.into());
                set(&data, "text", text.into());
                "unread"
            }
            ToHost::Draft(text) => {
                set(&data, "text", text.into());
                "draft"
            }
            ToHost::Waiting(words) => {
                set(&data, "words", words.into());
                "waiting"
            }
        };
        set(&data, "type", kind.into());
        let target = match &*self.origin.borrow() {
            Some(origin) => origin.clone(),
            None if kind == "ready" => "*".into(),
            None => return,
        };
        let _ = parent.post_message(&data, &target);
    }

    fn accept(&self, event: &MessageEvent) -> Option<FromHost> {
        let data = event.data();
        if get(&data, "deskbell") != 1 {
            return None;
        }
        let kind = get(&data, "type").as_string()?;
        let mut origin = self.origin.borrow_mut();
        match &*origin {
            None if kind == "init" => *origin = Some(event.origin()),
            Some(known) if *known == event.origin() => {}
            _ => return None,
        }
        match kind.as_str() {
            "init" => Some(FromHost::Init {
                token: get(&data, "token").as_string(),
                identity: get(&data, "identity").as_string(),
                draft: get(&data, "draft").as_string().unwrap_or_default(),
                theme: pairs(&get(&data, "theme")),
            }),
            "waiting" => Some(FromHost::Waiting(pairs(&get(&data, "words")))),
            "opened" => Some(FromHost::Opened {
                focus: get(&data, "focus").is_truthy(),
            }),
            "closed" => Some(FromHost::Closed),
            _ => None,
        }
    }
}

fn parent() -> Option<Window> {
    window()
        .parent()
        .ok()
        .flatten()
        .filter(|parent| *parent != window())
}

fn pairs(value: &JsValue) -> Vec<(String, String)> {
    let Some(object) = value.dyn_ref::<Object>() else {
        return Vec::new();
    };
    let keys = Object::keys(object);
    keys.iter()
        .filter_map(|key| {
            Some((
                key.as_string()?,
                Reflect::get(object, &key).ok()?.as_string()?,
            ))
        })
        .collect()
}

fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED)
}

fn set(object: &Object, key: &str, value: JsValue) {
    let _ = Reflect::set(object, &key.into(), &value);
}
