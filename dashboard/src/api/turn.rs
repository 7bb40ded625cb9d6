//! One after the other, in all windows of this browser.
//!
//! A refresh cookie is good once: two windows that trade it at the same time look like a thief, and
//! the server ends the session. The browser's own locks make them wait for each other. Where there
//! are none (plain HTTP on a strange host) they do not wait.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

const NAME: &str = "deskbell.renew";

/// It is our turn until this is dropped.
pub(super) struct Turn {
    end: Option<Function>,
}

impl Turn {
    /// Waits for it.
    pub(super) async fn wait() -> Self {
        let Some((locks, request)) = locks() else {
            return Self { end: None };
        };
        let mut end = None;
        let held = Promise::new(&mut |resolve, _| end = Some(resolve));
        let begun = Promise::new(&mut |resolve, _| {
            let held = held.clone();
            let take = Closure::once_into_js(move || -> Promise {
                let _ = resolve.call0(&JsValue::NULL);
                held
            });
            let _ = request.call2(&locks, &NAME.into(), &take);
        });
        let _ = JsFuture::from(begun).await;
        Self { end }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(end) = &self.end {
            let _ = end.call0(&JsValue::NULL);
        }
    }
}

fn locks() -> Option<(JsValue, Function)> {
    let locks = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
    let request = Reflect::get(&locks, &"request".into()).ok()?;
    Some((locks, request.dyn_into().ok()?))
}
