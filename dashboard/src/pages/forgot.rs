//! `/app/forgot`: a link to set another password.

use leptos::prelude::*;

use crate::api::Anonymous;
use crate::components::entry::Entry;
use crate::components::field::{Field, FieldKind};
use crate::components::form_parts::{FormMessage, SubmitButton, on_submit};
use crate::components::screen_link::ScreenLink;
use crate::state::form::Form;
use crate::state::offer::{is_mailless, use_offer};
use crate::state::route::Route;

#[component]
pub(crate) fn ForgotPage() -> impl IntoView {
    let form = Form::new(&["email"]);
    let email = RwSignal::new(String::new());
    let sent_to = RwSignal::new(None::<String>);
    let submit = move || {
        let address = email.get_untracked().trim().to_owned();
        let work = Anonymous.forgot_password(address.clone());
        form.send(work, move |()| sent_to.set(Some(address)));
    };
    move || {
        match sent_to.get() {
        Some(email) => view! { <LinkSent email/> }.into_any(),
        None => view! {
            <Entry title="Set another password" lead="Say which address is yours, and we send you a link.">
                <form novalidate on:submit=on_submit(submit)>
                    <FormMessage form/>
                    <Field name="email" label="E-mail address" kind=FieldKind::Username value=email
                        error=form.of_field("email")/>
                    <SubmitButton class="button-large" form>"Send the link"</SubmitButton>
                    <nav class="entry-links" aria-label="Other ways">
                        <ScreenLink to=Route::SignIn>"Back to the sign-in"</ScreenLink>
                    </nav>
                </form>
            </Entry>
        }
        .into_any(),
    }
    }
}

/// Says the same whether anybody has the address or not.
#[component]
fn LinkSent(email: String) -> impl IntoView {
    let offer = use_offer();
    let lead = Signal::derive(move || match is_mailless(offer) {
        false => format!(
            "If {email} has an account here, a link is on its way. It is good for an hour, and once."
        ),
        true => format!(
            "This server sends no mail. If {email} has an account here, whoever runs it has a link for you, good for an hour."
        ),
    });
    let title = Signal::derive(move || match is_mailless(offer) {
        false => "Look into your mail".to_owned(),
        true => "Ask for your link".to_owned(),
    });
    view! {
        <Entry title lead>
            <div class="entry-body">
                <nav class="entry-links" aria-label="Other ways">
                    <ScreenLink to=Route::SignIn>"Back to the sign-in"</ScreenLink>
                </nav>
            </div>
        </Entry>
    }
}
