//! A picker: a dialog with a search field and a list of options, for choosing one with the keyboard or
//! the mouse.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

use crate::text::shell::NO_MATCHES;
use crate::ui::dialog::show_while;

/// An option of a picker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PickerOption {
    /// Identifies the option to the caller.
    pub(crate) value: String,
    pub(crate) label: String,
    /// A few words after the label.
    pub(crate) detail: String,
    /// Whether it is the current choice.
    pub(crate) is_current: bool,
}

/// The options that match what was typed: each of its words begins a word of the label or the detail.
fn matching(options: &[PickerOption], typed: &str) -> Vec<PickerOption> {
    let typed = typed.to_lowercase();
    let matches = |option: &&PickerOption| {
        let text = format!("{} {}", option.label, option.detail).to_lowercase();
        typed
            .split_whitespace()
            .all(|word| words(&text).any(|it| it.starts_with(word)))
    };
    options.iter().filter(matches).cloned().collect()
}

/// The words of a text, without brackets and other punctuation before them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split_whitespace();
    words.map(|word| word.trim_start_matches(|c: char| !c.is_alphanumeric()))
}

#[component]
pub(crate) fn Picker(
    /// Unique on the page; begins the ids of its elements.
    id: &'static str,
    open: RwSignal<bool>,
    title: &'static str,
    placeholder: &'static str,
    #[prop(into)] options: Signal<Vec<PickerOption>>,
    on_choose: Callback<String>,
    on_closed: Callback<()>,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    show_while(dialog, open);
    let typed = RwSignal::new(String::new());
    let active = RwSignal::new(0_usize);
    let shown = Memo::new(move |_| {
        let typed = typed.get();
        options.with(|options| matching(options, &typed))
    });
    let count = Memo::new(move |_| shown.with(Vec::len));
    let option_id = move |index: usize| format!("{id}-{index}");
    let choose = move |index: usize| {
        let chosen = shown.with_untracked(|shown| shown.get(index).map(|it| it.value.clone()));
        if let Some(value) = chosen {
            open.set(false);
            on_choose.run(value);
        }
    };
    let step = move |by: isize| {
        let count = count.get_untracked() as isize;
        let next = (active.get_untracked() as isize + by).rem_euclid(count.max(1));
        active.set(next as usize);
        if let Some(option) = document().get_element_by_id(&option_id(next as usize)) {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            option.scroll_into_view_with_scroll_into_view_options(&options);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        match event.key().as_str() {
            "ArrowDown" => step(1),
            "ArrowUp" => step(-1),
            "Enter" => choose(active.get_untracked()),
            _ => return,
        }
        event.prevent_default();
    };
    let closed = move |_| {
        open.set(false);
        typed.set(String::new());
        active.set(0);
        on_closed.run(());
    };
    let row = move |(index, option): (usize, PickerOption)| {
        let is_active = Memo::new(move |_| active.get() == index);
        view! {
            <li
                id=option_id(index)
                class="picker-option"
                role="option"
                aria-selected=move || is_active.get().to_string()
                data-current=option.is_current.to_string()
                on:click=move |_| choose(index)
                on:mousemove=move |_| active.set(index)
            >
                <span class="picker-label" dir="auto">{option.label}</span>
                <span class="picker-detail" dir="auto">{option.detail}</span>
            </li>
        }
    };
    view! {
        <dialog class="dialog picker" node_ref=dialog aria-label=title on:close=closed>
            {move || open.get().then(|| view! {
                <input
                    type="text"
                    class="picker-field"
                    role="combobox"
                    autocomplete="off"
                    autofocus
                    aria-label=title
                    aria-expanded="true"
                    aria-autocomplete="list"
                    aria-controls=format!("{id}-list")
                    aria-activedescendant=move || (count.get() > 0).then(|| option_id(active.get()))
                    placeholder=placeholder
                    bind:value=typed
                    on:input=move |_| active.set(0)
                    on:keydown=on_key
                />
                <ul id=format!("{id}-list") class="picker-list" role="listbox" aria-label=title>
                    {move || shown.get().into_iter().enumerate().map(row).collect_view()}
                </ul>
                <p class="picker-empty" role="status">{move || (count.get() == 0).then_some(NO_MATCHES)}</p>
            })}
        </dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(typed: &str) -> Vec<String> {
        let option = |label: &str, detail: &str| PickerOption {
            value: label.to_owned(),
            label: label.to_owned(),
            detail: detail.to_owned(),
            is_current: false,
        };
        let all = [
            option("Ada Bellamy (you)", "Online"),
            option("Ben Carillon", "Away"),
            option("Queue", "Unassigned"),
        ];
        let shown = matching(&all, typed);
        shown.into_iter().map(|it| it.label).collect()
    }

    #[test]
    fn nothing_typed_matches_everything() {
        assert_eq!(labels(" "), ["Ada Bellamy (you)", "Ben Carillon", "Queue"]);
    }

    #[test]
    fn each_typed_word_begins_a_word_of_the_option() {
        assert_eq!(labels("BELL ada"), ["Ada Bellamy (you)"]);
        assert_eq!(labels("you"), ["Ada Bellamy (you)"]);
        assert_eq!(labels("away"), ["Ben Carillon"]);
        assert!(labels("ella").is_empty());
    }
}
