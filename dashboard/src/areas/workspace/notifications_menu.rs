//! The alerts menu of the rail: sound, desktop notifications, mute.

use leptos::prelude::*;

use crate::areas::workspace::notifier::{DesktopPermission, Notifier};
use crate::shell::preferences::{Preferences, use_preferences};
use crate::text::shell as text;
use crate::ui::icon::Icon;
use crate::ui::menu::Menu;

const ID: &str = "notifications-menu";

#[component]
pub(crate) fn NotificationsMenu() -> impl IntoView {
    let preferences = use_preferences();
    let notifier = expect_context::<Notifier>();
    let is_muted = Memo::new(move |_| preferences.with(|it| !it.sound && !it.desktop));
    let label = move || match is_muted.get() {
        true => text::ALERTS_MUTED,
        false => text::ALERTS,
    };
    let desktop_on = move || {
        preferences.with(|it| it.desktop) && notifier.permission() == DesktopPermission::Granted
    };
    let change_desktop = move || match notifier.permission() {
        DesktopPermission::Granted => preferences.update(|it| it.desktop = !it.desktop),
        DesktopPermission::NotAsked => {
            preferences.update(|it| it.desktop = true);
            notifier.ask_permission();
        }
        DesktopPermission::Denied | DesktopPermission::Unsupported => {}
    };
    let mute = move || {
        let is_muted = is_muted.get_untracked();
        preferences.update(|it: &mut Preferences| {
            it.sound = is_muted;
            it.desktop = is_muted;
        });
    };
    let why_not = move || match notifier.permission() {
        DesktopPermission::Denied => Some(text::DESKTOP_BLOCKED),
        DesktopPermission::Unsupported => Some(text::DESKTOP_UNSUPPORTED),
        DesktopPermission::NotAsked | DesktopPermission::Granted => None,
    };
    let cannot_ask = move || why_not().is_some();
    let is_open = RwSignal::new(false);
    view! {
        <button
            type="button"
            class="rail-item"
            popovertarget=ID
            aria-expanded=move || is_open.get().to_string()
            aria-label=label
            title=label
        >
            {move || if is_muted.get() { Icon::BellOff.large() } else { Icon::Bell.large() }}
            <span class="rail-word">{text::ALERTS}</span>
        </button>
        <Menu id=ID is_open class="notifications-menu" label=text::ALERTS>
            <Switch name=text::SOUND is_on=Signal::derive(move || preferences.with(|it| it.sound))
                on_press=move || preferences.update(|it| it.sound = !it.sound)/>
            <Switch name=text::DESKTOP_NOTIFICATIONS is_on=Signal::derive(desktop_on)
                is_disabled=Signal::derive(cannot_ask) on_press=change_desktop/>
            {move || why_not().map(|why| view! { <p class="menu-note" role="presentation">{why}</p> })}
            <hr/>
            <Switch name=text::MUTE_ALL is_on=Signal::derive(move || is_muted.get()) on_press=mute/>
        </Menu>
    }
}

#[component]
fn Switch(
    name: &'static str,
    #[prop(into)] is_on: Signal<bool>,
    #[prop(optional, into)] is_disabled: Signal<bool>,
    on_press: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button
            type="button"
            role="menuitemcheckbox"
            class="menu-item"
            aria-checked=move || is_on.get().to_string()
            aria-disabled=move || is_disabled.get().then_some("true")
            on:click=move |_| if !is_disabled.get_untracked() { on_press() }
        >
            <span class="menu-words">{name}</span>
            {move || is_on.get().then(|| Icon::Check.small())}
        </button>
    }
}
