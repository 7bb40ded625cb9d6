//! The composer of replies and notes. It is open wherever a reply is possible: the server claims a waiting
//! conversation and reopens a resolved one with the reply. What is written is kept as a draft.

use deskbell_engine::Action;
use deskbell_protocol::api::conversations::canned_responses::CannedResponse;
use deskbell_protocol::limits::TEXT_CHARS;
use deskbell_protocol::{AgentView, ConversationId, Status};
use leptos::ev::KeyboardEvent;
use leptos::html::Textarea;
use leptos::prelude::*;

use crate::areas::inbox::activity_line::ActivityLine;
use crate::areas::inbox::canned_picker::{CannedList, CannedPicker, LIST_ID};
use crate::areas::inbox::caret_token::Token;
use crate::areas::inbox::commands::use_commands;
use crate::areas::inbox::focus::{COMPOSER_ID, focus_row, focus_thread};
use crate::areas::inbox::inbox_store::use_inbox;
use crate::areas::inbox::note_editor::NoteEditor;
use crate::shell::drafts::Drafts;
use crate::text::{canned_responses as canned, thread as text};
use crate::ui::icon::Icon;

#[component]
pub(crate) fn Composer(id: ConversationId) -> impl IntoView {
    let inbox = use_inbox();
    let head = Memo::new(move |_| {
        inbox.thread.with(|thread| {
            let conversation = thread.conversation.as_ref();
            conversation.map(|it| (it.status, it.assignee.clone()))
        })
    });
    let status = Memo::new(move |_| head.get().map(|(status, _)| status));
    let assignee = Memo::new(move |_| head.get().and_then(|(_, assignee)| assignee));
    let has_head = Memo::new(move |_| head.with(Option::is_some));
    let can_claim = inbox.can_claim();
    let writes_note = use_commands().writes_note;
    // Each conversation begins with a reply: what is meant for the team must not go to a visitor, or the other way
    // round, because of what was chosen in another one.
    writes_note.set(false);
    // A reply to these would assign the conversation.
    let is_barred = Memo::new(move |_| {
        !can_claim && matches!(status.get(), Some(Status::Waiting | Status::Resolved))
    });
    let is_closed = Memo::new(move |_| status.get() == Some(Status::Closed) || is_barred.get());
    let reason = move || match is_barred.get() {
        true => text::COMPOSER_MEMBERS_ONLY,
        false => text::COMPOSER_CLOSED,
    };
    view! {
        <div class="composer" data-closed=move || is_closed.get().to_string()>
            <ActivityLine/>
            {move || is_closed.get().then(|| view! {
                <div class="composer-closed">{Icon::Lock.small()} <span prop:textContent=reason></span></div>
            })}
            // Not again for each status: what is typed and the focus stay.
            {move || has_head.get().then(|| view! {
                <KindTabs writes_note/>
                {move || match writes_note.get() {
                    true => view! { <NoteEditor id is_closed/> }.into_any(),
                    false => view! { <Editor id status assignee is_closed/> }.into_any(),
                }}
            })}
        </div>
    }
}

