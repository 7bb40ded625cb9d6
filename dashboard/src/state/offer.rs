//! What this server offers to those who are not signed in.

use deskbell_protocol::api::setup::SetupState;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::Anonymous;

/// Asks for it. Nothing until it is known, and where it cannot be: nobody is offered what may not be.
pub(crate) fn use_offer() -> RwSignal<Option<SetupState>> {
    let offer = RwSignal::new(None);
    spawn_local(async move {
        if let Ok(found) = Anonymous.setup().await {
            let _ = offer.try_set(Some(found));
        }
    });
    offer
}

/// What to add where mail was promised: `None` if the server sends it.
pub(crate) fn mail_note(offer: RwSignal<Option<SetupState>>) -> Option<&'static str> {
    offer
        .get()
        .is_some_and(|offer| !offer.sends_mail)
        .then_some("This server sends no mail: whoever runs it can give you the link.")
}
