//! The authentication session of this browser: the signed-in member, and moves between signed in and signed out.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{Anonymous, ApiError, SignedIn};
use crate::shell::drafts::forget_drafts;
use crate::shell::navigator::Navigator;
use crate::shell::route::Route;

/// The polling interval of a page that waits for the server.
const POLL_EVERY: Duration = Duration::from_secs(10);

/// The state of the session.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Session {
    /// Not yet asked.
    Checking,
    Anonymous,
    SignedIn(SignedIn),
    /// The server does not answer, or is under maintenance.
    Unreachable(ApiError),
}

impl Session {
    fn signed_in(self) -> Option<SignedIn> {
        match self {
            Self::SignedIn(signed_in) => Some(signed_in),
            _ => None,
        }
    }
}

/// The session, and the moves between its states.
#[derive(Clone, Copy)]
pub(crate) struct SessionStore {
    state: RwSignal<Session>,
    navigator: Navigator,
    /// The screen that the next sign-in opens.
    wanted: StoredValue<Route>,
    /// Counts requests and changes, so that an answer that came too late is ignored.
    turn: StoredValue<u32>,
}

impl SessionStore {
    pub(crate) fn provide(navigator: Navigator) -> Self {
        let store = Self {
            state: RwSignal::new(Session::Checking),
            navigator,
            wanted: StoredValue::new(Route::Inbox),
            turn: StoredValue::new(0),
        };
        provide_context(store);
        store
    }

    /// Tracked.
    pub(crate) fn get(self) -> Session {
        self.state.get()
    }

    /// The signed-in member; tracked.
    pub(crate) fn signed_in(self) -> Option<SignedIn> {
        self.state.get().signed_in()
    }

    /// The signed-in member, without tracking.
    pub(crate) fn signed_in_untracked(self) -> Option<SignedIn> {
        self.state.get_untracked().signed_in()
    }

    /// Asks the server who is signed in.
    pub(crate) fn check(self) {
        self.state.set(Session::Checking);
        self.refresh();
    }

    /// Asks again, while the screen stays as it is, also if the server does not answer.
    pub(crate) fn refresh(self) {
        let turn = self.next_turn();
        spawn_local(async move {
            let answer = Anonymous.resume().await;
            if self.turn.get_value() != turn {
                return;
            }
            match answer {
                Ok(signed_in) => self.enter(signed_in),
                Err(ApiError::Refused(error)) if !error.code.is_temporary() => self.expire(),
                Err(error) if !self.is_known() => self.state.set(Session::Unreachable(error)),
                Err(_) => {}
            }
        });
    }

    /// Polls the server for as long as the current owner lives.
    pub(crate) fn poll(self) {
        if let Ok(timer) = set_interval_with_handle(move || self.refresh(), POLL_EVERY) {
            on_cleanup(move || timer.clear());
        }
    }

    fn is_known(self) -> bool {
        self.state
            .with_untracked(|state| matches!(state, Session::Anonymous | Session::SignedIn(_)))
    }

    fn next_turn(self) -> u32 {
        let turn = self.turn.get_value().wrapping_add(1);
        self.turn.set_value(turn);
        turn
    }

    /// A member signed in, or something about them changed.
    pub(crate) fn enter(self, signed_in: SignedIn) {
        self.next_turn();
        self.state.set(Session::SignedIn(signed_in));
        self.navigator.leave_sign_in(self.wanted.get_value());
    }

    /// The session has ended: the next sign-in returns to this screen.
    pub(crate) fn expire(self) {
        let here = self.navigator.current();
        if here != Route::SignIn && !here.is_public() {
            self.wanted.set_value(here);
        }
        self.show_sign_in();
    }

    /// Opens the sign-in page, and after it this screen again.
    pub(crate) fn sign_in_first(self) {
        self.wanted.set_value(self.navigator.current());
        self.navigator.go(Route::SignIn);
    }

    /// The member signed out: their drafts are removed and the next one begins in the inbox.
    pub(crate) fn leave(self) {
        if let Some(signed_in) = self.signed_in_untracked() {
            forget_drafts(signed_in.me.user_id);
        }
        self.wanted.set_value(Route::Inbox);
        self.show_sign_in();
    }

    fn show_sign_in(self) {
        self.next_turn();
        self.state.set(Session::Anonymous);
        if !self.navigator.current().is_public() {
            self.navigator.replace(Route::SignIn);
        }
    }
}

/// The signed-in member, for the screens of their workspace.
#[derive(Clone, Copy)]
pub(crate) struct CurrentUser(Memo<SignedIn>);

impl CurrentUser {
    /// Keeps the last value while the screen is removed.
    pub(crate) fn provide(session: SessionStore, first: SignedIn) -> Self {
        let current_user = Self(Memo::new(move |before: Option<&SignedIn>| {
            session
                .signed_in()
                .or_else(|| before.cloned())
                .unwrap_or_else(|| first.clone())
        }));
        provide_context(current_user);
        current_user
    }

    /// Tracked.
    pub(crate) fn get(self) -> SignedIn {
        self.0.get()
    }

    pub(crate) fn get_untracked(self) -> SignedIn {
        self.0.get_untracked()
    }
}

/// The signed-in member of this page.
pub(crate) fn use_current_user() -> CurrentUser {
    expect_context()
}
