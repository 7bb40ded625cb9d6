//! The message channel between the panel's frame and the loader in the host page (`postMessage`).
//!
//! A message is accepted only from the parent window, and only from the origin of its first `init`.
//! Browsers let no page embed this frame that is not in the site's list (`frame-ancestors`), so the
//! first `init` comes from an allowed origin, and all later messages are addressed to that origin.
//! `ready`, which is posted before, contains nothing secret.

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

/// A message from the loader.
pub(crate) enum LoaderMessage {
    /// Starts the panel, with the stored token and draft, the visitor's identity as the page gives it
    /// (as JSON), and the site's theme.
    Init {
        token: Option<String>,
        identity: Option<String>,
        draft: String,
        theme: Vec<(String, String)>,
    },
    /// The stored outbox of an earlier page, as [`decode::unsent_text`] reads its entries.
    Outbox(Vec<(String, String)>),
    /// The panel was opened. With `focus` the visitor opened it, and the composer takes the focus.
    Opened { focus: bool },
    /// The panel was closed.
    Closed,
}

/// A message to the loader.
pub(crate) enum PanelMessage<'a> {
    Ready,
    Token(&'a VisitorToken),
    Close,
    /// The visitor has no conversation.
    NoConversation,
    /// The number of unread messages, and the newest message of an agent: its position, author and text.
    Unread(usize, Seq, &'a str, &'a str),
    Draft(&'a str),
    /// The outbox as [`encode::unsent_texts`] writes it. The host page stores it.
    Outbox(&'a str),
}

/// The channel to the loader, with the host page's origin as soon as it is known.
#[derive(Clone, Default)]
pub(crate) struct Bridge {
    origin: Rc<RefCell<Option<String>>>,
}

impl Bridge {
    /// Listens until the page ends, and posts `ready`. A panel in a tab of its own has no loader: it
    /// starts at once.
    pub(crate) fn connect(&self, on_message: impl Fn(LoaderMessage) + 'static) {
        let Some(parent) = parent() else {
            on_message(LoaderMessage::Init {
                token: None,
                identity: None,
                draft: String::new(),
                theme: Vec::new(),
            });
            return on_message(LoaderMessage::Opened { focus: true });
        };
        let bridge = self.clone();
        let host = JsValue::from(parent);
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let from_host = event
                .source()
                .is_some_and(|source| JsValue::from(source) == host);
            if from_host && let Some(message) = bridge.accept(&event) {
                on_message(message);
            }
        });
        let _ =
            window().add_event_listener_with_callback("message", listener.as_ref().unchecked_ref());
        listener.forget();
        self.post(PanelMessage::Ready);
    }

    /// Posts a message to the loader. Without a loader it does nothing.
    pub(crate) fn post(&self, message: PanelMessage) {
        let Some(parent) = parent() else { return };
        let data = Object::new();
        set(&data, "deskbell", 1.into());
        let kind = match message {
            PanelMessage::Ready => "ready",
            PanelMessage::Token(token) => {
                set(&data, "token", token.token.as_str().into());
                set(&data, "visitor", encode::uuid(token.visitor_id.0).into());
                set(&data, "expires_at", (token.expires_at as f64).into());
                "token"
            }
            PanelMessage::Close => "close",
            PanelMessage::NoConversation => {
                set(&data, "count", 0.into());
                set(&data, "open", false.into());
                "unread"
            }
            PanelMessage::Unread(count, seq, author, text) => {
                set(&data, "count", (count as u32).into());
                set(&data, "seq", (seq as f64).into());
                set(&data, "author", author.into());
                set(&data, "text", text.into());
                "unread"
            }
            PanelMessage::Draft(text) => {
                set(&data, "text", text.into());
                "draft"
            }
            PanelMessage::Outbox(entries) => {
                set(&data, "words", entries.into());
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

    fn accept(&self, event: &MessageEvent) -> Option<LoaderMessage> {
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
            "init" => Some(LoaderMessage::Init {
                token: get(&data, "token").as_string(),
                identity: get(&data, "identity").as_string(),
                draft: get(&data, "draft").as_string().unwrap_or_default(),
                theme: pairs(&get(&data, "theme")),
            }),
            "waiting" => Some(LoaderMessage::Outbox(pairs(&get(&data, "words")))),
            "opened" => Some(LoaderMessage::Opened {
                focus: get(&data, "focus").is_truthy(),
            }),
            "closed" => Some(LoaderMessage::Closed),
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
