//! The browser's Web Locks, which coordinate the tabs of one browser without a server.
//!
//! A lock ends with its tab, so a tab that crashes blocks nobody. They need a secure context; without
//! one, a tab acts for itself.

use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// The lock manager, if this context has one.
fn manager() -> Option<JsValue> {
    let manager = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
    manager.is_object().then_some(manager)
}

/// Acquires the lock `name` for `held_ms` if no tab has it. Without locks every tab succeeds.
pub(crate) async fn take_for(name: &str, held_ms: i32) -> bool {
    let held = move || {
        Promise::new(&mut |resolve, _| {
            let _ =
                window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, held_ms);
        })
    };
    match manager() {
        None => true,
        Some(manager) => request(&manager, name, "exclusive", held).await,
    }
}

/// Holds the lock `name`, shared with other tabs, until `released` settles.
pub(crate) fn hold_until(name: &str, released: &Promise) {
    let Some(manager) = manager() else { return };
    let (name, released) = (name.to_owned(), released.clone());
    wasm_bindgen_futures::spawn_local(async move {
        request(&manager, &name, "shared", move || released.clone()).await;
    });
}

/// Whether a tab holds the lock `name`.
pub(crate) async fn is_held(name: &str) -> bool {
    let Some(manager) = manager() else {
        return false;
    };
    let found = async {
        let query: Function = Reflect::get(&manager, &"query".into())?.dyn_into()?;
        let answer = JsFuture::from(Promise::resolve(&query.call0(&manager)?)).await?;
        let held: Array = Reflect::get(&answer, &"held".into())?.dyn_into()?;
        let names = held.iter().map(|lock| Reflect::get(&lock, &"name".into()));
        let mut names = names.filter_map(|name| name.ok()?.as_string());
        Ok::<bool, JsValue>(names.any(|held| held == name))
    };
    found.await.unwrap_or(false)
}

/// Requests a lock that is free at once, holds it until the promise of `hold` settles, and returns
/// as soon as it is known whether the lock was free.
async fn request(
    manager: &JsValue,
    name: &str,
    mode: &str,
    hold: impl Fn() -> Promise + 'static,
) -> bool {
    let mut settle = None;
    let granted = Promise::new(&mut |resolve, _| settle = Some(resolve));
    let Some(settle) = settle else { return false };
    let callback = Closure::once_into_js(move |lock: JsValue| {
        let is_granted = lock.is_object();
        let _ = settle.call1(&JsValue::UNDEFINED, &is_granted.into());
        match is_granted {
            true => JsValue::from(hold()),
            false => JsValue::UNDEFINED,
        }
    });
    let options = Object::new();
    let _ = Reflect::set(&options, &"ifAvailable".into(), &true.into());
    let _ = Reflect::set(&options, &"mode".into(), &mode.into());
    let request = Reflect::get(manager, &"request".into());
    let asked = request.and_then(|request| {
        request
            .unchecked_ref::<Function>()
            .call3(manager, &name.into(), &options, &callback)
    });
    if asked.is_err() {
        return true;
    }
    let granted = JsFuture::from(granted).await;
    granted.is_ok_and(|granted| granted.is_truthy())
}
