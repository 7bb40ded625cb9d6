//! The form of a week: the time zone and the hours of each day.

use deskbell_protocol::api::workspace::business_hours::{SetBusinessHours, Weekday, WeeklyHours};
use leptos::prelude::*;

use super::HoursStore;
use super::copy::CopyDialog;
use super::interval_rows::{DayIntervals, IntervalRows};
use crate::areas::settings::hours_of_week::{Times, of_day, to_week};
use crate::browser::civil_time::time_zone;
use crate::shell::form::Form;
use crate::shell::form_parts::{FormMessage, SubmitButton, on_submit};
use crate::shell::session::use_current_user;
use crate::text::business_hours as text;
use crate::text::shell::SAVE;
use crate::ui::combobox::Combobox;
use crate::ui::toasts::Toasts;

/// The server's names of the days.
const FIELDS: [&str; 7] = [
    "week.monday",
    "week.tuesday",
    "week.wednesday",
    "week.thursday",
    "week.friday",
    "week.saturday",
    "week.sunday",
];
const ALL_FIELDS: [&str; 8] = [
    "time_zone",
    FIELDS[0],
    FIELDS[1],
    FIELDS[2],
    FIELDS[3],
    FIELDS[4],
    FIELDS[5],
    FIELDS[6],
];

/// A day of the week that is edited.
#[derive(Clone, Copy)]
pub(super) struct Day {
    pub(super) weekday: Weekday,
    pub(super) intervals: DayIntervals,
}

#[component]
pub(super) fn WeekForm(store: HoursStore, zone: String, week: Vec<WeeklyHours>) -> impl IntoView {
    let current_user = use_current_user();
    let toasts = expect_context::<Toasts>();
    let form = Form::new(&ALL_FIELDS);
    let is_new = zone.is_empty();
    let zone = RwSignal::new(if is_new { time_zone() } else { zone });
    let days = Weekday::ALL.map(|weekday| Day {
        weekday,
        intervals: DayIntervals::new(match is_new {
            true => usual(weekday),
            false => of_day(&week, weekday),
        }),
    });
    let copied = RwSignal::new(None::<Weekday>);
    let submit = move || {
        let week = days
            .iter()
            .flat_map(|day| to_week(day.weekday, &day.intervals.times()));
        let body = SetBusinessHours {
            time_zone: zone.get_untracked(),
            week: week.collect(),
            holidays: None,
        };
        let owner = store.owner.get_untracked();
        let work = current_user.get_untracked().set_business_hours(owner, body);
        form.send(work, move |saved| {
            store.saved(saved);
            toasts.say(text::HOURS_SAVED);
        });
    };
    let row = move |(day, field): (Day, &'static str)| {
        let name = text::day_name(day.weekday);
        view! {
            <div class="week-day" role="group" aria-label=name>
                <div class="week-day-head">
                    <strong>{name}</strong>
                    {move || day.intervals.is_empty().then(|| view! { <span>{text::CLOSED}</span> })}
                </div>
                <div class="week-day-hours"><IntervalRows of=name day=day.intervals error=form.of_field(field)/></div>
                <button type="button" class="button button-quiet" aria-label=text::copy_label(name)
                    on:click=move |_| copied.set(Some(day.weekday))>{text::COPY_OPEN}</button>
            </div>
        }
    };
    let zones = store.loaded.get().unwrap_or_default().zones;
    view! {
        <form class="hours-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <div class="settings-form">
                <Combobox name="time-zone" label=text::TIME_ZONE value=zone options=zones
                    error=form.of_field("time_zone") hint=text::TIME_ZONE_HINT/>
            </div>
            <div class="week" role="group" aria-label=text::WEEK>
                {days.into_iter().zip(FIELDS).map(row).collect_view()}
            </div>
            <SubmitButton form>{SAVE}</SubmitButton>
        </form>
        <CopyDialog days copied/>
    }
}

/// The hours that are offered to those who have none yet.
fn usual(day: Weekday) -> Vec<Times> {
    match day {
        Weekday::Saturday | Weekday::Sunday => Vec::new(),
        _ => vec![("09:00".to_owned(), "17:00".to_owned())],
    }
}
