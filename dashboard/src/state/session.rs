//! Who sits at this browser.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{Anonymous, ApiError, SignedIn};
use crate::state::navigator::Navigator;
use crate::state::route::Route;

/// How often a page asks again on which nothing can be done but wait.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// What is known about it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Session {
    /// Not yet asked.
    Checking,
    Anonymous,
    SignedIn(SignedIn),
    /// The server could not be asked, or is closed.
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
    /// Where the next sign-in leads.
    wanted: StoredValue<Route>,
    /// Counts questions and moves: an answer that another one has overtaken is not news.
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

    /// Whoever is signed in; tracked.
    pub(crate) fn signed_in(self) -> Option<SignedIn> {
        self.state.get().signed_in()
    }

    /// The same, for those who only ask once.
    pub(crate) fn signed_in_untracked(self) -> Option<SignedIn> {
        self.state.get_untracked().signed_in()
    }

    /// Asks the server who is signed in.
    pub(crate) fn check(self) {
        self.state.set(Session::Checking);
        self.look_again();
    }

    /// The same, while what is known stays on the screen, also if the server does not answer.
    pub(crate) fn look_again(self) {
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

    /// Looks again and again, for as long as the current owner lives.
    pub(crate) fn keep_looking(self) {
        if let Ok(timer) = set_interval_with_handle(move || self.look_again(), LOOK_EVERY) {
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

    /// Somebody signed in, or something about them changed.
    pub(crate) fn enter(self, signed_in: SignedIn) {
        self.next_turn();
        self.state.set(Session::SignedIn(signed_in));
        self.navigator.leave_sign_in(self.wanted.get_value());
    }

    /// Nobody is signed in, or not any more: whoever signs in goes on where this was.
    pub(crate) fn expire(self) {
        let here = self.navigator.current();
        if here != Route::SignIn && !here.is_for_everybody() {
            self.wanted.set_value(here);
        }
        self.show_sign_in();
    }

    /// To the sign-in, and from there back to this screen.
    pub(crate) fn sign_in_first(self) {
        self.wanted.set_value(self.navigator.current());
        self.navigator.go(Route::SignIn);
    }

    /// Somebody signed out: whoever comes next begins anew.
    pub(crate) fn leave(self) {
        self.wanted.set_value(Route::Inbox);
        self.show_sign_in();
    }

    fn show_sign_in(self) {
        self.next_turn();
        self.state.set(Session::Anonymous);
        if !self.navigator.current().is_for_everybody() {
            self.navigator.replace(Route::SignIn);
        }
    }
}

/// Whoever is signed in, for what is inside their workspace.
#[derive(Clone, Copy)]
pub(crate) struct Oneself(Memo<SignedIn>);

impl Oneself {
    /// Keeps the last answer while the screen is taken down.
    pub(crate) fn provide(session: SessionStore, first: SignedIn) -> Self {
        let oneself = Self(Memo::new(move |before: Option<&SignedIn>| {
            session
                .signed_in()
                .or_else(|| before.cloned())
                .unwrap_or_else(|| first.clone())
        }));
        provide_context(oneself);
        oneself
    }

    /// Tracked.
    pub(crate) fn get(self) -> SignedIn {
        self.0.get()
    }

    pub(crate) fn get_untracked(self) -> SignedIn {
        self.0.get_untracked()
    }
}

/// Whoever is signed in here.
pub(crate) fn use_oneself() -> Oneself {
    expect_context()
}
