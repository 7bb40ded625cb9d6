//! The dialogs before a site gets a new key or is deleted.

use deskbell_protocol::api::sites::Site;
use leptos::prelude::*;

use crate::shell::form::Form;
use crate::shell::form_parts::{DialogActions, FormMessage, on_submit};
use crate::shell::session::use_current_user;
use crate::text::settings as text;

#[component]
pub(super) fn RotateForm(site: Site, close: Callback<()>, changed: Callback<()>) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&[]);
    let submit = move || {
        form.send(
            current_user.get_untracked().rotate_key(site.id),
            move |_| changed.run(()),
        );
    };
    view! {
        <p>{text::replace_key_lead(&site.name)}</p>
        <form novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <DialogActions form close is_danger=true>{text::REPLACE_KEY}</DialogActions>
        </form>
    }
}

#[component]
pub(super) fn DeleteForm(site: Site, close: Callback<()>, changed: Callback<()>) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&[]);
    let submit = move || {
        form.send(
            current_user.get_untracked().delete_site(site.id),
            move |()| changed.run(()),
        );
    };
    view! {
        <p>{text::delete_site_lead(&site.name)}</p>
        <form novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <DialogActions form close is_danger=true>{text::DELETE_SITE}</DialogActions>
        </form>
    }
}
