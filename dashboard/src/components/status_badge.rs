//! Where a conversation stands, in a word.

use deskbell_protocol::Status;
use leptos::prelude::*;

/// The word on the screen.
pub(crate) fn status_name(status: Status) -> &'static str {
    match status {
        Status::Waiting => "Waiting",
        Status::Active => "Active",
        Status::Resolved => "Resolved",
        Status::Closed => "Closed",
        Status::Unknown => "Unknown",
    }
}

#[component]
pub(crate) fn StatusBadge(#[prop(into)] status: Signal<Status>) -> impl IntoView {
    view! {
        <span class="status-badge" data-status=move || status.get().as_str()>
            {move || status_name(status.get())}
        </span>
    }
}
