//! The dialog that copies the hours of one day to others.

use deskbell_protocol::api::workspace::business_hours::Weekday;
use leptos::prelude::*;

use super::week_form::Day;
use crate::shell::form_parts::on_submit;
use crate::text::business_hours as text;
use crate::text::shell::CANCEL;
use crate::ui::checkbox_list::CheckboxList;
use crate::ui::dialog::Dialog;

#[component]
pub(super) fn CopyDialog(days: [Day; 7], copied: RwSignal<Option<Weekday>>) -> impl IntoView {
    let open = Signal::derive(move || copied.with(Option::is_some));
    let close = Callback::new(move |()| copied.set(None));
    view! {
        <Dialog title=text::COPY_HOURS open on_close=close>
            {move || copied.get_untracked().map(|from| view! { <CopyForm days from close/> })}
        </Dialog>
    }
}

#[component]
fn CopyForm(days: [Day; 7], from: Weekday, close: Callback<()>) -> impl IntoView {
    let others = Weekday::ALL.into_iter().filter(|day| *day != from);
    // The other working days, most of the time.
    let usual = others
        .clone()
        .filter(|day| !matches!(day, Weekday::Saturday | Weekday::Sunday));
    let chosen = RwSignal::new(usual.collect::<Vec<_>>());
    let options: Vec<_> = others
        .map(|day| (day, text::day_name(day).to_owned()))
        .collect();
    let submit = move || {
        let times = days.iter().find(|day| day.weekday == from);
        let times = times.map(|day| day.intervals.times()).unwrap_or_default();
        let chosen = chosen.get_untracked();
        for day in days.iter().filter(|day| chosen.contains(&day.weekday)) {
            day.intervals.set(times.clone());
        }
        close.run(());
    };
    view! {
        <p>{text::copy_lead(text::day_name(from))}</p>
        <form class="settings-form hours-copy" novalidate on:submit=on_submit(submit)>
            <CheckboxList legend=text::COPY_TO options chosen/>
            <div class="dialog-actions">
                <button type="button" class="button" on:click=move |_| close.run(())>{CANCEL}</button>
                <button type="submit" class="button button-primary">{text::COPY_HOURS}</button>
            </div>
        </form>
    }
}
