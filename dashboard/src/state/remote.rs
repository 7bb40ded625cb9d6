//! Something that the server keeps: not here yet, here, old, or not to be had.

use std::pin::Pin;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::ApiError;
use crate::state::browser::now_ms;
use crate::state::session::SessionStore;

type Load<T> = Rc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<T, ApiError>>>>>;

/// The thing, and how it stands with it.
pub(crate) struct Remote<T: Send + Sync + 'static> {
    value: RwSignal<Option<T>>,
    standing: Standing,
    load: StoredValue<Load<T>, LocalStorage>,
    session: SessionStore,
}

/// How it stands with something that the server keeps.
#[derive(Clone, Copy)]
pub(crate) struct Standing {
    /// It has come, at least once.
    pub(crate) is_here: RwSignal<bool>,
    /// Why it could not be had, or not again.
    pub(crate) error: RwSignal<Option<String>>,
    /// When it came, in Unix milliseconds.
    pub(crate) loaded_at: RwSignal<i64>,
}

impl<T: Send + Sync> Clone for Remote<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for Remote<T> {}

impl<T: Clone + Send + Sync + 'static> Remote<T> {
    /// Begins to load at once.
    pub(crate) fn new<F>(load: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Result<T, ApiError>> + 'static,
    {
        let load: Load<T> = Rc::new(move || Box::pin(load()));
        let remote = Self {
            value: RwSignal::new(None),
            standing: Standing {
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

    /// Asks again; what is here stays until the answer comes.
    pub(crate) fn reload(self) {
        let Some(load) = self.load.try_get_value() else {
            return;
        };
        spawn_local(async move {
            let answer = load().await;
            // The screen may have been left meanwhile.
            if self.standing.error.is_disposed() {
                return;
            }
            match answer {
                Ok(value) => self.set(value),
                Err(error) if error.is_signed_out() => self.session.expire(),
                Err(error) => self.standing.error.set(Some(error.message())),
            }
        });
    }

    /// What the server has just said it is.
    pub(crate) fn set(self, value: T) {
        self.value.set(Some(value));
        self.standing.error.set(None);
        self.standing.loaded_at.set(now_ms());
        self.standing.is_here.set(true);
    }

    /// Changes what is here, as the server has done.
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

    pub(crate) fn standing(self) -> Standing {
        self.standing
    }

    /// To be called for another try.
    pub(crate) fn retry(self) -> Callback<()> {
        Callback::new(move |()| self.reload())
    }
}
