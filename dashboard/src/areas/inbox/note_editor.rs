//! The composer of notes. The text stays until the server has saved it, so a note is never lost or saved twice.

use deskbell_client::web::new_client_id;
use deskbell_engine::Action;
use deskbell_protocol::limits::TEXT_CHARS;
use deskbell_protocol::{ConversationId, Mention, mentions_name};
use leptos::ev::KeyboardEvent;
use leptos::html::Textarea;
use leptos::prelude::*;

use crate::areas::inbox::focus::{COMPOSER_ID, focus_row};
use crate::areas::inbox::inbox_store::use_inbox;
use crate::areas::inbox::mention_picker::{LIST_ID, MentionList, MentionPicker};
use crate::shell::drafts::{Drafts, NoteDraft};
use crate::text::thread as text;
use crate::ui::icon::Icon;

#[component]
pub(super) fn NoteEditor(id: ConversationId, is_closed: Memo<bool>) -> impl IntoView {
    let inbox = use_inbox();
    let drafts = expect_context::<Drafts>();
    let area = NodeRef::<Textarea>::new();
    let draft = RwSignal::new(drafts.find_note(id));
    let chars = Memo::new(move |_| draft.with(|draft| draft.text.trim().chars().count()));
    let is_over = Memo::new(move |_| chars.get() > TEXT_CHARS);
    let is_live = Memo::new(move |_| inbox.is_live());
    let is_saving = RwSignal::new(false);
    let picker = MentionPicker::new();
    let change = move |change: &dyn Fn(&mut NoteDraft)| {
        let mut changed = draft.get_untracked();
        change(&mut changed);
        drafts.set_note(id, &changed);
        draft.set(changed);
    };
    // Another text is another note.
    let write = move |text: String| {
        change(&|draft| {
            draft.text.clone_from(&text);
            draft.client_id = None;
        });
    };
    let choose = Callback::new(move |mention: Mention| {
        let Some(area) = area.get_untracked() else {
            return;
        };
        let text = draft.with_untracked(|draft| draft.text.clone());
        if let Some((text, caret)) = picker.insert(&mention, &text) {
            area.set_value(&text);
            let _ = area.set_selection_range(caret, caret);
            let _ = area.focus();
            change(&|draft| draft.mentions.push(mention.clone()));
            write(text);
        }
    });
    let follow_caret = move || {
        if let Some(area) = area.get_untracked() {
            picker.follow(&area.value(), area.selection_end().ok().flatten());
        }
    };
    let cannot_save = move || {
        chars.get() == 0 || is_over.get() || is_closed.get() || is_saving.get() || !is_live.get()
    };
    let save = move || {
        if untrack(cannot_save) {
            return;
        }
        picker.close();
        let client_id = draft.with_untracked(|draft| draft.client_id);
        let client_id = client_id.unwrap_or_else(new_client_id);
        change(&|draft| draft.client_id = Some(client_id));
        is_saving.set(true);
        let NoteDraft { text, mentions, .. } = draft.get_untracked();
        let text = text.trim().to_owned();
        inbox.act(Action::Note {
            conversation_id: id,
            client_id,
            mentions: used(&text, &mentions),
            text,
        });
    };
    // Saved, also if the answer was lost and the note came with the next connection.
    Effect::new(move || {
        let Some(client_id) = draft.with(|draft| draft.client_id) else {
            return;
        };
        let is_shown = inbox.thread.with(|thread| {
            let mut notes = thread.notes.iter().rev();
            notes.any(|note| note.client_id == client_id)
        });
        if is_shown || inbox.saved_note.get() == Some(client_id) {
            drafts.note_saved(id, client_id);
            is_saving.set(false);
            draft.set(NoteDraft::default());
        }
    });
    let stored = drafts.follow_note(id);
    Effect::new(move |before: Option<NoteDraft>| {
        let stored = stored.get();
        let is_writing = document().has_focus().unwrap_or(false)
            && area.get_untracked().is_some_and(|area| {
                let active = document().active_element();
                active.is_some_and(|active| area.is_same_node(Some(&active)))
            });
        if before.is_some_and(|before| before != stored)
            && !is_writing
            && !is_saving.get_untracked()
        {
            draft.set(stored.clone());
        }
        stored
    });
    Effect::new(move || {
        inbox.refused_notes.track();
        is_saving.set(false);
        // A name may have changed.
        picker.forget();
    });
    let on_key = move |event: KeyboardEvent| {
        if picker.press(&event, |mention| choose.run(mention)) {
            return;
        }
        match event.key().as_str() {
            "Enter" if !event.shift_key() => {
                event.prevent_default();
                save();
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
    let hint = move || match is_live.get() {
        true => text::NOTE_HINT,
        false => text::NOTE_OFFLINE,
    };
    view! {
        <MentionList picker on_choose=choose/>
        <div class="composer-box" data-note="true">
            <textarea
                id=COMPOSER_ID
                node_ref=area
                rows="1"
                dir="auto"
                placeholder=text::WRITE_A_NOTE
                aria-label=text::NOTE
                aria-autocomplete="list"
                aria-controls=move || picker.has_options().then_some(LIST_ID)
                aria-activedescendant=move || picker.active_id()
                prop:readOnly=move || is_closed.get() || is_saving.get()
                prop:value=move || draft.with(|draft| draft.text.clone())
                on:input=move |event| {
                    write(event_target_value(&event));
                    follow_caret();
                }
                on:keydown=on_key
                on:keyup=on_key_up
                on:click=move |_| follow_caret()
                on:blur=move |_| picker.close()
            ></textarea>
            <button
                type="button"
                class="button button-primary composer-send"
                title=text::ADD_NOTE_TITLE
                aria-label=text::ADD_NOTE
                prop:disabled=cannot_save
                on:click=move |_| save()
            >
                {Icon::Note.small()}
            </button>
        </div>
        <div class="composer-foot">
            <span class="composer-hint" role="status" data-offline=move || (!is_live.get()).to_string()>
                {move || (!is_live.get()).then(|| Icon::Clock.small())}
                <span prop:textContent=hint></span>
            </span>
            <Show when=move || { chars.get() > TEXT_CHARS * 9 / 10 }>
                <span
                    class="composer-limit"
                    data-over=move || is_over.get().to_string()
                    prop:textContent=move || format!("{} / {TEXT_CHARS}", chars.get())
                ></span>
            </Show>
        </div>
    }
}

/// Those of the chosen mentions that are in the text, each once.
fn used(text: &str, chosen: &[Mention]) -> Vec<Mention> {
    let mut used: Vec<Mention> = Vec::new();
    for mention in chosen {
        let is_in_text = mention
            .name()
            .is_some_and(|name| mentions_name(text, chosen, name));
        if is_in_text && !used.contains(mention) {
            used.push(mention.clone());
        }
    }
    used
}
