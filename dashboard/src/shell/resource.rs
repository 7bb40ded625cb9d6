//! A remote resource: a value that is loaded from the server, and the state of loading it.

use std::pin::Pin;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::ApiError;
use crate::browser::clock::now_ms;
use crate::shell::session::SessionStore;

type Load<T> = Rc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<T, ApiError>>>>>;

/// A value of the server and its load state.
pub(crate) struct Resource<T: Send + Sync + 'static> {
    value: RwSignal<Option<T>>,
    load_state: LoadState,
    load: StoredValue<Load<T>, LocalStorage>,
    session: SessionStore,
}

/// The load state of a resource.
#[derive(Clone, Copy)]
pub(crate) struct LoadState {
    /// Whether it was loaded at least once.
    pub(crate) is_here: RwSignal<bool>,
    /// The error of the last request, if it failed.
    pub(crate) error: RwSignal<Option<String>>,
    /// When it was loaded, in Unix milliseconds.
    pub(crate) loaded_at: RwSignal<i64>,
}

impl<T: Send + Sync> Clone for Resource<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for Resource<T> {}

impl<T: Clone + Send + Sync + 'static> Resource<T> {
    /// Begins to load immediately.
    pub(crate) fn new<F>(load: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Result<T, ApiError>> + 'static,
    {
        let load: Load<T> = Rc::new(move || Box::pin(load()));
        let remote = Self {
            value: RwSignal::new(None),
            load_state: LoadState {
                is_here: RwSignal::new(false),
                error: RwSignal::new(None),
                loaded_at: RwSignal::new(0),
            },
            load: StoredValue::new_local(load),
            session: expect_context(),
        };
        remote.reload();
        remote
    }

    /// Loads again; the old value stays until the answer comes.
    pub(crate) fn reload(self) {
        let Some(load) = self.load.try_get_value() else {
            return;
        };
        spawn_local(async move {
            let answer = load().await;
            // The screen may have been left meanwhile.
            if self.load_state.error.is_disposed() {
                return;
            }
            match answer {
                Ok(value) => self.set(value),
                Err(error) if error.is_signed_out() => self.session.expire(),
                Err(error) => self.load_state.error.set(Some(error.message())),
            }
        });
    }

    /// Sets the value to what the server has just answered.
    pub(crate) fn set(self, value: T) {
        self.value.set(Some(value));
        self.load_state.error.set(None);
        self.load_state.loaded_at.set(now_ms());
        self.load_state.is_here.set(true);
    }

    /// Changes the value as the server has done.
    pub(crate) fn update(self, change: impl FnOnce(&mut T)) {
        self.value.update(|value| {
            if let Some(value) = value {
                change(value);
            }
        });
    }

    /// Tracked.
    pub(crate) fn get(self) -> Option<T> {
        self.value.get()
    }

    /// The value, without tracking.
    pub(crate) fn get_untracked(self) -> Option<T> {
        self.value.get_untracked()
    }

    pub(crate) fn load_state(self) -> LoadState {
        self.load_state
    }

    /// Loads again, as a callback.
    pub(crate) fn retry(self) -> Callback<()> {
        Callback::new(move |()| self.reload())
    }
}
