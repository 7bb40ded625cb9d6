//! The import of a CSV file: it is checked when it is chosen, and imported when it has no errors.

use deskbell_protocol::api::conversations::canned_responses::{ImportError, ImportedResponses};
use deskbell_protocol::limits::IMPORT_BYTES;
use leptos::ev::Event;
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::{File, HtmlInputElement};

use crate::shell::form::Form;
use crate::shell::form_parts::{DialogActions, FormMessage, on_submit};
use crate::shell::session::use_current_user;
use crate::text::{canned_responses as text, shell};
use crate::ui::icon::Icon;

#[component]
pub(super) fn ImportForm(
    close: Callback<()>,
    on_imported: Callback<ImportedResponses>,
) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&["file"]);
    let file = RwSignal::new_local(None::<File>);
    let report = RwSignal::new(None::<ImportedResponses>);
    let send = move |file: File, dry_run: bool, done: Callback<ImportedResponses>| {
        let signed_in = current_user.get_untracked();
        let work = signed_in.import_canned_responses(JsValue::from(file), dry_run);
        form.send(work, move |answer| done.run(answer));
    };
    let checked = Callback::new(move |answer| report.set(Some(answer)));
    let choose = move |event: Event| {
        let input: HtmlInputElement = event_target(&event);
        let chosen = input.files().and_then(|files| files.get(0));
        form.clear();
        report.set(None);
        file.set(chosen.clone());
        match chosen {
            Some(chosen) if chosen.size() > IMPORT_BYTES as f64 => {
                form.fail_field("file", text::FILE_TOO_LARGE);
            }
            Some(chosen) => send(chosen, true, checked),
            None => {}
        }
    };
    let has_changes =
        |report: &ImportedResponses| report.error_count == 0 && report.created + report.updated > 0;
    let is_ready =
        Memo::new(move |_| report.with(|report| report.as_ref().is_some_and(has_changes)));
    let submit = move || {
        if let (true, Some(file)) = (is_ready.get_untracked(), file.get_untracked()) {
            send(file, false, on_imported);
        }
    };
    let error = form.of_field("file");
    let busy = form.busy();
    view! {
        <p>{text::IMPORT_LEAD}</p>
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <div class="field">
                <label for="canned-file">{text::FILE}</label>
                <input
                    id="canned-file" type="file" accept=".csv,text/csv" class="canned-file"
                    aria-invalid=move || error.get().is_some().to_string()
                    aria-describedby="canned-file-report"
                    on:change=choose
                />
                <div id="canned-file-report" role="status">
                    {move || error.get().map(|text| view! {
                        <p class="field-error">{Icon::Alert.small()} <span>{text}</span></p>
                    })}
                    {move || (busy.get() && report.with(Option::is_none)).then(|| view! {
                        <p class="field-hint">{text::CHECKING}</p>
                    })}
                    {move || report.get().map(|report| view! { <Report report/> })}
                </div>
            </div>
            {move || match is_ready.get() {
                true => view! { <DialogActions form close>{text::IMPORT}</DialogActions> }.into_any(),
                false => view! {
                    <div class="dialog-actions">
                        <button type="button" class="button" on:click=move |_| close.run(())>{shell::CANCEL}</button>
                        <button type="submit" class="button button-primary" disabled=true>{text::IMPORT}</button>
                    </div>
                }.into_any(),
            }}
        </form>
    }
}

/// What the import would do, or the errors of the file.
#[component]
fn Report(report: ImportedResponses) -> impl IntoView {
    let ImportedResponses {
        created,
        updated,
        unchanged,
        error_count,
        errors,
    } = report;
    if error_count == 0 {
        let plan = match created + updated {
            0 => text::NO_CHANGES.to_owned(),
            _ => text::import_plan(created, updated, unchanged),
        };
        return view! { <p class="canned-plan">{Icon::Check.small()} <span>{plan}</span></p> }
            .into_any();
    }
    let first = (errors.len() < error_count).then(|| text::first_errors(errors.len()));
    let row = |error: ImportError| {
        view! {
            <tr>
                <td>{error.line.to_string()}</td>
                <td>{error.field}</td>
                <td dir="auto">{error.message}</td>
            </tr>
        }
    };
    view! {
        <p class="field-error">{Icon::Alert.small()} <span>{text::file_errors(error_count)}</span></p>
        {first.map(|first| view! { <p class="field-hint">{first}</p> })}
        <div class="canned-errors" tabindex="0" role="region" aria-label=text::PROBLEMS>
            <table>
                <thead>
                    <tr><th>{text::LINE}</th><th>{text::COLUMN}</th><th>{text::PROBLEM}</th></tr>
                </thead>
                <tbody>{errors.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
