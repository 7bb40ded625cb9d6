//! The root component: the session and the route decide which screen is shown.

mod not_found;
mod suspended;
mod unreachable;

use leptos::prelude::*;

use crate::api::{ApiError, SignedIn};
use crate::app::not_found::NotFoundPage;
use crate::app::suspended::SuspendedPage;
use crate::app::unreachable::UnreachablePage;
use crate::areas::identity::confirm_email::ConfirmEmailPage;
use crate::areas::identity::forgot::ForgotPage;
use crate::areas::identity::invitation::InvitationPage;
use crate::areas::identity::register::RegisterPage;
use crate::areas::identity::reset::ResetPage;
use crate::areas::identity::sign_in::SignInPage;
use crate::areas::identity::verify::VerifyPage;
use crate::areas::workspace::page::WorkspacePage;
use crate::browser::clock::Clock;
use crate::browser::composition;
use crate::shell::navigator::Navigator;
use crate::shell::page_title::PageTitle;
use crate::shell::preferences::provide_preferences;
use crate::shell::route::Route;
use crate::shell::session::{Session, SessionStore};
use crate::shell::theme::provide_theme;
use crate::ui::toast_region::ToastRegion;
use crate::ui::toasts::Toasts;

/// The screen that fills the window. It is created again when this changes, and only then.
#[derive(Clone)]
enum Screen {
    Nothing,
    /// A public page, with the token of a link.
    Public(Route, String),
    SignIn,
    Workspace(SignedIn),
    /// A workspace that the operator has suspended.
    Suspended(SignedIn),
    Unreachable(ApiError),
}

impl PartialEq for Screen {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nothing, Self::Nothing) | (Self::SignIn, Self::SignIn) => true,
            (Self::Public(route, token), Self::Public(other, others)) => {
                route == other && token == others
            }
            // Another name, role or picture keeps the screen, with what is being typed and sent on it.
            // Another workspace does not.
            (Self::Workspace(one), Self::Workspace(other)) => {
                one.me.user_id == other.me.user_id
                    && one.me.workspace.id == other.me.workspace.id
                    && one.me.entered == other.me.entered
            }
            (Self::Suspended(one), Self::Suspended(other)) => one == other,
            // Answers differ in their request id; the page stays.
            (Self::Unreachable(error), Self::Unreachable(other)) => {
                error.maintenance() == other.maintenance()
            }
            _ => false,
        }
    }
}

#[component]
pub(crate) fn App() -> impl IntoView {
    composition::install();
    provide_theme();
    provide_preferences();
    PageTitle::provide();
    provide_context(Clock::start());
    Toasts::provide();
    let navigator = Navigator::new();
    provide_context(navigator);
    let session = SessionStore::provide(navigator);
    session.check();

    let screen = Memo::new(move |_| match (navigator.route(), session.get()) {
        (route, _) if route.is_public() => Screen::Public(route, navigator.token()),
        (_, Session::Checking) => Screen::Nothing,
        (_, Session::Anonymous) => Screen::SignIn,
        (_, Session::SignedIn(signed_in)) if signed_in.me.workspace.suspended => {
            Screen::Suspended(signed_in)
        }
        (_, Session::SignedIn(signed_in)) => Screen::Workspace(signed_in),
        (_, Session::Unreachable(error)) => Screen::Unreachable(error),
    });
    Effect::new(move || {
        // A member who is signed in does not see the sign-in page.
        if navigator.route() == Route::SignIn && session.signed_in().is_some() {
            navigator.leave_sign_in(Route::Inbox);
        }
    });
    view! {
        {move || match screen.get() {
            Screen::Nothing => ().into_any(),
            Screen::Public(route, token) => public_page(route, token),
            Screen::SignIn => view! { <SignInPage/> }.into_any(),
            Screen::Workspace(signed_in) => view! { <WorkspacePage signed_in/> }.into_any(),
            Screen::Suspended(signed_in) => view! { <SuspendedPage signed_in/> }.into_any(),
            Screen::Unreachable(error) => view! { <UnreachablePage error/> }.into_any(),
        }}
        <ToastRegion/>
    }
}

fn public_page(route: Route, token: String) -> AnyView {
    match route {
        Route::Register => view! { <RegisterPage/> }.into_any(),
        Route::Forgot => view! { <ForgotPage/> }.into_any(),
        Route::Verify => view! { <VerifyPage token/> }.into_any(),
        Route::Reset => view! { <ResetPage token/> }.into_any(),
        Route::ConfirmEmail => view! { <ConfirmEmailPage token/> }.into_any(),
        Route::Invitation => view! { <InvitationPage token/> }.into_any(),
        Route::NotFound => view! { <NotFoundPage/> }.into_any(),
        _ => ().into_any(),
    }
}
