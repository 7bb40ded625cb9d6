//! The sheet that `?` opens.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::components::dialog::show_while;

const SHORTCUTS: [(&str, &[&str]); 8] = [
    ("Next conversation", &["J"]),
    ("Previous conversation", &["K"]),
    ("Claim", &["C"]),
    ("Resolve", &["E"]),
    ("Close for good", &["Shift", "E"]),
    ("Write a reply", &["Enter"]),
    ("Back to the list", &["Esc"]),
    ("This sheet", &["?"]),
];

#[component]
pub(crate) fn ShortcutsDialog(open: RwSignal<bool>) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    show_while(dialog, open);
    let line = |(what, keys): (&'static str, &'static [&'static str])| {
        view! {
            <div><dt>{what}</dt><dd>{keys.iter().map(|key| view! { <kbd>{*key}</kbd> }).collect_view()}</dd></div>
        }
    };
    view! {
        <dialog class="dialog" node_ref=dialog aria-labelledby="shortcuts-title" on:close=move |_| open.set(false)>
            <h2 id="shortcuts-title">"Keyboard shortcuts"</h2>
            <dl>{SHORTCUTS.map(line)}</dl>
            <div class="dialog-actions">
                <button type="button" class="button" on:click=move |_| open.set(false)>"Done"</button>
            </div>
        </dialog>
    }
}
