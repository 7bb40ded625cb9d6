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

/// Whether links do not go out by mail; tracked.
pub(crate) fn is_mailless(offer: RwSignal<Option<SetupState>>) -> bool {
    offer.get().is_some_and(|offer| !offer.sends_mail)
}
