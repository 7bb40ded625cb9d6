//! A timer of the page that can be set again.

use std::cell::Cell;

use wasm_bindgen::prelude::*;

pub(super) struct Alarm {
    ring: Closure<dyn FnMut()>,
    handle: Cell<Option<i32>>,
}

impl Alarm {
    pub(super) fn new(ring: impl Fn() + 'static) -> Self {
        Self {
            ring: Closure::new(ring),
            handle: Cell::new(None),
        }
    }

    /// Sets the timer to `delay_ms` from now; the time it was set to before is cancelled.
    pub(super) fn set(&self, delay_ms: i64) {
        self.clear();
        let Some(window) = web_sys::window() else {
            return;
        };
        let delay_ms = i32::try_from(delay_ms.max(0)).unwrap_or(i32::MAX);
        let ring = self.ring.as_ref().unchecked_ref();
        let handle = window.set_timeout_with_callback_and_timeout_and_arguments_0(ring, delay_ms);
        self.handle.set(handle.ok());
    }

    fn clear(&self) {
        if let (Some(handle), Some(window)) = (self.handle.take(), web_sys::window()) {
            window.clear_timeout_with_handle(handle);
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.clear();
    }
}
