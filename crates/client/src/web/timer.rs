//! A timer of the page that can be reset.

use std::cell::Cell;

use wasm_bindgen::prelude::*;

pub(super) struct Timer {
    callback: Closure<dyn FnMut()>,
    handle: Cell<Option<i32>>,
}

impl Timer {
    pub(super) fn new(callback: impl Fn() + 'static) -> Self {
        Self {
            callback: Closure::new(callback),
            handle: Cell::new(None),
        }
    }

    /// Starts the timer with a delay of `delay_ms`, and cancels an earlier start.
    pub(super) fn set(&self, delay_ms: i64) {
        self.clear();
        let Some(window) = web_sys::window() else {
            return;
        };
        let delay_ms = i32::try_from(delay_ms.max(0)).unwrap_or(i32::MAX);
        let callback = self.callback.as_ref().unchecked_ref();
        let handle =
            window.set_timeout_with_callback_and_timeout_and_arguments_0(callback, delay_ms);
        self.handle.set(handle.ok());
    }

    fn clear(&self) {
        if let (Some(handle), Some(window)) = (self.handle.take(), web_sys::window()) {
            window.clear_timeout_with_handle(handle);
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.clear();
    }
}