/// The switch between a reply, which the visitor gets, and a note, which only the team sees.
#[component]
fn KindTabs(writes_note: RwSignal<bool>) -> impl IntoView {
    let kind = move |is_note: bool, label: &'static str, title: &'static str| {
        view! {
            <button
                type="button"
                title=title
                aria-pressed=move || (writes_note.get() == is_note).to_string()
                on:click=move |_| {
                    writes_note.set(is_note);
                    focus_thread();
                }
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="composer-kinds" role="group" aria-label=text::COMPOSER_KIND>
            {kind(false, text::REPLY, text::REPLY_TITLE)}
            {kind(true, text::NOTE, text::NOTE_TITLE)}
        </div>
    }
}

/// The field and its button. While it has the focus it stays, also when a reply is no longer
/// possible: otherwise the letters that the agent is typing would act as shortcuts.
#[component]
fn Editor(
    id: ConversationId,
    status: Memo<Option<Status>>,
    assignee: Memo<Option<AgentView>>,
    is_closed: Memo<bool>,
) -> impl IntoView {
    let inbox = use_inbox();
    let drafts = expect_context::<Drafts>();
    let area = NodeRef::<Textarea>::new();
    let words = RwSignal::new(drafts.find(id).unwrap_or_default());
    let chars = Memo::new(move |_| words.with(|words| words.trim().chars().count()));
    let is_over = move || chars.get() > TEXT_CHARS;
    follow_other_tabs(drafts, id, words, area);
    let picker = CannedPicker::new(id);
    let write = move |value: &str| {
        drafts.set(id, value);
        inbox.act(Action::Typing {
            conversation_id: Some(id),
            active: !value.trim().is_empty(),
        });
    };
    // Replaces the text by one with the caret there.
    let rewrite = move |(value, caret): (String, u32)| {
        let Some(area) = area.get_untracked() else {
            return;
        };
        area.set_value(&value);
        let _ = area.set_selection_range(caret, caret);
        let _ = area.focus();
        write(&value);
        words.set(value);
    };
    let choose = Callback::new(move |response: CannedResponse| {
        let text = words.get_untracked();
        if let Some(rewritten) = picker.insert(&response, &text) {
            rewrite(rewritten);
        }
    });
    let follow_caret = move || {
        if is_closed.get_untracked() {
            picker.close();
        } else if let Some(area) = area.get_untracked() {
            picker.follow(&area.value(), area.selection_end().ok().flatten());
        }
    };
    let send = move || {
        let reply = words.with_untracked(|words| words.trim().to_owned());
        let is_too_long = chars.get_untracked() > TEXT_CHARS;
        if reply.is_empty() || is_too_long || is_closed.get_untracked() {
            return;
        }
        picker.close();
        words.set(String::new());
        drafts.set(id, "");
        inbox.act(Action::Send {
            conversation_id: Some(id),
            text: reply,
        });
        if let Some(area) = area.get_untracked() {
            let _ = area.focus();
        }
    };
    let on_input = move |event| {
        write(&event_target_value(&event));
        follow_caret();
    };
    let on_key = move |event: KeyboardEvent| {
        if picker.press(&event, |response| choose.run(response)) {
            return;
        }
        match event.key().as_str() {
            "Enter" if !event.shift_key() => {
                event.prevent_default();
                send();
            }
            // Leaves the field: from here on keys are shortcuts.
            "Escape" => focus_row(id),
            _ => {}
        }
    };
    let on_key_up = move |event: KeyboardEvent| {
        if event.key().starts_with("Arrow") || matches!(event.key().as_str(), "Home" | "End") {
            follow_caret();
        }
    };
    let begin_token = move |_| {
        if let Some(area) = area.get_untracked() {
            let caret = area.selection_end().ok().flatten();
            rewrite(Token::begin(&area.value(), caret.unwrap_or(u32::MAX)));
            follow_caret();
        }
    };
    view! {
        <CannedList picker on_choose=choose/>
        <div class="composer-box">
            <textarea
                id=COMPOSER_ID
                node_ref=area
                rows="1"
                dir="auto"
                placeholder=text::WRITE_A_REPLY
                aria-label=text::REPLY
                aria-autocomplete="list"
                aria-controls=move || picker.has_options().then_some(LIST_ID)
                aria-activedescendant=move || picker.active_id()
                prop:readOnly=is_closed
                bind:value=words
                on:input=on_input
                on:keydown=on_key
                on:keyup=on_key_up
                on:click=move |_| follow_caret()
                on:blur=move |_| picker.close()
            ></textarea>
            <button
                type="button"
                class="button button-quiet button-icon composer-canned"
                title=canned::INSERT_TITLE
                aria-label=canned::INSERT
                prop:disabled=is_closed
                on:mousedown=|event| event.prevent_default()
                on:click=begin_token
            >
                {Icon::Canned.small()}
            </button>
            <button
                type="button"
                class="button button-primary composer-send"
                title=text::SEND_TITLE
                aria-label=text::SEND
                prop:disabled=move || chars.get() == 0 || is_over() || is_closed.get()
                on:click=move |_| send()
            >
                {Icon::Send.small()}
            </button>
        </div>
        <div class="composer-foot">
            <Hint status assignee/>
            <Show when=move || { chars.get() > TEXT_CHARS * 9 / 10 }>
                <span
                    class="composer-limit"
                    data-over=move || is_over().to_string()
                    prop:textContent=move || format!("{} / {TEXT_CHARS}", chars.get())
                ></span>
            </Show>
        </div>
    }
}

/// The line under the field: a notice that the page is offline or that sending claims, or the keys that send.
#[component]
fn Hint(status: Memo<Option<Status>>, assignee: Memo<Option<AgentView>>) -> impl IntoView {
    let inbox = use_inbox();
    let me = inbox.me().user_id;
    let unsent = Memo::new(move |_| inbox.thread.with(|thread| thread.unsent()));
    let is_live = Memo::new(move |_| inbox.is_live());
    let hint = Memo::new(move |_| match (is_live.get(), unsent.get(), status.get()) {
        (false, 0, _) => text::COMPOSER_OFFLINE.to_owned(),
        (false, queued, _) => text::composer_queued(queued),
        (true, _, Some(Status::Waiting)) => text::SEND_CLAIMS.to_owned(),
        (true, _, Some(Status::Resolved)) => text::SEND_REOPENS.to_owned(),
        (true, ..) => match assignee.get().filter(|assignee| assignee.id != me) {
            Some(teammate) => text::composer_of(&teammate.name),
            None => text::SEND_HINT.to_owned(),
        },
    });
    view! {
        <span class="composer-hint" role="status" data-offline=move || (!is_live.get()).to_string()>
            {move || (!is_live.get()).then(|| Icon::Clock.small())}
            <span prop:textContent=hint></span>
        </span>
    }
}

/// Shows a draft that another tab has changed or sent, unless the agent is typing in this tab.
fn follow_other_tabs(
    drafts: Drafts,
    id: ConversationId,
    words: RwSignal<String>,
    area: NodeRef<Textarea>,
) {
    let stored = drafts.follow(id);
    Effect::new(move |before: Option<Option<String>>| {
        let stored = stored.get();
        let is_writing = document().has_focus().unwrap_or(false)
            && area.get_untracked().is_some_and(|area| {
                let active = document().active_element();
                active.is_some_and(|active| area.is_same_node(Some(&active)))
            });
        if before.is_some_and(|before| before != stored) && !is_writing {
            words.set(stored.clone().unwrap_or_default());
        }
        stored
    });
}
