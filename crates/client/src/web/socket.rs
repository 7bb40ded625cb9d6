//! A browser's WebSocket that speaks in inputs of the engine.

use std::rc::Rc;

use deskbell_engine::Input;
use wasm_bindgen::prelude::*;
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

use super::alarm::Alarm;
use crate::decode;

/// What takes longer to open will not: some networks swallow the request and say nothing.
const OPENING_MS: i64 = 5_000;

/// An open or opening socket. Dropped, it closes and says nothing more.
pub(super) struct Socket {
    socket: WebSocket,
    _on_event: Closure<dyn FnMut(Event)>,
    _patience: Alarm,
}

impl Socket {
    /// `None` if the address is not one that the page may connect to.
    pub(super) fn open(url: &str, tell: impl Fn(Input) + 'static) -> Option<Self> {
        let socket = WebSocket::new(url).ok()?;
        let tell = Rc::new(tell);
        let patience = {
            let (socket, tell) = (socket.clone(), Rc::clone(&tell));
            Alarm::new(move || {
                if socket.ready_state() == WebSocket::CONNECTING {
                    tell(Input::Closed { code: None });
                }
            })
        };
        patience.set(OPENING_MS);
        let on_event = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            if let Some(input) = read(event) {
                tell(input);
            }
        });
        let listener = Some(on_event.as_ref().unchecked_ref());
        socket.set_onopen(listener);
        socket.set_onmessage(listener);
        socket.set_onclose(listener);
        Some(Self {
            socket,
            _on_event: on_event,
            _patience: patience,
        })
    }

    /// A socket that is closing swallows it; its end is told as an input.
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

/// What an event of the socket means; frames that are not understood are passed over.
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
