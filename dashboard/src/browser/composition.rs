//! A guard for input methods (IME): Enter and Escape that end a composition reach no handler.
//!
//! Browsers differ: Chrome marks such a key with `isComposing`, Safari sends it after the
//! composition has ended, with key code 229. One listener in the capture phase covers every handler,
//! also those that are written later.

use leptos::ev::KeyboardEvent;
use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use crate::browser::clock::now_ms;

/// The key code of a key that an input method has taken.
const TAKEN_BY_IME: u32 = 229;
/// A key this soon after the end of a composition belongs to it, unless a key was released since.
const JUST_AFTER_MS: i64 = 50;

thread_local! {
    static ENDED_AT: std::cell::Cell<i64> = const { std::cell::Cell::new(0) };
}

/// Installs the guard for the life of the page.
pub(crate) fn install() {
    let ended = Closure::<dyn FnMut()>::new(|| ENDED_AT.set(now_ms()));
    let pressed = Closure::<dyn FnMut(KeyboardEvent)>::new(|event: KeyboardEvent| {
        let is_action = matches!(event.key().as_str(), "Enter" | "Escape");
        if is_action && is_composing(&event) {
            event.stop_immediate_propagation();
            if event.key() == "Escape" {
                // A dialog or menu would close.
                event.prevent_default();
            }
        }
    });
    // The release of a key ends the keystroke that ended the composition: the next one is a new key.
    let released = Closure::<dyn FnMut()>::new(|| ENDED_AT.set(0));
    let listen = |name: &str, callback: &js_sys::Function| {
        // The window takes listeners of every name.
        let _ = window().add_event_listener_with_callback_and_bool(name, callback, true);
    };
    listen("compositionend", ended.as_ref().unchecked_ref());
    listen("keydown", pressed.as_ref().unchecked_ref());
    listen("keyup", released.as_ref().unchecked_ref());
    ended.forget();
    pressed.forget();
    released.forget();
}

fn is_composing(event: &KeyboardEvent) -> bool {
    event.is_composing()
        || event.key_code() == TAKEN_BY_IME
        || now_ms() - ENDED_AT.get() < JUST_AFTER_MS
}
