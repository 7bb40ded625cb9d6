//! The card in the middle of a public page.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::shell::page_title::use_page_title;
use crate::ui::bell_mark::BellMark;

/// A heading, a sentence, and a form or a button. The first field gets the focus, or else the
/// heading, so that it is read out.
#[component]
pub(crate) fn Entry(
    #[prop(into)] title: Signal<String>,
    #[prop(into)] lead: Signal<String>,
    children: Children,
) -> impl IntoView {
    let card = NodeRef::<html::Div>::new();
    let page_title = use_page_title();
    Effect::new(move || {
        page_title.set_count(0);
        page_title.set(title.get());
    });
    Effect::new(move || {
        title.track();
        if let Some(card) = card.get() {
            request_animation_frame(move || focus_first(&card));
        }
    });
    view! {
        <main class="entry">
            <div class="entry-card" node_ref=card>
                <header>
                    <BellMark large=true/>
                    <h1 tabindex="-1" dir="auto" prop:textContent=title></h1>
                    <p dir="auto" prop:textContent=lead></p>
                </header>
                {children()}
            </div>
        </main>
    }
}

fn focus_first(card: &web_sys::HtmlDivElement) {
    for selector in ["input:not([readonly]), textarea", "h1"] {
        if let Ok(Some(found)) = card.query_selector(selector)
            && let Ok(found) = found.dyn_into::<web_sys::HtmlElement>()
        {
            let _ = found.focus();
            return;
        }
    }
}
