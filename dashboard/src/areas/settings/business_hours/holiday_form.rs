//! The form of a holiday: its name, its days and its hours.

use deskbell_protocol::api::workspace::business_hours::{Holiday, HolidayHours, SetHolidays};
use leptos::prelude::*;

use super::HoursStore;
use super::holidays::{times_of, without};
use super::interval_rows::{DayIntervals, IntervalRows};
use crate::areas::settings::hours_of_week::{Times, sent_end};
use crate::shell::form::Form;
use crate::shell::form_parts::{DialogActions, FormMessage, on_submit};
use crate::shell::session::use_current_user;
use crate::text::shell::SAVE;
use crate::text::{business_hours as text, settings};
use crate::ui::field::{Field, FieldKind};

// The edited holiday is the first one that is sent, so these are the server's names of its fields.
const NAME: &str = "holidays.0.name";
const FROM: &str = "holidays.0.from";
const TO: &str = "holidays.0.to";
const HOURS: &str = "holidays.0.hours";

#[component]
pub(super) fn HolidayForm(
    store: HoursStore,
    /// The holiday to change; `None` for a new one.
    before: Option<Holiday>,
    close: Callback<()>,
) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&[NAME, FROM, TO, HOURS]);
    let is_new = before.is_none();
    let shown = before.clone().unwrap_or_else(no_holiday);
    let times = times_of(&shown);
    let name = RwSignal::new(shown.name);
    let from = RwSignal::new(shown.from);
    let to = RwSignal::new(shown.to.unwrap_or_default());
    let yearly = RwSignal::new(shown.yearly);
    let has_hours = RwSignal::new(!times.is_empty());
    let intervals = DayIntervals::new(match times.is_empty() {
        true => vec![("09:00".to_owned(), "12:00".to_owned())],
        false => times,
    });
    let submit = move || {
        let to = to.get_untracked();
        let hours = match has_hours.get_untracked() {
            true => intervals.times().into_iter().map(hours).collect(),
            false => Vec::new(),
        };
        let mut holidays = without(store, before.as_ref());
        holidays.insert(
            0,
            Holiday {
                name: name.get_untracked(),
                from: from.get_untracked(),
                to: (!to.is_empty()).then_some(to),
                yearly: yearly.get_untracked(),
                hours,
            },
        );
        let owner = store.owner.get_untracked();
        let work = current_user
            .get_untracked()
            .set_holidays(owner, SetHolidays { holidays });
        form.send(work, move |saved| {
            close.run(());
            store.saved(saved);
        });
    };
    let way = move |with_hours: bool, label: &'static str| {
        view! {
            <label class="choice">
                <input type="radio" name="holiday-hours" prop:checked=move || has_hours.get() == with_hours
                    on:change=move |_| has_hours.set(with_hours)/>
                <span>{label}</span>
            </label>
        }
    };
    view! {
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <Field name="holiday-name" label=settings::NAME kind=FieldKind::Text value=name error=form.of_field(NAME)/>
            <Field name="holiday-from" label=text::FIRST_DAY kind=FieldKind::Date value=from error=form.of_field(FROM)/>
            <Field name="holiday-to" label=text::LAST_DAY kind=FieldKind::Date value=to is_optional=true
                error=form.of_field(TO) hint=text::LAST_DAY_HINT/>
            <label class="choice">
                <input type="checkbox" prop:checked=move || yearly.get()
                    on:change=move |event| yearly.set(event_target_checked(&event))/>
                <span>{text::EVERY_YEAR}</span>
            </label>
            <div class="choices" role="radiogroup" aria-label=text::HOLIDAY_HOURS>
                {way(false, text::CLOSED_ALL_DAY)}
                {way(true, text::OTHER_HOURS)}
            </div>
            {move || has_hours.get().then(|| view! {
                <div><IntervalRows of=text::HOLIDAY day=intervals error=form.of_field(HOURS)/></div>
            })}
            <DialogActions form close>{if is_new { text::ADD_HOLIDAY } else { SAVE }}</DialogActions>
        </form>
    }
}

fn no_holiday() -> Holiday {
    Holiday {
        name: String::new(),
        from: String::new(),
        to: None,
        yearly: false,
        hours: Vec::new(),
    }
}

fn hours((opens, closes): Times) -> HolidayHours {
    HolidayHours {
        opens,
        closes: sent_end(&closes),
    }
}
