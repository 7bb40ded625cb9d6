//! Light, dark, or as the system says.

use leptos::prelude::*;

use crate::components::icon::Icon;
use crate::components::menu::{Menu, hide};
use crate::state::theme::{Theme, use_theme};

const ID: &str = "theme-menu";
const CHOICES: [(Theme, Icon, &str); 3] = [
    (Theme::System, Icon::Monitor, "As the system"),
    (Theme::Light, Icon::Sun, "Light"),
    (Theme::Dark, Icon::Moon, "Dark"),
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
    view! {
        <button type="button" class="rail-item" popovertarget=ID aria-label="Theme" title="Theme">{icon}</button>
        <Menu id=ID class="theme-menu" label="Theme">{CHOICES.map(choice)}</Menu>
    }
}
