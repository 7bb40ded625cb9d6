//! The narrow column at the edge: where one is, and what concerns the whole program.

use leptos::prelude::*;

use crate::components::account_menu::AccountMenu;
use crate::components::bell_mark::BellMark;
use crate::components::connection_chip::ConnectionChip;
use crate::components::icon::Icon;
use crate::components::theme_menu::ThemeMenu;
use crate::state::navigator::Navigator;
use crate::state::route::{Route, Section};

#[component]
pub(crate) fn Rail(
    #[prop(into)] waiting: Signal<usize>,
    on_shortcuts: Callback<()>,
) -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    let in_settings = Memo::new(move |_| navigator.route().section().is_some());
    let current = move |is_settings: bool| (in_settings.get() == is_settings).then_some("page");
    view! {
        <nav class="rail" aria-label="Deskbell">
            <BellMark/>
            <button
                type="button"
                class="rail-item"
                aria-current=move || current(false)
                title="Inbox"
                aria-label=move || format!("Inbox, {} waiting", waiting.get())
                on:click=move |_| navigator.go(Route::Inbox)
            >
                {Icon::Inbox.large()}
                {move || (waiting.get() > 0).then(|| view! { <span class="rail-count">{waiting.get().min(99)}</span> })}
            </button>
            <button
                type="button"
                class="rail-item"
                aria-current=move || current(true)
                title="Settings"
                aria-label="Settings"
                on:click=move |_| if !in_settings.get_untracked() { navigator.go(Route::Settings(Section::Account)) }
            >
                {Icon::Settings.large()}
            </button>
            <span class="rail-space"></span>
            <ConnectionChip/>
            <ThemeMenu/>
            <AccountMenu on_shortcuts/>
        </nav>
    }
}
