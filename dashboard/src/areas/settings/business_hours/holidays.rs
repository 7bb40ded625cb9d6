//! The holidays of the chosen site or team. Each change is saved at once.

use deskbell_protocol::api::workspace::business_hours::{Holiday, SetHolidays};
use leptos::prelude::*;

use super::HoursStore;
use super::holiday_form::HolidayForm;
use super::import::ImportButton;
use crate::areas::settings::hours_of_week::{Times, line, shown_end};
use crate::browser::civil_time;
use crate::shell::form::Form;
use crate::shell::form_parts::{DialogActions, FormMessage, on_submit};
use crate::shell::labels::manages;
use crate::shell::session::use_current_user;
use crate::text::{business_hours as text, settings};
use crate::ui::button::Button;
use crate::ui::dialog::Dialog;
use crate::ui::icon::Icon;

/// The open dialog, and its holiday.
#[derive(Clone)]
enum OpenDialog {
    Add,
    Edit(Holiday),
    Delete(Holiday),
}

#[component]
pub(super) fn HolidaysPart(store: HoursStore) -> impl IntoView {
    let may = manages(use_current_user().get_untracked().me.workspace.role);
    let dialog = RwSignal::new(None::<OpenDialog>);
    let holidays = Memo::new(move |_| store.current().map(|it| it.holidays).unwrap_or_default());
    let add = Callback::new(move |()| dialog.set(Some(OpenDialog::Add)));
    let close = Callback::new(move |()| dialog.set(None));
    let is = move |test: fn(&OpenDialog) -> bool| {
        Signal::derive(move || dialog.with(|dialog| dialog.as_ref().is_some_and(test)))
    };
    // The holiday stays the same while the dialog is open.
    let holiday = move || match dialog.get_untracked()? {
        OpenDialog::Add => None,
        OpenDialog::Edit(holiday) | OpenDialog::Delete(holiday) => Some(holiday),
    };
    view! {
        <section class="settings-part" aria-labelledby="holidays-title">
            <header>
                <h2 id="holidays-title">{text::HOLIDAYS}</h2>
                <p>{text::HOLIDAYS_LEAD}</p>
            </header>
            {move || holidays.with(Vec::is_empty).then(|| view! { <p class="settings-note">{text::NO_HOLIDAYS}</p> })}
            <ul class="settings-list" aria-label=text::HOLIDAYS>
                {move || holidays.get().into_iter().map(|holiday| view! { <HolidayRow holiday dialog may/> }).collect_view()}
            </ul>
            {may.then(|| view! {
                <div class="settings-actions">
                    <Button class="button-primary" on_press=add>{Icon::Plus.small()} {text::ADD_HOLIDAY_OPEN}</Button>
                    <ImportButton store/>
                </div>
                <p class="settings-note">{text::IMPORT_HINT}</p>
            })}
        </section>
        <Dialog title=text::ADD_HOLIDAY open=is(|it| matches!(it, OpenDialog::Add)) on_close=close>
            <HolidayForm store before=None close/>
        </Dialog>
        <Dialog title=text::EDIT_HOLIDAY open=is(|it| matches!(it, OpenDialog::Edit(_))) on_close=close>
            <HolidayForm store before=holiday() close/>
        </Dialog>
        <Dialog title=text::DELETE_HOLIDAY_TITLE open=is(|it| matches!(it, OpenDialog::Delete(_))) on_close=close>
            {holiday().map(|holiday| view! { <DeleteForm store holiday close/> })}
        </Dialog>
    }
}

#[component]
fn HolidayRow(holiday: Holiday, dialog: RwSignal<Option<OpenDialog>>, may: bool) -> impl IntoView {
    let written = match holiday.yearly {
        true => civil_time::day_of_year,
        false => civil_time::date,
    };
    let to = holiday.to.as_deref().map(written);
    let days = text::holiday_days(&written(&holiday.from), to.as_deref(), holiday.yearly);
    let hours = line(&times_of(&holiday), civil_time::time_of_day);
    let name = holiday.name.clone();
    let act = move |class: &'static str,
                    verb: &'static str,
                    label: &'static str,
                    what: fn(Holiday) -> OpenDialog| {
        let holiday = holiday.clone();
        let label = settings::action_on(label, &holiday.name);
        view! {
            <button type="button" class=class aria-label=label
                on:click=move |_| dialog.set(Some(what(holiday.clone())))>{verb}</button>
        }
    };
    view! {
        <li class="settings-item">
            <div class="settings-item-text">
                <strong><span dir="auto">{name}</span></strong>
                <span>{days}</span>
                <span>{hours}</span>
            </div>
            {may.then(|| view! {
                <div class="settings-item-actions">
                    {act("button", settings::EDIT_OPEN, settings::EDIT, OpenDialog::Edit)}
                    {act("button button-danger-quiet", settings::DELETE_OPEN, settings::DELETE, OpenDialog::Delete)}
                </div>
            })}
        </li>
    }
}

#[component]
fn DeleteForm(store: HoursStore, holiday: Holiday, close: Callback<()>) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&[]);
    let lead = text::delete_holiday_lead(&holiday.name);
    let submit = move || {
        let owner = store.owner.get_untracked();
        let body = SetHolidays {
            holidays: without(store, Some(&holiday)),
        };
        let work = current_user.get_untracked().set_holidays(owner, body);
        form.send(work, move |saved| {
            close.run(());
            store.saved(saved);
        });
    };
    view! {
        <p dir="auto">{lead}</p>
        <form novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <DialogActions form close is_danger=true>{text::DELETE_HOLIDAY}</DialogActions>
        </form>
    }
}

/// The loaded holidays, without one of them.
pub(super) fn without(store: HoursStore, left_out: Option<&Holiday>) -> Vec<Holiday> {
    let mut holidays = untrack(|| store.current())
        .map(|it| it.holidays)
        .unwrap_or_default();
    let index = holidays.iter().position(|it| Some(it) == left_out);
    if let Some(index) = index {
        holidays.remove(index);
    }
    holidays
}

/// The hours of a holiday for the form.
pub(super) fn times_of(holiday: &Holiday) -> Vec<Times> {
    let hours = holiday.hours.iter();
    hours
        .map(|it| (it.opens.clone(), shown_end(&it.closes)))
        .collect()
}
