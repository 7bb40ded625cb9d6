//! The banner for a user whose e-mail address is not confirmed: their next sign-in will be refused.

use deskbell_protocol::api::identity::auth::Me;
use leptos::prelude::*;

use crate::shell::server_features::use_server_features;
use crate::shell::session::use_current_user;
use crate::text::auth as text;
use crate::ui::icon::Icon;

/// Whether this user sees the banner. An operator who has entered the workspace sees theirs instead.
pub(crate) fn shows_unconfirmed(me: &Me) -> bool {
    me.email_unconfirmed && !me.entered
}

#[component]
pub(crate) fn UnconfirmedBanner() -> impl IntoView {
    let current_user = use_current_user();
    let features = use_server_features();
    let words = move || {
        let email = current_user.get().me.email;
        features.with(|features| match features.as_ref()?.sends_mail {
            true => Some(text::unconfirmed(&email)),
            false => Some(text::unconfirmed_mailless(&email)),
        })
    };
    // Nothing until it is known who can help.
    move || {
        words().map(|words| {
            view! {
                <div class="banner banner-workspace" role="status">
                    {Icon::Alert.small()}
                    <span>{words}</span>
                </div>
            }
        })
    }
}
