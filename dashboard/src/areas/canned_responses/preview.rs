//! The live preview of a canned response in its form, for a visitor who is known and for one who is not.

use deskbell_protocol::template::{Template, Values};
use leptos::prelude::*;

use crate::shell::session::use_current_user;
use crate::text::canned_responses as text;

#[component]
pub(super) fn ContentPreview(content: RwSignal<String>) -> impl IntoView {
    let me = use_current_user().get_untracked().me;
    let unknown_visitor = Values {
        agent_name: Some(me.name),
        site_name: Some(text::SAMPLE_SITE.to_owned()),
        ..Values::default()
    };
    let known_visitor = Values {
        visitor_name: Some(text::SAMPLE_VISITOR.to_owned()),
        visitor_email: Some(text::SAMPLE_EMAIL.to_owned()),
        ..unknown_visitor.clone()
    };
    let filled = move |values: Values| {
        Memo::new(move |_| content.with(|content| Template::parse(content.trim()).fill(&values)))
    };
    let (known, unknown) = (filled(known_visitor), filled(unknown_visitor));
    let is_empty = Memo::new(move |_| content.with(|content| content.trim().is_empty()));
    let differs = Memo::new(move |_| known.get() != unknown.get());
    let wrong = Memo::new(move |_| {
        let first = |content: &String| {
            let unknown = Template::parse(content).list_unknown();
            unknown.first().map(|name| text::unknown_variable(name))
        };
        content.with(first)
    });
    let bubbles = move || {
        view! {
            {move || differs.get().then(|| view! { <h4>{text::WITH_VALUES}</h4> })}
            <p class="canned-bubble" dir="auto" prop:textContent=known></p>
            {move || differs.get().then(|| view! {
                <h4>{text::WITHOUT_VALUES}</h4>
                <p class="canned-bubble" dir="auto" prop:textContent=unknown></p>
            })}
        }
    };
    view! {
        <section class="canned-preview" aria-label=text::PREVIEW>
            <h3>{text::PREVIEW}</h3>
            {move || match is_empty.get() {
                true => view! { <p class="canned-quiet">{text::PREVIEW_EMPTY}</p> }.into_any(),
                false => bubbles().into_any(),
            }}
            <p class="canned-wrong" role="status" prop:textContent=move || wrong.get().unwrap_or_default()></p>
        </section>
    }
}
