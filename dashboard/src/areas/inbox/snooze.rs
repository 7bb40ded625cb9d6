//! Snoozing a conversation: the times that are offered, and the picker.

use deskbell_engine::Action;
use deskbell_protocol::{Conversation, Snooze, Status, UnixMs};
use leptos::prelude::*;

use crate::areas::inbox::commands::use_commands;
use crate::areas::inbox::focus::focus_thread;
use crate::areas::inbox::inbox_store::use_inbox;
use crate::browser::clock::use_clock;
use crate::browser::locale::BrowserLocale;
use crate::format;
use crate::text::thread as text;
use crate::ui::picker::{Picker, PickerOption};

const HOUR_MS: i64 = 3_600_000;
/// The hour at which a working day begins.
const MORNING: u32 = 9;
/// The value of the option without a time; those of the others are their times.
const UNTIL_REPLY: &str = "reply";
/// The value of the option that ends a snooze.
const END: &str = "end";

/// Whether a conversation can be snoozed.
pub(super) fn is_snoozable(conversation: &Conversation) -> bool {
    conversation.status == Status::Active
}

/// The state of a snoozed conversation in words.
pub(super) fn state(conversation: &Conversation, now: UnixMs) -> Option<String> {
    Some(match conversation.attributes.snooze?.until {
        Some(until) => text::snoozed_until(&format::moment(until, now, &BrowserLocale)),
        None => text::SNOOZED_UNTIL_REPLY.to_owned(),
    })
}

/// The next morning after `now` that is so many days ahead, in the browser's time zone.
fn morning(now: UnixMs, days: impl Fn(&js_sys::Date) -> u32) -> UnixMs {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(now as f64));
    date.set_date(date.get_date() + days(&date));
    date.set_hours(MORNING);
    date.set_minutes(0);
    date.set_seconds(0);
    date.set_milliseconds(0);
    date.get_time() as i64
}

/// The days to the next Monday: 1 to 7.
fn days_to_monday(date: &js_sys::Date) -> u32 {
    7 - (date.get_day() + 6) % 7
}

#[component]
pub(super) fn SnoozePicker() -> impl IntoView {
    let inbox = use_inbox();
    let clock = use_clock();
    let open = use_commands().picks_snooze;
    let is_snoozed = Memo::new(move |_| {
        inbox.thread.with(|thread| {
            let conversation = thread.conversation.as_ref();
            conversation.is_some_and(|it| it.attributes.snooze.is_some())
        })
    });
    let options = Signal::derive(move || {
        // The times of the moment in which the picker is opened.
        let now = clock.now_untracked();
        if !open.get() {
            return Vec::new();
        }
        let at = |label: &str, until: UnixMs| PickerOption {
            value: until.to_string(),
            label: label.to_owned(),
            detail: format::moment(until, now, &BrowserLocale),
            is_current: false,
        };
        let plain = |value: &str, label: &str| PickerOption {
            value: value.to_owned(),
            label: label.to_owned(),
            detail: String::new(),
            is_current: false,
        };
        let mut options = vec![
            at(text::SNOOZE_HOUR, now + HOUR_MS),
            at(text::SNOOZE_HOURS, now + 3 * HOUR_MS),
            at(text::SNOOZE_TOMORROW, morning(now, |_| 1)),
            at(text::SNOOZE_MONDAY, morning(now, days_to_monday)),
            plain(UNTIL_REPLY, text::SNOOZE_UNTIL_REPLY),
        ];
        if is_snoozed.get() {
            options.insert(0, plain(END, text::SNOOZE_END));
        }
        options
    });
    let choose = Callback::new(move |value: String| {
        let snooze = match value.as_str() {
            END => None,
            UNTIL_REPLY => Some(Snooze { until: None }),
            time => Some(Snooze {
                until: time.parse().ok(),
            }),
        };
        if let Some(conversation_id) = inbox.thread.with_untracked(|thread| thread.id) {
            inbox.act(Action::Snooze {
                conversation_id,
                snooze,
            });
        }
    });
    view! {
        <Picker
            id="snooze"
            open
            title=text::SNOOZE_TITLE
            placeholder=text::SNOOZE_PLACEHOLDER
            options
            on_choose=choose
            on_closed=Callback::new(|()| focus_thread())
        />
    }
}
