//! `/app/canned-responses`: the canned responses that the member sees, with search, import and export.

use deskbell_protocol::api::conversations::canned_responses::{
    CannedResponse, CannedResponses, ImportedResponses, ListCannedResponses, ResponseScope,
};
use deskbell_protocol::api::workspace::teams::Team;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::filters::{FilterBar, Filters};
use super::form::ResponseForm;
use super::import::ImportForm;
use super::row::ResponseRow;
use crate::api::EXPORT_PATH;
use crate::shell::form::Form;
use crate::shell::form_parts::FormMessage;
use crate::shell::labels::manages;
use crate::shell::page_title::use_page_title;
use crate::shell::resource::Resource;
use crate::shell::resource_area::ResourceArea;
use crate::shell::session::use_current_user;
use crate::text::canned_responses as text;
use crate::ui::button::Button;
use crate::ui::confirm_dialog::ConfirmDialog;
use crate::ui::dialog::Dialog;
use crate::ui::icon::Icon;
use crate::ui::notice::EmptyNotice;
use crate::ui::toasts::Toasts;

/// The open dialog.
#[derive(Clone)]
enum OpenDialog {
    Create,
    Edit(CannedResponse),
    Import,
}

#[component]
pub(crate) fn CannedResponsesPage() -> impl IntoView {
    let current_user = use_current_user();
    let toasts = expect_context::<Toasts>();
    use_page_title().set(text::CANNED_RESPONSES);
    let filters = Filters::new();
    // Asks again if the filters have changed meanwhile, so that the last answer is about the shown ones.
    let list = Resource::new(move || async move {
        loop {
            let query = filters.query();
            let signed_in = current_user.get_untracked();
            let answer = signed_in.list_canned_responses(query.clone()).await;
            if answer.is_err() || query == filters.query() {
                return answer;
            }
        }
    });
    // Without them the page shows no names of teams, and is otherwise complete.
    let teams = Resource::new(move || current_user.get_untracked().list_teams());
    let teams = Signal::derive(move || teams.get().unwrap_or_default());
    let form = Form::new(&[]);
    let more = Callback::new(move |()| {
        let query = ListCannedResponses {
            cursor: list.get_untracked().and_then(|page| page.next_cursor),
            ..filters.query()
        };
        let work = current_user.get_untracked().list_canned_responses(query);
        form.send(work, move |page: CannedResponses| {
            list.update(|all| {
                all.responses.extend(page.responses);
                all.next_cursor = page.next_cursor;
            });
        });
    });
    let dialog = RwSignal::new(None::<OpenDialog>);
    let deleting = RwSignal::new(None::<CannedResponse>);
    let asks_delete = RwSignal::new(false);
    let close = Callback::new(move |()| dialog.set(None));
    let changed = Callback::new(move |()| {
        dialog.set(None);
        list.reload();
    });
    let imported = Callback::new(move |report: ImportedResponses| {
        changed.run(());
        toasts.say(text::imported(report.created, report.updated));
    });
    let delete = Callback::new(move |()| {
        if let Some(response) = deleting.get_untracked() {
            let signed_in = current_user.get_untracked();
            let work = signed_in.delete_canned_response(response.id);
            form.send(work, move |()| list.reload());
        }
    });
    let edit = Callback::new(move |response| dialog.set(Some(OpenDialog::Edit(response))));
    let ask_delete = Callback::new(move |response| {
        deleting.set(Some(response));
        asks_delete.set(true);
    });
    let is_manager = Memo::new(move |_| manages(current_user.get().me.workspace.role));
    let rows = move || list.get().map(|page| page.responses).unwrap_or_default();
    let is_empty = Memo::new(move |_| list.get().is_some_and(|page| page.responses.is_empty()));
    let has_more = Memo::new(move |_| list.get().is_some_and(|page| page.next_cursor.is_some()));
    let create = Callback::new(move |()| dialog.set(Some(OpenDialog::Create)));
    let import = Callback::new(move |()| dialog.set(Some(OpenDialog::Import)));
    let export = Callback::new(move |()| {
        let work = current_user.get_untracked().prepare_download();
        form.send(work, |_| download(EXPORT_PATH));
    });
    let lost = move || {
        let response = deleting.get();
        response.map_or_else(String::new, |it| {
            text::delete_lead(&it.shortcut, it.scope == ResponseScope::Own)
        })
    };
    let none = move || match filters.are_set() {
        true => view! { <p class="canned-quiet" role="status">{text::NO_MATCH}</p> }.into_any(),
        false => view! { <EmptyNotice title=text::NONE><p>{text::NONE_LEAD}</p></EmptyNotice> }
            .into_any(),
    };
    view! {
        <main class="canned">
            <header class="canned-head">
                <div>
                    <h1>{text::CANNED_RESPONSES}</h1>
                    <p>{text::LEAD}</p>
                </div>
                <div class="canned-actions">
                    <Button on_press=import>{Icon::Upload.small()} {text::IMPORT_OPEN}</Button>
                    <Button on_press=export>{Icon::Download.small()} {text::EXPORT}</Button>
                    <Button class="button-primary" on_press=create>{Icon::Plus.small()} {text::NEW_OPEN}</Button>
                </div>
            </header>
            <FilterBar filters list/>
            <FormMessage form/>
            <ResourceArea load_state=list.load_state() on_retry=list.retry() what="canned responses">
                {move || is_empty.get().then(none)}
                <ul class="settings-list" aria-label=text::CANNED_RESPONSES>
                    <For each=rows key=|it| (it.id, it.updated_at, it.use_count) let(response)>
                        <ResponseRow
                            may=response.scope == ResponseScope::Own || is_manager.get_untracked()
                            response=response teams on_edit=edit on_delete=ask_delete
                        />
                    </For>
                </ul>
                {move || has_more.get().then(|| view! { <Button busy=form.busy() on_press=more>{text::MORE}</Button> })}
            </ResourceArea>
        </main>
        <Dialogs dialog teams close changed imported/>
        <ConfirmDialog
            open=asks_delete
            title=text::DELETE_TITLE.to_owned()
            text=Signal::derive(lost)
            confirm=text::DELETE
            is_danger=true
            on_confirm=delete
        />
    }
}

