//! A browser's WebSocket as a source of engine inputs.

use std::cell::Cell;
use std::rc::Rc;

use deskbell_engine::Input;
use wasm_bindgen::prelude::*;
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

use super::timer::Timer;
use crate::decode;

/// The timeout for opening, and after that for the first frame. Some networks drop the request
/// silently, and some proxies accept the upgrade and forward nothing.
const TIMEOUT_MS: i64 = 5_000;

/// An open or opening socket. Dropping it closes it; no further input follows.
pub(super) struct Socket {
    socket: WebSocket,
    _on_event: Closure<dyn FnMut(Event)>,
    _timeout: Rc<Timer>,
}

impl Socket {
    /// Opens a socket. `None` if the page may not connect to the address.
    pub(super) fn open(url: &str, on_input: impl Fn(Input) + 'static) -> Option<Self> {
        let socket = WebSocket::new(url).ok()?;
        let on_input = Rc::new(on_input);
        let has_frame = Rc::new(Cell::new(false));
        let timeout = {
            let (has_frame, on_input) = (Rc::clone(&has_frame), Rc::clone(&on_input));
            Rc::new(Timer::new(move || {
                if !has_frame.get() {
                    on_input(Input::Closed { code: None });
                }
            }))
        };
        timeout.set(TIMEOUT_MS);
        let opened = Rc::downgrade(&timeout);
        let on_event = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            let Some(input) = read(event) else { return };
            match &input {
                Input::Frame(_) => has_frame.set(true),
                Input::Opened => {
                    if let Some(timeout) = opened.upgrade() {
                        timeout.set(TIMEOUT_MS);
                    }
                }
                _ => {}
            }
            on_input(input);
        });
        let listener = Some(on_event.as_ref().unchecked_ref());
        socket.set_onopen(listener);
        socket.set_onmessage(listener);
        socket.set_onclose(listener);
        Some(Self {
            socket,
            _on_event: on_event,
            _timeout: timeout,
        })
    }

    /// Sends a text. A closing socket drops it; its close follows as an input.
    pub(super) fn send(&self, text: &str) {
        let _ = self.socket.send_with_str(text);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}

/// Converts an event of the socket to an input; frames that cannot be decoded are ignored.
fn read(event: Event) -> Option<Input> {
    match event.type_().as_str() {
        "open" => Some(Input::Opened),
        "close" => {
            let code = event.unchecked_into::<CloseEvent>().code();
            Some(Input::Closed { code: Some(code) })
        }
        _ => {
            let text = event.unchecked_into::<MessageEvent>().data().as_string()?;
            decode::frame(&text).map(Input::Frame)
        }
    }
}
