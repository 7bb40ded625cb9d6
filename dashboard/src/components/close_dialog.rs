//! Asks before a conversation ends for good.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::components::dialog::show_while;

#[component]
pub(crate) fn CloseDialog(
    open: RwSignal<bool>,
    #[prop(into)] name: Signal<String>,
    on_confirm: Callback<()>,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    show_while(dialog, open);
    let confirm = move |_| {
        open.set(false);
        on_confirm.run(());
    };
    view! {
        <dialog class="dialog" node_ref=dialog aria-labelledby="close-title" on:close=move |_| open.set(false)>
            <h2 id="close-title">"Close this conversation?"</h2>
            <p>{move || format!("It stays readable, but neither you nor {} can write in it again.", name.get())}</p>
            <div class="dialog-actions">
                <button type="button" class="button" on:click=move |_| open.set(false)>"Keep it open"</button>
                <button type="button" class="button button-danger" on:click=confirm>"Close for good"</button>
            </div>
        </dialog>
    }
}
