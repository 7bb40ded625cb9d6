//! The state of a form: its running request, and its errors.

use deskbell_protocol::{ErrorBody, ErrorCode};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use crate::api::ApiError;
use crate::shell::session::SessionStore;

/// A form, or a button that sends a request.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    busy: RwSignal<bool>,
    error: RwSignal<Option<ApiError>>,
    /// The server's names of the fields of this form.
    fields: &'static [&'static str],
    session: SessionStore,
}

impl Form {
    pub(crate) fn new(fields: &'static [&'static str]) -> Self {
        Self {
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
            fields,
            session: expect_context(),
        }
    }

    /// Sends a request, unless one is running, and passes the answer to `done`. An ended session
    /// leads to the sign-in page.
    pub(crate) fn send<T: 'static>(
        self,
        work: impl Future<Output = Result<T, ApiError>> + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            let answer = work.await;
            // The screen may have been left meanwhile.
            if self.busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(answer) => {
                    self.error.set(None);
                    done(answer);
                }
                Err(error) if error.is_signed_out() => self.session.expire(),
                Err(error) => {
                    self.error.set(Some(error));
                    request_animation_frame(focus_mistake);
                }
            }
        });
    }

    /// Shows an error that was found before asking the server.
    pub(crate) fn fail_field(self, name: &'static str, text: &str) {
        let mut error = ErrorBody::new(ErrorCode::Invalid, text);
        error.fields.insert(name.to_owned(), text.to_owned());
        self.error.set(Some(ApiError::Refused(error)));
        request_animation_frame(focus_mistake);
    }

    /// Clears the errors.
    pub(crate) fn clear(self) {
        self.error.set(None);
    }

    pub(crate) fn busy(self) -> Signal<bool> {
        self.busy.into()
    }

    /// The error of one field.
    pub(crate) fn of_field(self, name: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || match self.error.get() {
            Some(ApiError::Refused(body)) => body.fields.get(name).cloned(),
            _ => None,
        })
    }

    /// The error that belongs to none of its fields; tracked.
    pub(crate) fn message(self) -> Option<String> {
        let error = self.error.get()?;
        let ApiError::Refused(body) = &error else {
            return Some(error.message());
        };
        if self
            .fields
            .iter()
            .any(|name| body.fields.contains_key(*name))
        {
            return None;
        }
        let other = body.fields.values().next();
        Some(other.unwrap_or(&body.message).clone())
    }

    /// The error code; tracked.
    pub(crate) fn code(self) -> Option<ErrorCode> {
        match self.error.get() {
            Some(ApiError::Refused(body)) => Some(body.code),
            _ => None,
        }
    }
}

/// Focuses the first field with an error.
fn focus_mistake() {
    let found = document().query_selector("[aria-invalid='true']");
    if let Ok(Some(field)) = found
        && let Ok(field) = field.dyn_into::<web_sys::HtmlElement>()
    {
        let _ = field.focus();
    }
}
