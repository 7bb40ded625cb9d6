//! Features of this server that the public pages depend on: open registration, e-mail.

use deskbell_protocol::api::identity::setup::SetupState;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::Anonymous;

/// Fetches the features; `None` until they are known, so that no unavailable feature is offered.
pub(crate) fn use_server_features() -> RwSignal<Option<SetupState>> {
    let features = RwSignal::new(None);
    spawn_local(async move {
        if let Ok(found) = Anonymous.setup().await {
            let _ = features.try_set(Some(found));
        }
    });
    features
}

/// Whether the server cannot send e-mail; tracked.
pub(crate) fn is_mailless(features: RwSignal<Option<SetupState>>) -> bool {
    features.get().is_some_and(|features| !features.sends_mail)
}
