//! The dialog before a team is deleted.

use deskbell_protocol::api::workspace::teams::Team;
use leptos::prelude::*;

use crate::shell::form::Form;
use crate::shell::form_parts::{DialogActions, FormMessage, on_submit};
use crate::shell::session::use_current_user;
use crate::text::teams as text;

#[component]
pub(super) fn DeleteForm(team: Team, close: Callback<()>, changed: Callback<()>) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&[]);
    let submit = move || {
        form.send(
            current_user.get_untracked().delete_team(team.id),
            move |()| changed.run(()),
        );
    };
    view! {
        <p dir="auto">{text::delete_team_lead(&team.name, team.member_ids.len())}</p>
        <form novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <DialogActions form close is_danger=true>{text::DELETE_TEAM}</DialogActions>
        </form>
    }
}
