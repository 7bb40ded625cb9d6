//! Asks before a site's pages fall silent.

use deskbell_protocol::api::sites::Site;
use leptos::prelude::*;

use crate::components::form_parts::{DialogActions, FormMessage, on_submit};
use crate::state::form::Form;
use crate::state::session::use_oneself;

#[component]
pub(super) fn RotateForm(site: Site, close: Callback<()>, changed: Callback<()>) -> impl IntoView {
    let oneself = use_oneself();
    let form = Form::new(&[]);
    let submit = move || {
        form.send(oneself.get_untracked().rotate_key(site.id), move |_| {
            changed.run(())
        });
    };
    view! {
        <p>{format!("The bell on {} falls silent until the new line is on its pages.", site.name)}</p>
        <form novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <DialogActions form close is_danger=true>"Make a new key"</DialogActions>
        </form>
    }
}

#[component]
pub(super) fn DeleteForm(site: Site, close: Callback<()>, changed: Callback<()>) -> impl IntoView {
    let oneself = use_oneself();
    let form = Form::new(&[]);
    let submit = move || {
        form.send(oneself.get_untracked().delete_site(site.id), move |()| {
            changed.run(())
        });
    };
    view! {
        <p>{format!("The bell on {} falls silent at once and for good. Its conversations stay.", site.name)}</p>
        <form novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <DialogActions form close is_danger=true>"Delete the site"</DialogActions>
        </form>
    }
}
