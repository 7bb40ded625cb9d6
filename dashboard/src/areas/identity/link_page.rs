//! The page of a link in an e-mail. Opening it changes nothing, since mail scanners and previews
//! open links too: only a click on its button uses the link.

use std::pin::Pin;

use deskbell_protocol::ErrorCode;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::ApiError;
use crate::shell::entry::Entry;
use crate::text::{auth as text, shell};
use crate::ui::button::Button;

/// A request with the token of a link.
pub(super) type Request = fn(String) -> Pin<Box<dyn Future<Output = Result<(), ApiError>>>>;

/// Makes a part of the page.
pub(super) type MakeView = fn() -> AnyView;

#[derive(Clone, PartialEq)]
enum State {
    Asking,
    Done,
    Expired,
    Failed(String),
}

/// What a link does, in words.
#[derive(Clone, Copy)]
pub(super) struct LinkText {
    pub(super) title: &'static str,
    pub(super) lead: &'static str,
    pub(super) button: &'static str,
}

/// Asks for a click, then sends `request`.
#[component]
pub(super) fn LinkPage(
    token: String,
    words: LinkText,
    request: Request,
    done: MakeView,
    expired: MakeView,
) -> impl IntoView {
    let state = RwSignal::new(match token.is_empty() {
        true => State::Expired,
        false => State::Asking,
    });
    let busy = RwSignal::new(false);
    let (done, expired) = (
        StoredValue::new_local(done),
        StoredValue::new_local(expired),
    );
    let use_link = Callback::new(move |()| {
        let token = token.clone();
        busy.set(true);
        spawn_local(async move {
            let next = match request(token).await {
                Ok(()) => State::Done,
                Err(ApiError::Refused(error)) if error.code == ErrorCode::LinkExpired => {
                    State::Expired
                }
                Err(error) => State::Failed(error.message()),
            };
            let _ = busy.try_set(false);
            let _ = state.try_set(next);
        });
    });
    move || {
        match state.get() {
        State::Asking => view! {
            <Entry title=words.title lead=words.lead>
                <div class="entry-body">
                    <Button class="button-primary button-large" busy on_press=use_link>{words.button}</Button>
                </div>
            </Entry>
        }
        .into_any(),
        State::Done => done.with_value(|view| view()),
        State::Expired => expired.with_value(|view| view()),
        State::Failed(text) => view! { <LinkFailed text on_retry=use_link/> }.into_any(),
    }
    }
}

/// The server could not be reached.
#[component]
pub(super) fn LinkFailed(text: String, on_retry: Callback<()>) -> impl IntoView {
    view! {
        <Entry title=text::SOMETHING_WRONG lead=text>
            <div class="entry-body">
                <Button class="button-primary button-large" on_press=on_retry>{shell::TRY_AGAIN}</Button>
            </div>
        </Entry>
    }
}
