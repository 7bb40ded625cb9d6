//! The browser's own dialog, which keeps the focus inside and returns it.

use leptos::html;
use leptos::prelude::*;

/// A dialog whose content is created each time it opens.
#[component]
pub(crate) fn Dialog(
    #[prop(into)] title: Signal<&'static str>,
    #[prop(into)] open: Signal<bool>,
    on_close: Callback<()>,
    /// Whether it has more space, for a form of several columns.
    #[prop(optional)]
    is_wide: bool,
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let is_open = Memo::new(move |_| open.get());
    let shown = RwSignal::new(false);
    Effect::new(move || shown.set(is_open.get()));
    show_while(dialog, shown);
    // Closed by the Escape key; otherwise the caller knows already.
    let closed = move |_| {
        if is_open.get_untracked() {
            on_close.run(());
        }
    };
    let class = if is_wide {
        "dialog dialog-wide"
    } else {
        "dialog"
    };
    view! {
        <dialog class=class node_ref=dialog aria-label=move || is_open.get().then(|| title.get()) on:close=closed>
            {move || is_open.get().then(|| view! { <h2 prop:textContent=title></h2> {children()} })}
        </dialog>
    }
}

/// Opens and closes it as `open` says.
pub(crate) fn show_while(dialog: NodeRef<html::Dialog>, open: RwSignal<bool>) {
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        match (open.get(), dialog.open()) {
            (true, false) => {
                let _ = dialog.show_modal();
            }
            (false, true) => dialog.close(),
            _ => {}
        }
    });
}
