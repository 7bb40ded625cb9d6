//! A labelled input with a hint and an error.

use leptos::prelude::*;

use crate::ui::icon::Icon;

/// The content type of a field, for the browser's autofill.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// The address to sign in with.
    Username,
    Email,
    CurrentPassword,
    NewPassword,
    /// A code of the second factor.
    Code,
    /// The person's own name.
    Name,
    Text,
    /// A day of a calendar.
    Date,
    /// Several lines.
    Lines,
}

impl FieldKind {
    /// `type`, `autocomplete`.
    fn attributes(self) -> (&'static str, &'static str) {
        match self {
            Self::Username => ("email", "username"),
            Self::Email => ("email", "email"),
            Self::CurrentPassword => ("password", "current-password"),
            Self::NewPassword => ("password", "new-password"),
            Self::Code => ("text", "one-time-code"),
            Self::Name => ("text", "name"),
            Self::Date => ("date", "off"),
            Self::Text | Self::Lines => ("text", "off"),
        }
    }
}

#[component]
pub(crate) fn Field(
    /// Its id, unique on the page.
    name: &'static str,
    label: &'static str,
    kind: FieldKind,
    value: RwSignal<String>,
    #[prop(into)] error: Signal<Option<String>>,
    /// What to know before typing.
    #[prop(optional)]
    hint: &'static str,
    /// Whether it may stay empty.
    #[prop(optional)]
    is_optional: bool,
) -> impl IntoView {
    let (error_id, hint_id) = (format!("{name}-error"), format!("{name}-hint"));
    let described_by = {
        let (error_id, hint_id) = (error_id.clone(), hint_id.clone());
        move || match (error.get(), hint) {
            (Some(_), _) => Some(error_id.clone()),
            (None, "") => None,
            (None, _) => Some(hint_id.clone()),
        }
    };
    let invalid = move || error.get().is_some().to_string();
    let (input_type, autocomplete) = kind.attributes();
    let input = if kind == FieldKind::Lines {
        view! {
            <textarea
                id=name name=name rows="3" spellcheck="false" dir="auto" required=!is_optional
                aria-invalid=invalid aria-describedby=described_by bind:value=value
            ></textarea>
        }
        .into_any()
    } else {
        let is_code = kind == FieldKind::Code;
        view! {
            <input
                id=name name=name type=input_type autocomplete=autocomplete dir="auto" required=!is_optional
                autocapitalize=is_code.then_some("none") spellcheck=is_code.then_some("false")
                aria-invalid=invalid aria-describedby=described_by bind:value=value
            />
        }
        .into_any()
    };
    view! {
        <div class="field">
            <label for=name>{label}</label>
            {input}
            {move || match error.get() {
                Some(text) => view! {
                    <p class="field-error" id=error_id.clone()>{Icon::Alert.small()} <span>{text}</span></p>
                }.into_any(),
                None if hint.is_empty() => ().into_any(),
                None => view! { <p class="field-hint" id=hint_id.clone()>{hint}</p> }.into_any(),
            }}
        </div>
    }
}
