//! Rows of intervals: when it opens and closes, with buttons to add and to remove some.

use leptos::prelude::*;

use crate::areas::settings::hours_of_week::{Times, next_times, passes_midnight};
use crate::text::business_hours as text;
use crate::ui::icon::Icon;

/// An interval that is edited.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct IntervalRow {
    key: u32,
    opens: RwSignal<String>,
    closes: RwSignal<String>,
}

/// The intervals of a day that is edited.
#[derive(Clone, Copy)]
pub(super) struct DayIntervals {
    rows: RwSignal<Vec<IntervalRow>>,
    next: StoredValue<u32>,
    /// The form: rows that a dialog adds must outlive the dialog.
    owner: StoredValue<Owner>,
}

impl DayIntervals {
    pub(super) fn new(times: Vec<Times>) -> Self {
        let day = Self {
            rows: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        };
        day.set(times);
        day
    }

    /// The entered times.
    pub(super) fn times(self) -> Vec<Times> {
        let times = |row: &IntervalRow| (row.opens.get_untracked(), row.closes.get_untracked());
        self.rows
            .with_untracked(|rows| rows.iter().map(times).collect())
    }

    /// Replaces all intervals.
    pub(super) fn set(self, times: Vec<Times>) {
        let rows = times.into_iter().map(|times| self.row(times)).collect();
        self.rows.set(rows);
    }

    /// Whether there is none; tracked.
    pub(super) fn is_empty(self) -> bool {
        self.rows.with(Vec::is_empty)
    }

    fn add(self) {
        let row = self.row(next_times(&self.times()));
        self.rows.update(|rows| rows.push(row));
    }

    fn remove(self, key: u32) {
        self.rows.update(|rows| rows.retain(|row| row.key != key));
    }

    fn row(self, (opens, closes): Times) -> IntervalRow {
        let key = self.next.get_value();
        self.next.set_value(key + 1);
        self.owner.get_value().with(|| IntervalRow {
            key,
            opens: RwSignal::new(opens),
            closes: RwSignal::new(closes),
        })
    }
}

#[component]
pub(super) fn IntervalRows(
    /// What the intervals belong to, as in `Monday`.
    of: &'static str,
    day: DayIntervals,
    #[prop(into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let invalid = move || error.get().is_some().to_string();
    let note_id = format!("hours-note-{}", of.to_lowercase());
    let described = note_id.clone();
    let row = move |row: IntervalRow| {
        let passes = move || passes_midnight(&(row.opens.get(), row.closes.get()));
        let removed = move || text::remove_label(of, &row.opens.get());
        let time = |label: String, value: RwSignal<String>| {
            view! {
                <input type="time" class="interval-time" aria-label=label aria-invalid=invalid
                    aria-describedby=described.clone() bind:value=value/>
            }
        };
        view! {
            <li class="interval">
                {time(text::opens_label(of), row.opens)}
                <span>{text::TO}</span>
                {time(text::closes_label(of), row.closes)}
                <button type="button" class="button button-quiet button-icon" aria-label=removed title=removed
                    on:click=move |_| day.remove(row.key)>{Icon::Close.small()}</button>
                {move || passes().then(|| view! { <span class="interval-note">{text::NEXT_DAY}</span> })}
            </li>
        }
    };
    view! {
        <ul class="intervals" aria-label=of>
            <For each=move || day.rows.get() key=|row| row.key children=row/>
        </ul>
        <div id=note_id>
            {move || error.get().map(|error| view! {
                <p class="interval-error" role="alert">{Icon::Alert.small()} <span>{error}</span></p>
            })}
        </div>
        <button type="button" class="button button-quiet interval-add" aria-label=text::add_label(of) on:click=move |_| day.add()>
            {Icon::Plus.small()} {text::ADD_HOURS}
        </button>
    }
}
