//! A button that copies a text to the clipboard.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use crate::text::shell as text_of;
use crate::ui::icon::Icon;
use crate::ui::toasts::Toasts;

const SHOWN_FOR: Duration = Duration::from_secs(2);

#[component]
pub(crate) fn CopyButton(
    /// As in `Copy link`.
    label: &'static str,
    #[prop(into)] text: Signal<String>,
    /// Whether only the icon is visible.
    #[prop(optional)]
    is_icon: bool,
) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let text = text.get_untracked();
        // Only in a secure context.
        let navigator = window().navigator();
        let has = js_sys::Reflect::get(&navigator, &"clipboard".into());
        if has.is_ok_and(|found| found.is_undefined()) {
            toasts.say(text_of::CANNOT_COPY);
            return;
        }
        spawn_local(async move {
            if JsFuture::from(navigator.clipboard().write_text(&text))
                .await
                .is_err()
            {
                toasts.say(text_of::CANNOT_COPY);
            } else if copied.try_set(true).is_none() {
                set_timeout(move || _ = copied.try_set(false), SHOWN_FOR);
            }
        });
    };
    view! {
        <button
            type="button"
            class="button"
            class:button-quiet=is_icon
            class:button-icon=is_icon
            title=is_icon.then_some(label)
            on:click=copy
        >
            {move || if copied.get() { Icon::Check.small() } else { Icon::Copy.small() }}
            <span class:visually-hidden=is_icon aria-live="polite" prop:textContent=move || if copied.get() { text_of::COPIED } else { label }></span>
        </button>
    }
}
