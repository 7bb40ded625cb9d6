//! The badge with the status of a conversation.

use deskbell_protocol::Status;
use leptos::prelude::*;

use crate::text::thread as text;

/// The label of a status.
pub(crate) fn status_name(status: Status) -> &'static str {
    match status {
        Status::Waiting => text::STATUS_WAITING,
        Status::Active => text::STATUS_ACTIVE,
        Status::Resolved => text::STATUS_RESOLVED,
        Status::Closed => text::STATUS_CLOSED,
        Status::Other(_) => text::STATUS_UNKNOWN,
    }
}

#[component]
pub(crate) fn StatusBadge(#[prop(into)] status: Signal<Status>) -> impl IntoView {
    view! {
        <span
            class="status-badge"
            data-status=move || status.get().as_str().to_owned()
            prop:textContent=move || status_name(status.get())
        ></span>
    }
}
