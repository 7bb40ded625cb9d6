//! A group of checkboxes, which scrolls if it is long.

use leptos::prelude::*;

#[component]
pub(crate) fn CheckboxList<K: Copy + PartialEq + Send + Sync + 'static>(
    legend: &'static str,
    /// What to know before choosing.
    #[prop(optional)]
    hint: &'static str,
    /// Keys and their labels.
    options: Vec<(K, String)>,
    chosen: RwSignal<Vec<K>>,
) -> impl IntoView {
    let option = move |(key, label): (K, String)| {
        let set = move |event| {
            let is_chosen = event_target_checked(&event);
            chosen.update(|chosen| {
                chosen.retain(|it| *it != key);
                if is_chosen {
                    chosen.push(key);
                }
            });
        };
        view! {
            <label class="choice">
                <input type="checkbox" prop:checked=move || chosen.with(|chosen| chosen.contains(&key)) on:change=set/>
                <span dir="auto">{label}</span>
            </label>
        }
    };
    view! {
        <fieldset class="field-group checkbox-list">
            <legend>{legend}</legend>
            <div class="choices">{options.into_iter().map(option).collect_view()}</div>
            {(!hint.is_empty()).then(|| view! { <p class="field-hint">{hint}</p> })}
        </fieldset>
    }
}
