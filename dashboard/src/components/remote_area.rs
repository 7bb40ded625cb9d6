//! A part of a page whose content comes from the server: loading, failed, old, or there.

use leptos::prelude::*;

use crate::components::button::Button;
use crate::components::notice::ErrorNotice;
use crate::components::skeleton::ListSkeleton;
use crate::state::browser::local_ms;
use crate::state::clock::use_clock;
use crate::state::format;
use crate::state::remote::Standing;

#[component]
pub(crate) fn RemoteArea(
    standing: Standing,
    on_retry: Callback<()>,
    /// What is loading, as in `members`.
    what: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let is_here = Memo::new(move |_| standing.is_here.get());
    move || {
        if is_here.get() {
            let children = children.clone();
            return view! { <Stale standing on_retry/> {children()} }.into_any();
        }
        match standing.error.get() {
            Some(text) => view! {
                <ErrorNotice title=format!("The {what} cannot be shown") text on_retry/>
            }
            .into_any(),
            None => view! { <ListSkeleton what/> }.into_any(),
        }
    }
}

/// Says how old the content is, where it could not be had again.
#[component]
fn Stale(standing: Standing, on_retry: Callback<()>) -> impl IntoView {
    let clock = use_clock();
    move || {
        let text = standing.error.get()?;
        let (at, now) = (
            local_ms(standing.loaded_at.get()),
            local_ms(clock.now_untracked()),
        );
        let age = format!("{text} This is as it was {}.", format::in_words(at, now));
        Some(view! {
            <div class="banner banner-notice" role="status">
                <span>{age}</span>
                <Button on_press=on_retry>"Try again"</Button>
            </div>
        })
    }
}
