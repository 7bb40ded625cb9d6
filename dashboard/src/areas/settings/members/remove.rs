//! The dialog before a member is removed or leaves: it asks for the new assignee of their conversations.

use deskbell_protocol::UserId;
use deskbell_protocol::api::workspace::members::Member;
use leptos::prelude::*;

use crate::shell::form::Form;
use crate::shell::form_parts::{DialogActions, FormMessage, on_submit};
use crate::shell::resource::Resource;
use crate::shell::session::use_current_user;
use crate::text::settings as text;
use crate::ui::dialog::Dialog;
use crate::ui::select::Select;

#[component]
pub(super) fn RemoveDialog(
    member: RwSignal<Option<Member>>,
    members: Resource<Vec<Member>>,
    on_close: Callback<()>,
    on_removed: Callback<UserId>,
) -> impl IntoView {
    let current_user = use_current_user();
    let open = Signal::derive(move || member.with(Option::is_some));
    let title = Signal::derive(move || {
        let me = current_user.get().me.user_id;
        match member.with(|member| member.as_ref().is_some_and(|it| it.user_id == me)) {
            true => text::LEAVE_TITLE,
            false => text::REMOVE_TITLE,
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
    let current_user = use_current_user();
    let form = Form::new(&[]);
    let assignee = RwSignal::new(String::new());
    let user = member.user_id;
    let submit = move || {
        let assignee = assignee.get_untracked().parse().ok();
        let work = current_user.get_untracked().remove_member(user, assignee);
        form.send(work, move |()| on_removed.run(user));
    };
    let no_one = (String::new(), text::HAND_OVER_NO_ONE.to_owned());
    let others = others.into_iter().filter(|it| it.user_id != user);
    let others = others.map(|it| (it.user_id.to_string(), it.name));
    let options = std::iter::once(no_one).chain(others).collect();
    let is_me = current_user.get_untracked().me.user_id == user;
    let lead = match is_me {
        true => text::LEAVE_LEAD.to_owned(),
        false => text::remove_lead(&member.name),
    };
    view! {
        <p dir="auto">{lead}</p>
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <Select name="assignee" label=text::HAND_OVER options value=assignee/>
            <DialogActions form close=on_close is_danger=true>{if is_me { text::LEAVE } else { text::REMOVE }}</DialogActions>
        </form>
    }
}
