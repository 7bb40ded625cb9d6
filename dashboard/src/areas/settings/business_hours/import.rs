//! The button that imports holidays from a calendar, and the dialog with what came of it.

use deskbell_protocol::api::workspace::business_hours::{ImportedHolidays, RefusedEvent};
use deskbell_protocol::limits;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::HoursStore;
use crate::shell::form::Form;
use crate::shell::form_parts::FormMessage;
use crate::shell::session::use_current_user;
use crate::text::business_hours as text;
use crate::text::shell::DONE;
use crate::ui::button::Button;
use crate::ui::dialog::Dialog;

#[component]
pub(super) fn ImportButton(store: HoursStore) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&["size"]);
    let chooser = NodeRef::<html::Input>::new();
    let done = RwSignal::new(None::<ImportedHolidays>);
    let too_large = form.of_field("size");
    let chosen = move |_| {
        let Some(input) = chooser.get_untracked() else {
            return;
        };
        let file = input.files().and_then(|files| files.get(0));
        // The same file may be chosen again.
        input.set_value("");
        let Some(file) = file else { return };
        if file.size() > limits::ICALENDAR_BYTES as f64 {
            return form.fail_field("size", text::FILE_TOO_LARGE);
        }
        let owner = store.owner.get_untracked();
        let work = current_user
            .get_untracked()
            .import_holidays(owner, JsValue::from(file));
        form.send(work, move |imported| {
            store.saved(imported.business_hours.clone());
            done.set(Some(imported));
        });
    };
    let choose = Callback::new(move |()| {
        if let Some(input) = chooser.get_untracked() {
            input.click();
        }
    });
    let close = Callback::new(move |()| done.set(None));
    view! {
        <div class="import-button">
            <Button busy=form.busy() on_press=choose>{text::IMPORT}</Button>
            <input
                node_ref=chooser type="file" class="visually-hidden" tabindex="-1" aria-label=text::IMPORT
                accept=".ics,text/calendar" on:change=chosen
            />
        </div>
        <FormMessage form/>
        {move || too_large.get().map(|error| view! { <p class="interval-error" role="alert">{error}</p> })}
        <Dialog title=text::IMPORT_TITLE open=Signal::derive(move || done.with(Option::is_some)) on_close=close>
            {move || done.get_untracked().map(|done| view! { <ImportResult done close/> })}
        </Dialog>
    }
}

#[component]
fn ImportResult(done: ImportedHolidays, close: Callback<()>) -> impl IntoView {
    let refused = done.refused;
    let label = text::refused_events(refused.len());
    let any = !refused.is_empty();
    let row = |event: RefusedEvent| {
        view! { <li dir="auto">{text::refused_event(event.line, &event.name, &event.reason)}</li> }
    };
    view! {
        <p>{text::imported(done.added, done.unchanged)}</p>
        {any.then(|| view! {
            <p>{label.clone()}</p>
            <ul class="refused-events" tabindex="0" aria-label=label>
                {refused.into_iter().map(row).collect_view()}
            </ul>
        })}
        <div class="dialog-actions">
            <Button class="button-primary" on_press=close>{DONE}</Button>
        </div>
    }
}
