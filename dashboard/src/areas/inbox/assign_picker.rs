//! The picker of an assignee: the agent, a teammate, or the queue.

use std::cmp::Reverse;

use deskbell_engine::Action;
use deskbell_protocol::api::workspace::members::Member;
use deskbell_protocol::{Assignment, Availability, Conversation, Status, UserId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::areas::inbox::commands::use_commands;
use crate::areas::inbox::focus::focus_thread;
use crate::areas::inbox::inbox_store::use_inbox;
use crate::shell::session::use_current_user;
use crate::text::{people, thread as text};
use crate::ui::picker::{Picker, PickerOption};
use crate::ui::toasts::Toasts;

/// The value of the option that returns a conversation to the queue; those of people are their ids.
const QUEUE: &str = "queue";

/// Whether a conversation can be assigned.
pub(super) fn is_assignable(conversation: &Conversation) -> bool {
    conversation.status.is_open()
}

#[component]
pub(super) fn AssignPicker() -> impl IntoView {
    let inbox = use_inbox();
    let open = use_commands().picks_assignee;
    let current_user = use_current_user();
    let toasts = expect_context::<Toasts>();
    let members = RwSignal::new(Vec::<Member>::new());
    // The list is loaded each time: people join and leave.
    Effect::new(move || {
        if !open.get() {
            return;
        }
        spawn_local(async move {
            let found = current_user.get_untracked().list_members().await;
            // The page may have been left meanwhile.
            if members.is_disposed() {
                return;
            }
            match found {
                Ok(found) => members.set(found),
                Err(error) => toasts.say(error.message()),
            }
        });
    });
    let conversation = Memo::new(move |_| inbox.thread.with(|thread| thread.conversation.clone()));
    let options = Signal::derive(move || {
        let Some(conversation) = conversation.get() else {
            return Vec::new();
        };
        let me = inbox.me().user_id;
        let can_claim = inbox.can_claim();
        let availability = move |id: UserId| {
            inbox.team.with(|team| {
                let found = team.iter().find(|it| it.agent.id == id);
                found.map_or(Availability::Offline, |it| it.availability)
            })
        };
        let members = members.get();
        let people = members.iter().filter(|it| it.user_id != me || can_claim);
        options(&conversation, people, me, availability)
    });
    let choose = Callback::new(move |value: String| {
        let to = match value.parse() {
            Ok(user_id) => Assignment::Agent { user_id },
            Err(_) => Assignment::Queue,
        };
        if let Some(id) = inbox.thread.with_untracked(|thread| thread.id) {
            inbox.act(Action::Assign {
                conversation_id: id,
                to,
            });
        }
    });
    view! {
        <Picker
            id="assign"
            open
            title=text::ASSIGN_TITLE
            placeholder=text::ASSIGN_PLACEHOLDER
            options
            on_choose=choose
            on_closed=Callback::new(|()| focus_thread())
        />
    }
}

/// The agent first, then teammates who can be reached, then the others; the queue last.
fn options<'a>(
    conversation: &Conversation,
    members: impl Iterator<Item = &'a Member>,
    me: UserId,
    availability: impl Fn(UserId) -> Availability,
) -> Vec<PickerOption> {
    let assignee = conversation.assignee.as_ref().map(|it| it.id);
    let rank = |it: &Member| match availability(it.user_id) {
        Availability::Online => 2,
        Availability::Away => 1,
        _ => 0,
    };
    let mut members: Vec<_> = members.collect();
    members.sort_by_key(|it| {
        let is_me = it.user_id == me;
        (Reverse(is_me), Reverse(rank(it)), it.name.to_lowercase())
    });
    let person = |it: &Member| PickerOption {
        value: it.user_id.to_string(),
        label: match it.user_id == me {
            true => text::assign_to_me(&it.name),
            false => it.name.clone(),
        },
        detail: people::availability(availability(it.user_id)).to_owned(),
        is_current: assignee == Some(it.user_id),
    };
    let queue = PickerOption {
        value: QUEUE.to_owned(),
        label: text::RETURN_TO_QUEUE.to_owned(),
        detail: text::RETURN_TO_QUEUE_DETAIL.to_owned(),
        is_current: false,
    };
    let is_assigned = conversation.status == Status::Active;
    let people = members.into_iter().map(person);
    people.chain(is_assigned.then_some(queue)).collect()
}
