//! The navigation rail: links to the screens, and below them the menus and the connection.

use leptos::prelude::*;

use crate::areas::inbox::connection_chip::ConnectionChip;
use crate::areas::workspace::account_menu::AccountMenu;
use crate::areas::workspace::notifications_menu::NotificationsMenu;
use crate::areas::workspace::theme_menu::ThemeMenu;
use crate::shell::navigator::Navigator;
use crate::shell::route::{Area, Route, Section};
use crate::text::{canned_responses as canned, shell as text};
use crate::ui::bell_mark::BellMark;
use crate::ui::icon::Icon;

#[component]
pub(crate) fn Rail(
    #[prop(into)] attention: Signal<usize>,
    on_shortcuts: Callback<()>,
) -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    let area = Memo::new(move |_| navigator.route().area());
    let current = move |is: Area| (area.get() == is).then_some("page");
    let open_settings = move |_| {
        if area.get_untracked() != Area::Settings {
            navigator.go(Route::Settings(Section::Account));
        }
    };
    let count = move || attention.get().min(99).to_string();
    view! {
        <nav class="rail" aria-label=text::RAIL>
            <BellMark/>
            <button
                type="button"
                class="rail-item"
                aria-current=move || current(Area::Inbox)
                aria-label=move || text::inbox_button(attention.get())
                on:click=move |_| navigator.go(Route::Inbox)
            >
                {Icon::Inbox.large()}
                <span class="rail-word">{text::INBOX}</span>
                <Show when=move || { attention.get() > 0 }>
                    <span class="rail-count" prop:textContent=count></span>
                </Show>
            </button>
            <button
                type="button"
                class="rail-item"
                aria-current=move || current(Area::CannedResponses)
                aria-label=canned::CANNED_RESPONSES
                title=canned::CANNED_RESPONSES
                on:click=move |_| navigator.go(Route::CannedResponses)
            >
                {Icon::Canned.large()}
                <span class="rail-word">{text::CANNED}</span>
            </button>
            <button
                type="button"
                class="rail-item"
                aria-current=move || current(Area::Settings)
                on:click=open_settings
            >
                {Icon::Settings.large()}
                <span class="rail-word">{text::SETTINGS}</span>
            </button>
            <span class="rail-space"></span>
            <ConnectionChip/>
            <NotificationsMenu/>
            <ThemeMenu/>
            <AccountMenu on_shortcuts/>
        </nav>
    }
}
