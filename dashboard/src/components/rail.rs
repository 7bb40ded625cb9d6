//! The narrow column at the edge: where one is, and what concerns the whole program.

use leptos::prelude::*;

use crate::api::SignedIn;
use crate::components::account_menu::AccountMenu;
use crate::components::bell_mark::BellMark;
use crate::components::connection_chip::ConnectionChip;
use crate::components::icon::Icon;
use crate::components::theme_menu::ThemeMenu;
use crate::state::navigator::Navigator;
use crate::state::route::Route;

#[component]
pub(crate) fn Rail(
    signed_in: SignedIn,
    #[prop(into)] waiting: Signal<usize>,
    on_shortcuts: Callback<()>,
) -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    view! {
        <nav class="rail" aria-label="Deskbell">
            <BellMark/>
            <button
                type="button"
                class="rail-item"
                aria-current="page"
                title="Inbox"
                aria-label=move || format!("Inbox, {} waiting", waiting.get())
                on:click=move |_| navigator.go(Route::Inbox)
            >
                {Icon::Inbox.large()}
                {move || (waiting.get() > 0).then(|| view! { <span class="rail-count">{waiting.get().min(99)}</span> })}
            </button>
            <span class="rail-space"></span>
            <ConnectionChip/>
            <ThemeMenu/>
            <AccountMenu signed_in on_shortcuts/>
        </nav>
    }
}
