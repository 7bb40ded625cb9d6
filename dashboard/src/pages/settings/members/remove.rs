//! Before somebody leaves: who answers their visitors then?

use deskbell_protocol::UserId;
use deskbell_protocol::api::members::Member;
use leptos::prelude::*;

use crate::components::dialog::Dialog;
use crate::components::form_parts::{DialogActions, FormMessage, on_submit};
use crate::components::select::Select;
use crate::state::form::Form;
use crate::state::remote::Remote;
use crate::state::session::use_oneself;

#[component]
pub(super) fn RemoveDialog(
    member: RwSignal<Option<Member>>,
    members: Remote<Vec<Member>>,
    on_close: Callback<()>,
    on_removed: Callback<UserId>,
) -> impl IntoView {
    let oneself = use_oneself();
    let open = Signal::derive(move || member.with(Option::is_some));
    let title = Signal::derive(move || {
        let me = oneself.get().me.user_id;
        match member.with(|member| member.as_ref().is_some_and(|it| it.user_id == me)) {
            true => "Leave the workspace",
            false => "Remove a member",
        }
    });
    view! {
        <Dialog title open on_close>
            {move || member.get_untracked().map(|member| {
                let others = untrack(|| members.get()).unwrap_or_default();
                view! { <RemoveForm member others on_close on_removed/> }
            })}
        </Dialog>
    }
}

#[component]
fn RemoveForm(
    member: Member,
    others: Vec<Member>,
    on_close: Callback<()>,
    on_removed: Callback<UserId>,
) -> impl IntoView {
    let oneself = use_oneself();
    let form = Form::new(&[]);
    let heir = RwSignal::new(String::new());
    let user = member.user_id;
    let submit = move || {
        let heir = heir.get_untracked().parse().ok();
        let work = oneself.get_untracked().remove_member(user, heir);
        form.send(work, move |()| on_removed.run(user));
    };
    let nobody = (String::new(), "Nobody: they wait again".to_owned());
    let others = others.into_iter().filter(|it| it.user_id != user);
    let others = others.map(|it| (it.user_id.to_string(), it.name));
    let options = std::iter::once(nobody).chain(others).collect();
    let is_me = oneself.get_untracked().me.user_id == user;
    let text = match is_me {
        true => "You leave this workspace at once. What you wrote stays.".to_owned(),
        false => format!(
            "{} is signed out of this workspace at once, and their tokens end. What they wrote stays.",
            member.name
        ),
    };
    view! {
        <p>{text}</p>
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <Select name="heir" label="Open conversations go to" options value=heir/>
            <DialogActions form close=on_close is_danger=true>{if is_me { "Leave" } else { "Remove" }}</DialogActions>
        </form>
    }
}
