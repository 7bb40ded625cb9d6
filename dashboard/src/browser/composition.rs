//! A guard for input methods (IME): Enter and Escape that end a composition reach no handler.
//!
//! Browsers differ: Chrome marks such a key with `isComposing`, Safari sends it after the
//! composition has ended, with key code 229. One listener in the capture phase covers every handler,
//! also those that are written later.

use std::cell::Cell;

use leptos::ev::{Event, KeyboardEvent};
use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// The key code of a key that an input method has taken.
const TAKEN_BY_IME: u32 = 229;
/// A key this soon after the end of a composition belongs to it, unless a key was released since.
const JUST_AFTER_MS: f64 = 50.0;

thread_local! {
    /// When the last composition ended, in the time of events: milliseconds since the page's start.
    /// A page that is busy handles both events late, so the time of handling tells nothing.
    static ENDED_AT: Cell<Option<f64>> = const { Cell::new(None) };
}

/// Installs the guard for the life of the page.
pub(crate) fn install() {
    let ended =
        Closure::<dyn FnMut(Event)>::new(|event: Event| ENDED_AT.set(Some(event.time_stamp())));
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
    let released = Closure::<dyn FnMut()>::new(|| ENDED_AT.set(None));
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
        || ENDED_AT
            .get()
            .is_some_and(|ended| event.time_stamp() - ended < JUST_AFTER_MS)
}
