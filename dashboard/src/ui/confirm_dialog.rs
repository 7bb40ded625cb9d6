//! A confirmation dialog for an action that cannot be undone.

use leptos::html;
use leptos::prelude::*;

use crate::text::shell::CANCEL;
use crate::ui::dialog::show_while;

#[component]
pub(crate) fn ConfirmDialog(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] text: Signal<String>,
    /// The label of the button that does it.
    confirm: &'static str,
    /// Whether it destroys something.
    #[prop(optional)]
    is_danger: bool,
    on_confirm: Callback<()>,
    /// Also after a confirmation.
    #[prop(optional, into)]
    on_closed: Option<Callback<()>>,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    show_while(dialog, open);
    let act = move |_| {
        on_confirm.run(());
        open.set(false);
    };
    let closed = move |_| {
        open.set(false);
        if let Some(on_closed) = on_closed {
            on_closed.run(());
        }
    };
    let class = match is_danger {
        true => "button button-danger",
        false => "button button-primary",
    };
    view! {
        <dialog class="dialog" node_ref=dialog aria-label=title on:close=closed>
            <h2 dir="auto" prop:textContent=title></h2>
            <p dir="auto" prop:textContent=text></p>
            <div class="dialog-actions">
                <button type="button" class="button" on:click=move |_| open.set(false)>{CANCEL}</button>
                <button type="button" class=class on:click=act>{confirm}</button>
            </div>
        </dialog>
    }
}
