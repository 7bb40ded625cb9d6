//! An area whose content is loaded from the server: loading, failed, out of date, or loaded.

use leptos::prelude::*;

use crate::browser::clock::use_clock;
use crate::browser::locale::BrowserLocale;
use crate::format;
use crate::shell::resource::LoadState;
use crate::shell::skeleton::ListSkeleton;
use crate::text::shell as text;
use crate::ui::button::Button;
use crate::ui::notice::ErrorNotice;

#[component]
pub(crate) fn ResourceArea(
    load_state: LoadState,
    on_retry: Callback<()>,
    /// The name of the content, as in `members`.
    what: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let is_here = Memo::new(move |_| load_state.is_here.get());
    move || {
        if is_here.get() {
            let children = children.clone();
            return view! { <Stale load_state on_retry/> {children()} }.into_any();
        }
        match load_state.error.get() {
            Some(error) => view! {
                <ErrorNotice title=text::cannot_load(what) text=error on_retry/>
            }
            .into_any(),
            None => view! { <ListSkeleton what/> }.into_any(),
        }
    }
}

/// A notice with the age of content that could not be loaded again.
#[component]
fn Stale(load_state: LoadState, on_retry: Callback<()>) -> impl IntoView {
    let clock = use_clock();
    move || {
        let error = load_state.error.get()?;
        let at = load_state.loaded_at.get();
        let age = format::ago(at, clock.now_untracked(), &BrowserLocale);
        Some(view! {
            <div class="banner banner-notice" role="status">
                <span>{text::last_updated(&error, &age)}</span>
                <Button on_press=on_retry>{text::TRY_AGAIN}</Button>
            </div>
        })
    }
}
