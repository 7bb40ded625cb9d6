//! The list of keyboard shortcuts, and the switch for those of a single key.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::shell::preferences::use_preferences;
use crate::text::shell as text;
use crate::ui::dialog::show_while;

#[component]
pub(crate) fn ShortcutsDialog(open: RwSignal<bool>) -> impl IntoView {
    let preferences = use_preferences();
    let dialog = NodeRef::<Dialog>::new();
    show_while(dialog, open);
    let line = |(what, keys): (&'static str, &'static [&'static str])| {
        view! {
            <div><dt>{what}</dt><dd>{keys.iter().map(|key| view! { <kbd>{*key}</kbd> }).collect_view()}</dd></div>
        }
    };
    view! {
        <dialog class="dialog" node_ref=dialog aria-labelledby="shortcuts-title" on:close=move |_| open.set(false)>
            <h2 id="shortcuts-title">{text::KEYBOARD_SHORTCUTS}</h2>
            <dl>{text::SHORTCUTS.map(line)}</dl>
            <label class="choice">
                <input
                    type="checkbox"
                    prop:checked=move || preferences.get().single_keys
                    on:change=move |event| preferences.update(|it| it.single_keys = event_target_checked(&event))
                />
                <span>{text::SINGLE_KEYS}</span>
            </label>
            <div class="dialog-actions">
                <button type="button" class="button" autofocus on:click=move |_| open.set(false)>{text::DONE}</button>
            </div>
        </dialog>
    }
}
