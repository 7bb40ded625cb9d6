//! The hours of a week, for those who cannot change them.

use deskbell_protocol::api::workspace::business_hours::{Weekday, WeeklyHours};
use leptos::prelude::*;

use crate::areas::settings::hours_of_week::{line, of_day};
use crate::browser::civil_time::time_of_day;
use crate::text::business_hours as text;

#[component]
pub(super) fn WeekView(week: Vec<WeeklyHours>) -> impl IntoView {
    let row = |day: Weekday| {
        let hours = line(&of_day(&week, day), time_of_day);
        view! { <div class="week-line"><dt>{text::day_name(day)}</dt> <dd>{hours}</dd></div> }
    };
    view! { <dl class="week">{Weekday::ALL.map(row)}</dl> }
}
