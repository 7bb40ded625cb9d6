//! The root: who is signed in decides what is shown.

use leptos::prelude::*;

use crate::components::notice::ErrorNotice;
use crate::components::toasts::ToastShelf;
use crate::pages::inbox::InboxPage;
use crate::pages::sign_in::SignInPage;
use crate::state::clock::Clock;
use crate::state::navigator::Navigator;
use crate::state::session::{Session, SessionStore};
use crate::state::theme::provide_theme;
use crate::state::toasts::Toasts;

#[component]
pub(crate) fn App() -> impl IntoView {
    provide_theme();
    provide_context(Clock::start());
    Toasts::provide();
    let navigator = Navigator::new();
    provide_context(navigator);
    let session = SessionStore::provide(navigator);
    session.check();

    view! {
        {move || match session.get() {
            Session::Checking => ().into_any(),
            Session::Anonymous => view! { <SignInPage/> }.into_any(),
            Session::SignedIn(signed_in) => view! { <InboxPage signed_in/> }.into_any(),
            Session::Unreachable(text) => view! {
                <ErrorNotice title="Deskbell cannot be reached" text on_retry=move || session.check()/>
            }
            .into_any(),
        }}
        <ToastShelf/>
    }
}
