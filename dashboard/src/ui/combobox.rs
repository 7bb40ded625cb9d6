//! A labelled text field with suggestions, of which the browser shows those that match.

use leptos::prelude::*;

use crate::ui::icon::Icon;

#[component]
pub(crate) fn Combobox(
    /// Its id, unique on the page.
    name: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    /// Values, and what is shown beside them.
    options: Vec<(String, String)>,
    #[prop(into)] error: Signal<Option<String>>,
    hint: &'static str,
) -> impl IntoView {
    let (note_id, list_id) = (format!("{name}-note"), format!("{name}-list"));
    let option = |(value, label): (String, String)| view! { <option value=value>{label}</option> };
    let invalid = move || error.get().is_some().to_string();
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                id=name name=name type="text" list=list_id.clone() autocomplete="off" autocapitalize="none"
                spellcheck="false" required aria-invalid=invalid aria-describedby=note_id.clone() bind:value=value
            />
            <datalist id=list_id>{options.into_iter().map(option).collect_view()}</datalist>
            <div class="field-note" id=note_id>
                {move || match error.get() {
                    Some(text) => view! {
                        <p class="field-error">{Icon::Alert.small()} <span>{text}</span></p>
                    }.into_any(),
                    None => view! { <p class="field-hint">{hint}</p> }.into_any(),
                }}
            </div>
        </div>
    }
}
