//! Who sits at this browser.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{Anonymous, ApiError, SignedIn};
use crate::state::navigator::Navigator;
use crate::state::route::Route;

/// What is known about it.
#[derive(Clone, Debug)]
pub(crate) enum Session {
    /// Not yet asked.
    Checking,
    Anonymous,
    SignedIn(SignedIn),
    /// The server could not be asked.
    Unreachable(String),
}

/// The session, and the moves between its states.
#[derive(Clone, Copy)]
pub(crate) struct SessionStore {
    state: RwSignal<Session>,
    navigator: Navigator,
    /// Where the next sign-in leads.
    wanted: StoredValue<Route>,
}

impl SessionStore {
    pub(crate) fn provide(navigator: Navigator) -> Self {
        let store = Self {
            state: RwSignal::new(Session::Checking),
            navigator,
            wanted: StoredValue::new(Route::Inbox),
        };
        provide_context(store);
        store
    }

    /// Tracked.
    pub(crate) fn get(self) -> Session {
        self.state.get()
    }

    /// Asks the server who is signed in.
    pub(crate) fn check(self) {
        self.state.set(Session::Checking);
        spawn_local(async move {
            match Anonymous.resume().await {
                Ok(signed_in) => self.enter(signed_in),
                Err(ApiError::Refused(error)) if !error.code.is_temporary() => self.expire(),
                Err(error) => self.state.set(Session::Unreachable(error.message())),
            }
        });
    }

    /// Somebody signed in.
    pub(crate) fn enter(self, signed_in: SignedIn) {
        self.state.set(Session::SignedIn(signed_in));
        self.navigator.leave_sign_in(self.wanted.get_value());
    }

    /// Nobody is signed in, or not any more: whoever signs in goes on where this was.
    pub(crate) fn expire(self) {
        if self.navigator.current() != Route::SignIn {
            self.wanted.set_value(self.navigator.current());
        }
        self.show_sign_in();
    }

    /// Somebody signed out: whoever comes next begins anew.
    pub(crate) fn leave(self) {
        self.wanted.set_value(Route::Inbox);
        self.show_sign_in();
    }

    fn show_sign_in(self) {
        self.state.set(Session::Anonymous);
        self.navigator.replace(Route::SignIn);
    }
}