#[component]
fn Dialogs(
    dialog: RwSignal<Option<OpenDialog>>,
    teams: Signal<Vec<Team>>,
    close: Callback<()>,
    changed: Callback<()>,
    imported: Callback<ImportedResponses>,
) -> impl IntoView {
    let is = move |test: fn(&OpenDialog) -> bool| {
        Signal::derive(move || dialog.with(|dialog| dialog.as_ref().is_some_and(test)))
    };
    // The response stays the same while the dialog is open.
    let response = move || match dialog.get_untracked()? {
        OpenDialog::Edit(response) => Some(response),
        _ => None,
    };
    view! {
        <Dialog title=text::NEW is_wide=true open=is(|it| matches!(it, OpenDialog::Create)) on_close=close>
            <ResponseForm response=None teams=teams.get_untracked() close changed/>
        </Dialog>
        <Dialog title=text::EDIT is_wide=true open=is(|it| matches!(it, OpenDialog::Edit(_))) on_close=close>
            <ResponseForm response=response() teams=teams.get_untracked() close changed/>
        </Dialog>
        <Dialog title=text::IMPORT_TITLE is_wide=true open=is(|it| matches!(it, OpenDialog::Import)) on_close=close>
            <ImportForm close on_imported=imported/>
        </Dialog>
    }
}

/// Lets the browser download a file of this origin.
fn download(path: &str) {
    let link = document().create_element("a").ok();
    let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    let _ = link.set_attribute("href", path);
    let _ = link.set_attribute("download", "");
    link.click();
}
