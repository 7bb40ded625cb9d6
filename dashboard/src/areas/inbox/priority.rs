//! The priority of a conversation: its icon and its picker.

use deskbell_engine::Action;
use deskbell_protocol::{Conversation, Priority, Status};
use leptos::prelude::*;

use crate::areas::inbox::commands::use_commands;
use crate::areas::inbox::focus::focus_thread;
use crate::areas::inbox::inbox_store::use_inbox;
use crate::text::thread as text;
use crate::ui::icon::Icon;
use crate::ui::picker::{Picker, PickerOption};

/// From the highest to the lowest.
const ALL: [Priority; 4] = [
    Priority::Urgent,
    Priority::High,
    Priority::Normal,
    Priority::Low,
];

/// Whether the attributes of a conversation can be changed.
pub(super) fn is_editable(conversation: &Conversation) -> bool {
    conversation.status != Status::Closed
}

/// Why a conversation is where it is in the queue; `None` if only the time counts.
pub(super) fn reason(conversation: &Conversation) -> Option<String> {
    let waits = conversation.status == Status::Waiting;
    let is_normal = conversation.attributes.priority == Priority::Normal;
    match (waits && conversation.attributes.escalated, is_normal) {
        (true, _) => Some(text::escalated(text::priority(
            conversation.attributes.priority,
        ))),
        (false, true) => None,
        (false, false) => Some(text::with_priority(text::priority(
            conversation.attributes.priority,
        ))),
    }
}

/// A flag in the colour of the priority, with the reason as its tooltip. Nothing if only the time counts.
#[component]
pub(super) fn PriorityFlag(#[prop(into)] conversation: Signal<Conversation>) -> impl IntoView {
    let shown = Memo::new(move |_| {
        conversation.with(|it| Some((it.attributes.priority.as_str().to_owned(), reason(it)?)))
    });
    move || {
        shown.get().map(|(word, reason)| {
            view! {
                <span class="priority-flag" data-priority=word title=reason>{Icon::Flag.small()}</span>
            }
        })
    }
}

#[component]
pub(super) fn PriorityPicker() -> impl IntoView {
    let inbox = use_inbox();
    let open = use_commands().picks_priority;
    let current = Memo::new(move |_| {
        inbox.thread.with(|thread| {
            let conversation = thread.conversation.as_ref();
            conversation.map_or(Priority::Normal, |it| it.attributes.priority)
        })
    });
    let options = Signal::derive(move || {
        let option = |priority: Priority| PickerOption {
            value: priority.as_str().to_owned(),
            label: text::priority(priority).to_owned(),
            detail: String::new(),
            is_current: priority == current.get(),
        };
        ALL.map(option).to_vec()
    });
    let choose = Callback::new(move |word: String| {
        if let Some(conversation_id) = inbox.thread.with_untracked(|thread| thread.id) {
            inbox.act(Action::Update {
                conversation_id,
                priority: Some(Priority::from_word(&word)),
                subject: None,
            });
        }
    });
    view! {
        <Picker
            id="priority"
            open
            title=text::PRIORITY_TITLE
            placeholder=text::PRIORITY_PLACEHOLDER
            options
            on_choose=choose
            on_closed=Callback::new(|()| focus_thread())
        />
    }
}
