//! Parts of forms: the error of the whole form, and the buttons at its end.

use leptos::prelude::*;

use crate::shell::form::Form;
use crate::text::shell::CANCEL;
use crate::ui::icon::Icon;

/// The error that belongs to no field.
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

/// The button that submits its form.
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

/// A handler of `submit` that prevents the browser from loading a page.
pub(crate) fn on_submit(act: impl Fn() + 'static) -> impl Fn(leptos::ev::SubmitEvent) + 'static {
    move |event| {
        event.prevent_default();
        act();
    }
}

/// The buttons at the end of a form in a dialog.
#[component]
pub(crate) fn DialogActions(
    form: Form,
    close: Callback<()>,
    /// Whether it destroys something.
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
            <button type="button" class="button" on:click=move |_| close.run(())>{CANCEL}</button>
            <button type="submit" class=class aria-busy=move || busy.get().to_string()>{children()}</button>
        </div>
    }
}
