//! The address bar.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::state::route::Route;

/// The address bar as a signal.
#[derive(Clone, Copy)]
pub(crate) struct Navigator(RwSignal<Route>);

impl Navigator {
    /// Follows the browser's own back and forward buttons from here on.
    pub(crate) fn new() -> Self {
        let route = RwSignal::new(Self::read());
        let _ = window_event_listener(leptos::ev::popstate, move |_| route.set(Self::read()));
        Self(route)
    }

    /// The screen that is shown; tracked.
    pub(crate) fn route(self) -> Route {
        self.0.get()
    }

    /// The screen that is shown, for those who only ask once.
    pub(crate) fn current(self) -> Route {
        self.0.get_untracked()
    }

    /// Shows a screen; "back" returns to the one before.
    pub(crate) fn go(self, to: Route) {
        if self.current() != to {
            self.write(to, false);
        }
    }

    /// Shows a screen in the place of this one.
    pub(crate) fn replace(self, to: Route) {
        if self.current() != to {
            self.write(to, true);
        }
    }

    /// On to `to`, if this is the sign-in page.
    pub(crate) fn leave_sign_in(self, to: Route) {
        if self.current() == Route::SignIn {
            self.write(to, true);
        }
    }

    fn write(self, to: Route, replace: bool) {
        if let Ok(history) = window().history() {
            let path = to.path();
            let _ = if replace {
                history.replace_state_with_url(&JsValue::NULL, "", Some(&path))
            } else {
                history.push_state_with_url(&JsValue::NULL, "", Some(&path))
            };
        }
        self.0.set(to);
    }

    fn read() -> Route {
        Route::parse(&window().location().pathname().unwrap_or_default())
    }
}
