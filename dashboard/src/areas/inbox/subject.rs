//! The subject of a conversation: shown in the details, and changed in a dialog.

use deskbell_engine::Action;
use deskbell_protocol::Conversation;
use leptos::prelude::*;

use crate::areas::inbox::inbox_store::use_inbox;
use crate::areas::inbox::priority::is_editable;
use crate::shell::form_parts::on_submit;
use crate::text::{shell, thread as text};
use crate::ui::dialog::Dialog;

/// The maximum length of a subject, in characters.
const SUBJECT_CHARS: u32 = 200;

#[component]
pub(super) fn Subject(#[prop(into)] conversation: Signal<Conversation>) -> impl IntoView {
    let open = RwSignal::new(false);
    let subject = Memo::new(move |_| conversation.with(|it| it.attributes.subject.clone()));
    let can_edit = Memo::new(move |_| conversation.with(is_editable));
    let close = Callback::new(move |()| open.set(false));
    let words = move || match (subject.get(), can_edit.get()) {
        (words, _) if !words.is_empty() => words,
        (_, true) => text::ADD_SUBJECT.to_owned(),
        (_, false) => text::NO_SUBJECT.to_owned(),
    };
    view! {
        <div class="context-fact">
            <dt>{text::SUBJECT}</dt>
            <dd dir="auto">
                {move || match can_edit.get() {
                    true => view! {
                        <button type="button" class="context-edit" title=text::EDIT_SUBJECT on:click=move |_| open.set(true)>
                            <span prop:textContent=words></span>
                        </button>
                    }.into_any(),
                    false => view! { <span prop:textContent=words></span> }.into_any(),
                }}
            </dd>
        </div>
        <Dialog title=text::EDIT_SUBJECT open on_close=close>
            <SubjectForm conversation close/>
        </Dialog>
    }
}

#[component]
fn SubjectForm(conversation: Signal<Conversation>, close: Callback<()>) -> impl IntoView {
    let inbox = use_inbox();
    let first = conversation.get_untracked();
    let id = first.id;
    let words = RwSignal::new(first.attributes.subject);
    let submit = move || {
        inbox.act(Action::Update {
            conversation_id: id,
            priority: None,
            subject: Some(words.get_untracked()),
        });
        close.run(());
    };
    view! {
        <form class="settings-form" on:submit=on_submit(submit)>
            <div class="field">
                <label for="subject">{text::SUBJECT}</label>
                <input
                    id="subject" type="text" autocomplete="off" dir="auto" autofocus
                    maxlength=SUBJECT_CHARS.to_string() bind:value=words
                />
                <p class="field-hint">{text::SUBJECT_HINT}</p>
            </div>
            <div class="dialog-actions">
                <button type="button" class="button" on:click=move |_| close.run(())>{shell::CANCEL}</button>
                <button type="submit" class="button button-primary">{shell::SAVE}</button>
            </div>
        </form>
    }
}
