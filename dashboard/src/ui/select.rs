//! A labelled select.

use leptos::prelude::*;

#[component]
pub(crate) fn Select(
    name: &'static str,
    label: &'static str,
    /// Values and their labels.
    options: Vec<(String, String)>,
    value: RwSignal<String>,
) -> impl IntoView {
    let chosen = value.get_untracked();
    let option = |(word, name): (String, String)| {
        let selected = word == chosen;
        view! { <option value=word selected=selected>{name}</option> }
    };
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <select id=name name=name on:change=move |event| value.set(event_target_value(&event))>
                {options.into_iter().map(option).collect_view()}
            </select>
        </div>
    }
}
