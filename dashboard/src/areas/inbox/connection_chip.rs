//! The connection chip of the rail, and the banner of a list that may be out of date.

use deskbell_engine::Connection;
use leptos::prelude::*;

use crate::areas::inbox::inbox_store::use_inbox;
use crate::browser::clock::use_clock;
use crate::text::shell as text;
use crate::ui::button::Button;
use crate::ui::icon::Icon;
use crate::ui::menu::is_popover_open;

const ID: &str = "connection";

/// The connection as a word for the style sheet, as a title, and in a sentence.
fn describe(
    connection: &Connection,
    is_online: bool,
    now: i64,
) -> (&'static str, &'static str, String) {
    if !is_online {
        return ("offline", text::OFFLINE, text::OFFLINE_DETAIL.to_owned());
    }
    match connection {
        Connection::Live => ("live", text::CONNECTED, text::CONNECTED_DETAIL.to_owned()),
        Connection::Idle | Connection::Connecting => (
            "connecting",
            text::CONNECTING,
            text::CONNECTING_DETAIL.to_owned(),
        ),
        Connection::Unresponsive => (
            "waiting",
            text::RECONNECTING,
            text::UNRESPONSIVE_DETAIL.to_owned(),
        ),
        Connection::Waiting { retry_at } => (
            "waiting",
            text::RECONNECTING,
            text::retrying_in(seconds_until(*retry_at, now)),
        ),
        Connection::Stopped { .. } => ("stopped", text::OFFLINE, text::STOPPED_DETAIL.to_owned()),
    }
}

/// The seconds until the next attempt, which is never further away than this.
fn seconds_until(at: i64, now: i64) -> i64 {
    ((at - now + 999) / 1000).clamp(0, 30)
}

#[component]
pub(crate) fn ConnectionChip() -> impl IntoView {
    let inbox = use_inbox();
    let clock = use_clock();
    let described = move |now: i64| {
        let is_online = inbox.is_online.get();
        inbox
            .connection
            .with(|connection| describe(connection, is_online, now))
    };
    let state = Memo::new(move |_| described(0).0);
    let title = Memo::new(move |_| described(0).1);
    // The rail is too narrow for the title of this state.
    let word = move || match title.get() {
        text::RECONNECTING => text::CONNECTING,
        title => title,
    };
    let detail = move || described(clock.now()).2;
    let is_open = RwSignal::new(false);
    view! {
        <button
            type="button"
            class="connection-chip rail-item"
            data-state=state
            popovertarget=ID
            aria-expanded=move || is_open.get().to_string()
            title=title
            aria-label=move || text::connection(title.get())
        >
            {move || match state.get() {
                "live" | "connecting" => Icon::Online.large().into_any(),
                _ => Icon::Offline.large().into_any(),
            }}
            <span class="rail-word" prop:textContent=word></span>
        </button>
        <div id=ID class="menu connection-popover" popover="auto" on:toggle=move |event| is_open.set(is_popover_open(&event))>
            <h2 prop:textContent=title></h2>
            <p prop:textContent=detail></p>
            <Show when=move || matches!(state.get(), "waiting" | "stopped")>
                <Button on_press=move |()| inbox.retry_now()>{text::RETRY_NOW}</Button>
            </Show>
        </div>
    }
}

/// The banner above a list that may be out of date. A screen reader announces each state once: the
/// countdown, which changes every second, is hidden from it.
#[component]
pub(crate) fn StaleBanner() -> impl IntoView {
    let inbox = use_inbox();
    let clock = use_clock();
    let banner = Memo::new(move |_| {
        if !inbox.is_online.get() {
            return Some(text::OFFLINE_BANNER);
        }
        inbox.connection.with(|connection| match connection {
            Connection::Waiting { .. } | Connection::Unresponsive => {
                Some(text::RECONNECTING_BANNER)
            }
            Connection::Stopped { .. } => Some(text::OFFLINE_BANNER),
            Connection::Connecting if inbox.is_loaded.get() => Some(text::RECONNECTING_BANNER),
            Connection::Idle | Connection::Connecting | Connection::Live => None,
        })
    });
    let countdown = move || {
        let now = clock.now();
        inbox.connection.with(|connection| match connection {
            Connection::Waiting { retry_at } if inbox.is_online.get() => {
                text::seconds_left(seconds_until(*retry_at, now))
            }
            _ => String::new(),
        })
    };
    view! {
        <div role="status">
            <Show when=move || banner.get().is_some()>
                <div class="banner banner-stale">
                    <span prop:textContent=move || banner.get().unwrap_or_default()></span>
                    <span aria-hidden="true" prop:textContent=countdown></span>
                    <Show when=move || inbox.is_online.get()>
                        <Button class="button-quiet" on_press=move |()| inbox.retry_now()>{text::RETRY_NOW}</Button>
                    </Show>
                </div>
            </Show>
        </div>
    }
}
