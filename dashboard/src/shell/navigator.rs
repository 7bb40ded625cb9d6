//! The navigator: the address bar as a signal, and moves between screens.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::shell::route::Route;

/// The current route, following the browser's history.
#[derive(Clone, Copy)]
pub(crate) struct Navigator {
    route: RwSignal<Route>,
    /// The token after `#` of a link in an e-mail. It is removed from the address bar at once, so
    /// that it is not seen, copied or kept in the history.
    token: RwSignal<String>,
}

impl Navigator {
    /// Follows the browser's back and forward buttons from now on.
    pub(crate) fn new() -> Self {
        let route = read();
        let navigator = Self {
            route: RwSignal::new(route),
            token: RwSignal::new(take_token(route).unwrap_or_default()),
        };
        let _ = window_event_listener(leptos::ev::popstate, move |_| {
            let route = read();
            if let Some(token) = take_token(route) {
                navigator.token.set(token);
            }
            navigator.route.set(route);
        });
        navigator
    }

    /// The screen that is shown; tracked.
    pub(crate) fn route(self) -> Route {
        self.route.get()
    }

    /// The screen that is shown, without tracking.
    pub(crate) fn current(self) -> Route {
        self.route.get_untracked()
    }

    /// The token of the link that was followed last; tracked.
    pub(crate) fn token(self) -> String {
        self.token.get()
    }

    /// Shows a screen; "back" returns to the one before.
    pub(crate) fn go(self, to: Route) {
        if self.current() != to {
            self.write(to, false);
        }
    }

    /// Shows a screen in place of this one.
    pub(crate) fn replace(self, to: Route) {
        if self.current() != to {
            self.write(to, true);
        }
    }

    /// Replaces the sign-in page by `to`, if it is shown.
    pub(crate) fn leave_sign_in(self, to: Route) {
        if self.current() == Route::SignIn {
            self.write(to, true);
        }
    }

    fn write(self, to: Route, replace: bool) {
        put(&to.path(), replace);
        self.route.set(to);
    }
}

fn read() -> Route {
    Route::parse(&window().location().pathname().unwrap_or_default())
}

fn take_token(route: Route) -> Option<String> {
    let hash = window().location().hash().ok()?;
    let token = hash.strip_prefix('#').filter(|token| !token.is_empty())?;
    if !route.takes_token() {
        return None;
    }
    put(&route.path(), true);
    Some(token.to_owned())
}

fn put(path: &str, replace: bool) {
    if let Ok(history) = window().history() {
        let _ = if replace {
            history.replace_state_with_url(&JsValue::NULL, "", Some(path))
        } else {
            history.push_state_with_url(&JsValue::NULL, "", Some(path))
        };
    }
}
