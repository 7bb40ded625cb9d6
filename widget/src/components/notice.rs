//! What stands where the thread would be when the panel cannot begin.

use leptos::prelude::*;

use super::icon::{ALERT, CLOUD_OFF, Icon};
use crate::api::{Problem, is_unknown_place};

/// What happened, and what can be done.
#[component]
pub(crate) fn Notice(problem: Problem, on_retry: impl Fn() + 'static) -> impl IntoView {
    let can_retry = problem.is_temporary();
    let (icon, title, words) = match &problem {
        Problem::Unreachable => (
            CLOUD_OFF,
            "We cannot be reached right now",
            "Your connection or our server is down. Nothing is lost.".into(),
        ),
        Problem::Refused(error) if is_unknown_place(error) => (
            ALERT,
            "The chat is not set up for this page",
            "If this is your site, check its key and its allowed origins.".into(),
        ),
        Problem::Refused(error) => (ALERT, "The chat could not begin", error.message.clone()),
    };
    view! {
        <section class="notice" role="alert">
            <Icon path=icon size=40 />
            <h2 class="notice__title">{title}</h2>
            <p class="notice__words">{words}</p>
            {can_retry.then(|| view! {
                <button class="button" type="button" on:click=move |_| on_retry()>"Try again"</button>
            })}
        </section>
    }
}
