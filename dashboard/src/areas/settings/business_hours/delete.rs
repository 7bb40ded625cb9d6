//! The end of the page: a button that deletes the business hours, after a confirmation.

use leptos::prelude::*;

use super::HoursStore;
use crate::shell::form::Form;
use crate::shell::form_parts::{DialogActions, FormMessage, on_submit};
use crate::shell::labels::manages;
use crate::shell::session::use_current_user;
use crate::text::business_hours as text;
use crate::ui::button::Button;
use crate::ui::dialog::Dialog;

#[component]
pub(super) fn DeletePart(store: HoursStore) -> impl IntoView {
    let may = manages(use_current_user().get_untracked().me.workspace.role);
    let open = RwSignal::new(false);
    let ask = Callback::new(move |()| open.set(true));
    let close = Callback::new(move |()| open.set(false));
    may.then(|| {
        view! {
            <section class="settings-part">
                <Button class="button-danger-quiet" on_press=ask>{text::DELETE_HOURS_OPEN}</Button>
            </section>
            <Dialog title=text::DELETE_HOURS_TITLE open on_close=close>
                <DeleteForm store close/>
            </Dialog>
        }
    })
}

#[component]
fn DeleteForm(store: HoursStore, close: Callback<()>) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&[]);
    let owner = store.owner.get_untracked();
    let lead = untrack(|| {
        let holidays = store.current().map(|it| it.holidays.len());
        text::delete_hours_lead(&store.owner_name(), holidays.unwrap_or_default())
    });
    let submit = move || {
        let deleted = owner.clone();
        let work = current_user
            .get_untracked()
            .delete_business_hours(owner.clone());
        form.send(work, move |()| {
            close.run(());
            store.deleted(&deleted);
        });
    };
    view! {
        <p dir="auto">{lead}</p>
        <form novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <DialogActions form close is_danger=true>{text::DELETE_HOURS}</DialogActions>
        </form>
    }
}
