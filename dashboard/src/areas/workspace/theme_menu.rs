//! The menu of colour themes.

use leptos::prelude::*;

use crate::shell::theme::{Theme, use_theme};
use crate::text::shell as text;
use crate::ui::icon::Icon;
use crate::ui::menu::{Menu, hide};

const ID: &str = "theme-menu";
const CHOICES: [(Theme, Icon, &str); 3] = [
    (Theme::System, Icon::Monitor, text::THEME_SYSTEM),
    (Theme::Light, Icon::Sun, text::THEME_LIGHT),
    (Theme::Dark, Icon::Moon, text::THEME_DARK),
];

#[component]
pub(crate) fn ThemeMenu() -> impl IntoView {
    let theme = use_theme();
    let icon = move || match theme.get() {
        Theme::System => Icon::Monitor.large(),
        Theme::Light => Icon::Sun.large(),
        Theme::Dark => Icon::Moon.large(),
    };
    let choice = move |(value, icon, name): (Theme, Icon, &'static str)| {
        let chosen = move || theme.get() == value;
        view! {
            <button
                type="button"
                role="menuitemradio"
                class="menu-item"
                aria-checked=move || chosen().to_string()
                on:click=move |_| { theme.set(value); hide(ID) }
            >
                {icon.small()} {name}
                {move || chosen().then(|| Icon::Check.small())}
            </button>
        }
    };
    let is_open = RwSignal::new(false);
    view! {
        <button type="button" class="rail-item" popovertarget=ID aria-expanded=move || is_open.get().to_string()>
            {icon}
            <span class="rail-word">{text::THEME}</span>
        </button>
        <Menu id=ID is_open class="theme-menu" label=text::THEME>{CHOICES.map(choice)}</Menu>
    }
}
