//! What links in mails have in common: they are followed once, and may be too old.

use std::pin::Pin;

use deskbell_protocol::ErrorCode;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::ApiError;
use crate::components::button::Button;
use crate::components::entry::Entry;

/// Something that is asked of the server with a token.
pub(super) type Follow = fn(String) -> Pin<Box<dyn Future<Output = Result<(), ApiError>>>>;

#[derive(Clone)]
enum State {
    Working,
    Done,
    TooOld,
    Failed(String),
}

/// Follows a link as soon as it is shown.
#[component]
pub(super) fn FollowedLink(
    token: String,
    follow: Follow,
    done: MakeView,
    /// What to do when the link is not good any more.
    too_old: MakeView,
) -> impl IntoView {
    let state = RwSignal::new(State::Working);
    let (done, too_old) = (
        StoredValue::new_local(done),
        StoredValue::new_local(too_old),
    );
    let go = Callback::new(move |()| {
        let token = token.clone();
        state.set(State::Working);
        spawn_local(async move {
            let next = match follow(token).await {
                Ok(()) => State::Done,
                Err(ApiError::Refused(error)) if error.code == ErrorCode::LinkExpired => {
                    State::TooOld
                }
                Err(error) => State::Failed(error.message()),
            };
            let _ = state.try_set(next);
        });
    });
    go.run(());
    move || {
        match state.get() {
        State::Working => view! {
            <Entry title="One moment" lead="We look at your link."><span class="entry-wait" role="status" aria-label="Working"></span></Entry>
        }
        .into_any(),
        State::Done => done.with_value(|view| view()),
        State::TooOld => too_old.with_value(|view| view()),
        State::Failed(text) => view! { <LinkFailed text on_retry=go/> }.into_any(),
    }
    }
}

/// Makes a part of the page.
pub(super) type MakeView = fn() -> AnyView;

/// The server could not be asked.
#[component]
pub(super) fn LinkFailed(text: String, on_retry: Callback<()>) -> impl IntoView {
    view! {
        <Entry title="That did not work" lead=text>
            <div class="entry-body">
                <Button class="button-primary button-large" on_press=on_retry>"Try again"</Button>
            </div>
        </Entry>
    }
}
