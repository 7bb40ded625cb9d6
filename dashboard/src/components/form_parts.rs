//! What forms end in and begin with: the button, and what was wrong with the whole.

use leptos::prelude::*;

use crate::components::icon::Icon;
use crate::state::form::Form;

/// What is wrong with none of the fields.
#[component]
pub(crate) fn FormMessage(form: Form) -> impl IntoView {
    move || {
        form.message().map(|text| {
            view! {
                <div class="banner banner-danger" role="alert">{Icon::Alert.small()} <span>{text}</span></div>
            }
        })
    }
}

/// Sends the form that it stands in.
#[component]
pub(crate) fn SubmitButton(
    #[prop(optional)] class: &'static str,
    form: Form,
    children: Children,
) -> impl IntoView {
    let busy = form.busy();
    view! {
        <button
            type="submit"
            class=format!("button button-primary {class}")
            aria-busy=move || busy.get().to_string()
        >
            {children()}
        </button>
    }
}

/// Takes the place of what the browser does with a form: a page of its own.
pub(crate) fn on_submit(act: impl Fn() + 'static) -> impl Fn(leptos::ev::SubmitEvent) + 'static {
    move |event| {
        event.prevent_default();
        act();
    }
}

/// What a form in a dialog ends in.
#[component]
pub(crate) fn DialogActions(
    form: Form,
    close: Callback<()>,
    /// It destroys something.
    #[prop(optional)]
    is_danger: bool,
    children: Children,
) -> impl IntoView {
    let busy = form.busy();
    let class = match is_danger {
        true => "button button-danger",
        false => "button button-primary",
    };
    view! {
        <div class="dialog-actions">
            <button type="button" class="button" on:click=move |_| close.run(())>"Cancel"</button>
            <button type="submit" class=class aria-busy=move || busy.get().to_string()>{children()}</button>
        </div>
    }
}
