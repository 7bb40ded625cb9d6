//! Whether it is open now, and what comes next, in local time. The server decides: this browser's time
//! zones may be older.

use leptos::prelude::*;

use super::{HoursStore, Received};
use crate::browser::civil_time;
use crate::browser::clock::use_clock;
use crate::text::business_hours as text;

const MINUTE_MS: i64 = 60_000;
/// Days within which a weekday is enough to name one.
const WEEK: i64 = 7;

#[component]
pub(super) fn OpenStatus(store: HoursStore) -> impl IntoView {
    let clock = use_clock();
    let received = Memo::new(move |_| store.received());
    let minutes = Memo::new(move |_| {
        let since = received.with(|it| it.as_ref().map_or(0, |it| clock.now() - it.at));
        since.max(0) / MINUTE_MS
    });
    // It has opened or closed meanwhile.
    let is_outdated = Memo::new(move |_| {
        received.with(|it| it.as_ref().is_some_and(|it| changes(it, clock.now())))
    });
    Effect::new(move || {
        if is_outdated.get() {
            store.loaded.reload();
        }
    });
    move || {
        let Received { hours, .. } = received.get()?;
        let word = if hours.open_now {
            text::OPEN_NOW
        } else {
            text::CLOSED_NOW
        };
        let next = hours.next_change_local.as_deref();
        let next = next.map(|next| sentence(hours.open_now, &hours.local_now, next));
        let time = move || {
            let now = civil_time::clock_after(&hours.local_now, minutes.get());
            text::local_time(&now, &hours.time_zone)
        };
        Some(view! {
            <p class="hours-status">
                <span class="tag" role="status" class:tag-open=hours.open_now>{word}</span>
                <span>{next.map(|next| format!("{next} "))} {time}</span>
            </p>
        })
    }
}

/// Whether it opens or closes between the time it was received and now.
fn changes(received: &Received, now: i64) -> bool {
    let change = received.hours.next_change_at;
    change.is_some_and(|change| received.at < change && change <= now)
}

fn sentence(is_open: bool, now: &str, next: &str) -> String {
    let time = civil_time::clock(next);
    match civil_time::days_between(now, next) {
        0 => text::next_change(is_open, None, &time),
        1..WEEK => text::next_change(is_open, Some(&civil_time::weekday(next)), &time),
        _ => text::next_change(is_open, Some(&civil_time::date(next)), &time),
    }
}
