//! Which screen an address means, and back.

use deskbell_protocol::ConversationId;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    SignIn,
    Inbox,
    Conversation(ConversationId),
}

impl Route {
    /// The screen at `path`; the inbox for whatever is not known.
    pub(crate) fn parse(path: &str) -> Self {
        let path = path.strip_prefix("/app").unwrap_or(path).trim_matches('/');
        match path.split_once('/') {
            None if path == "sign-in" => Self::SignIn,
            Some(("c", id)) => id.parse().map_or(Self::Inbox, Self::Conversation),
            _ => Self::Inbox,
        }
    }

    /// Where it stands.
    pub(crate) fn path(self) -> String {
        match self {
            Self::SignIn => "/app/sign-in".into(),
            Self::Inbox => "/app".into(),
            Self::Conversation(id) => format!("/app/c/{id}"),
        }
    }

    /// The conversation that is open on it.
    pub(crate) fn conversation(self) -> Option<ConversationId> {
        match self {
            Self::Conversation(id) => Some(id),
            _ => None,
        }
    }
}

/// The address bar as a signal.
#[derive(Clone, Copy)]
pub(crate) struct Navigator(RwSignal<Route>);

impl Navigator {
    /// Follows the browser's own back and forward buttons from here on.
    pub(crate) fn new() -> Self {
        let route = RwSignal::new(Self::current());
        let _ = window_event_listener(leptos::ev::popstate, move |_| route.set(Self::current()));
        Self(route)
    }

    /// The screen that is shown; tracked.
    pub(crate) fn route(self) -> Route {
        self.0.get()
    }

    /// Shows a screen; "back" returns to the one before.
    pub(crate) fn go(self, to: Route) {
        if self.0.get_untracked() != to {
            self.write(to, false);
        }
    }

    /// Shows a screen in the place of this one.
    pub(crate) fn replace(self, to: Route) {
        if self.0.get_untracked() != to {
            self.write(to, true);
        }
    }

    /// To the inbox, if this is the sign-in page.
    pub(crate) fn leave_sign_in(self) {
        if self.0.get_untracked() == Route::SignIn {
            self.write(Route::Inbox, true);
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

    fn current() -> Route {
        Route::parse(&window().location().pathname().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_its_screen_and_back() {
        let id: ConversationId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        for route in [Route::SignIn, Route::Inbox, Route::Conversation(id)] {
            assert_eq!(Route::parse(&route.path()), route);
        }
    }

    #[test]
    fn an_unknown_address_is_the_inbox() {
        for path in ["/app/", "/app/c/none", "/app/c", "/app/settings/x", "/"] {
            assert_eq!(Route::parse(path), Route::Inbox, "{path}");
        }
    }
}
