//! Whether what is on the screen is live.

use deskbell_engine::Connection;
use leptos::prelude::*;

use crate::components::button::Button;
use crate::state::clock::use_clock;
use crate::state::desk::use_desk;

const ID: &str = "connection";

/// The connection as a word for the style, and as words for people.
fn describe(connection: &Connection, now: i64) -> (&'static str, &'static str, String) {
    match connection {
        Connection::Live => (
            "live",
            "Live",
            "Messages arrive as they are written.".into(),
        ),
        Connection::Idle | Connection::Connecting => {
            ("connecting", "Connecting", "This takes a moment.".into())
        }
        Connection::Waiting { retry_at } => {
            let seconds = (retry_at - now + 999).max(0) / 1000;
            (
                "waiting",
                "Reconnecting",
                format!("In {seconds} s. What you write is kept and sent then."),
            )
        }
        Connection::Stopped { .. } => ("stopped", "Offline", "What you write is kept here.".into()),
    }
}

#[component]
pub(crate) fn ConnectionChip() -> impl IntoView {
    let desk = use_desk();
    let clock = use_clock();
    let state = Memo::new(move |_| desk.connection.with(|connection| describe(connection, 0).0));
    let title = Memo::new(move |_| desk.connection.with(|connection| describe(connection, 0).1));
    let detail = move || {
        desk.connection
            .with(|connection| describe(connection, clock.now()).2)
    };
    view! {
        <button
            type="button"
            class="connection-chip"
            data-state=state
            popovertarget=ID
            title=title
            aria-label=move || format!("Connection: {}", title.get())
        >
            <span class="connection-dot"></span>
        </button>
        <div id=ID class="menu connection-popover" popover="auto">
            <h2>{title}</h2>
            <p>{detail}</p>
            <Show when=move || matches!(state.get(), "waiting" | "stopped")>
                <Button on_press=move |()| desk.retry_now()>"Retry now"</Button>
            </Show>
        </div>
    }
}

/// Says above the list that it is not live, from the moment it was once.
#[component]
pub(crate) fn StaleBanner() -> impl IntoView {
    let desk = use_desk();
    let clock = use_clock();
    let text = Memo::new(move |_| {
        let now = clock.now();
        desk.connection.with(|connection| match connection {
            Connection::Waiting { retry_at } => Some(format!(
                "Reconnecting in {} s",
                (retry_at - now + 999).max(0) / 1000
            )),
            Connection::Stopped { .. } => Some("Offline".to_owned()),
            Connection::Connecting if desk.is_loaded.get() => Some("Reconnecting…".to_owned()),
            Connection::Idle | Connection::Connecting | Connection::Live => None,
        })
    });
    view! {
        <Show when=move || text.with(Option::is_some)>
            <div class="banner banner-stale" role="status">
                <span>{text}</span>
                <Button class="button-quiet" on_press=move |()| desk.retry_now()>"Retry now"</Button>
            </div>
        </Show>
    }
}
