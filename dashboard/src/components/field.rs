//! A labelled input with room for what is wrong with it.

use leptos::prelude::*;

use crate::components::icon::Icon;

#[component]
pub(crate) fn Field(
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    value: RwSignal<String>,
    #[prop(into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let error_id = format!("{name}-error");
    let described_by = error_id.clone();
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                type=kind
                autocomplete=autocomplete
                autofocus=name == "email"
                required
                aria-invalid=move || error.get().is_some().to_string()
                aria-describedby=move || error.get().map(|_| described_by.clone())
                bind:value=value
            />
            {move || error.get().map(|text| view! {
                <p class="field-error" id=error_id.clone()>{Icon::Alert.small()} {text}</p>
            })}
        </div>
    }
}
