//! The alerts menu of the rail: mentions and assignments, and below them sound, desktop notifications, mute.

use deskbell_protocol::Notification;
use leptos::prelude::*;

use crate::areas::workspace::notices::{Notices, title};
use crate::areas::workspace::notifier::{DesktopPermission, Notifier};
use crate::browser::clock::use_clock;
use crate::browser::locale::BrowserLocale;
use crate::format;
use crate::shell::navigator::Navigator;
use crate::shell::preferences::{Preferences, use_preferences};
use crate::shell::route::Route;
use crate::text::shell as text;
use crate::ui::icon::Icon;
use crate::ui::menu::{Menu, hide};

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
    let unread = expect_context::<Notices>().unread;
    let count = move || unread.get().min(99).to_string();
    let label = move || match unread.get() {
        0 => label().to_owned(),
        unread => text::alerts_unread(label(), unread),
    };
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
            <Show when=move || { unread.get() > 0 }>
                <span class="rail-count" prop:textContent=count></span>
            </Show>
        </button>
        <Menu id=ID is_open class="notifications-menu" label=text::ALERTS>
            <NoticeList/>
            <hr/>
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

/// The newest notifications. One opens its conversation, and is read with that.
#[component]
fn NoticeList() -> impl IntoView {
    let notices = expect_context::<Notices>();
    let navigator = expect_context::<Navigator>();
    let clock = use_clock();
    let ids = move || {
        notices
            .list
            .with(|list| list.iter().map(|it| it.id).collect::<Vec<_>>())
    };
    let is_empty = Memo::new(move |_| notices.list.with(Vec::is_empty));
    let draw = move |id| {
        let find = Memo::new(move |before: Option<&Option<Notification>>| {
            let found = notices
                .list
                .with(|list| list.iter().find(|it| it.id == id).cloned());
            found.or_else(|| before.cloned().flatten())
        });
        let notification = find.get_untracked()?;
        let conversation = notification.conversation_id;
        let is_unread = move || find.with(|it| it.as_ref().is_some_and(|it| !it.read));
        let when = move || format::ago(notification.created_at, clock.now(), &BrowserLocale);
        let open = move |_| {
            hide(ID);
            navigator.go(Route::Conversation(conversation));
        };
        Some(view! {
            <button type="button" role="menuitem" class="menu-item notice-item" data-unread=move || is_unread().to_string() on:click=open>
                <span class="notice-words">
                    <strong dir="auto">{title(&notification)}</strong>
                    <span dir="auto">{notification.text.clone()}</span>
                    <time prop:textContent=when></time>
                </span>
                {move || is_unread().then(|| view! {
                    <span class="notice-dot"><span class="visually-hidden">{text::NOTICE_UNREAD}</span></span>
                })}
            </button>
        })
    };
    let read_all = move |_| {
        if notices.unread.get_untracked() > 0 {
            notices.read(None);
        }
    };
    view! {
        <div class="notice-list" role="presentation">
            {move || (is_empty.get() && !notices.has_failed.get()).then(|| view! {
                <p class="menu-note" role="presentation">{text::NO_NOTICES}</p>
            })}
            <For each=ids key=|id| *id children=draw/>
            {move || notices.has_more.get().then(|| view! {
                <button type="button" role="menuitem" class="menu-item" on:click=move |_| notices.load_older()>{text::OLDER_NOTICES}</button>
            })}
            {move || notices.has_failed.get().then(|| view! {
                <p class="menu-note" role="presentation">{text::NOTICES_FAILED}</p>
                <button type="button" role="menuitem" class="menu-item" on:click=move |_| notices.load()>{text::NOTICES_RETRY}</button>
            })}
        </div>
        // It stays when there is nothing to read, because it may have the focus.
        <button
            type="button"
            role="menuitem"
            class="menu-item"
            aria-disabled=move || (notices.unread.get() == 0).then_some("true")
            on:click=read_all
        >
            {Icon::Checks.small()} {text::READ_ALL}
        </button>
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
