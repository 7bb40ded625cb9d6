//! A person as a disc: initials on a colour of their own.

use leptos::prelude::*;
use uuid::Uuid;

use crate::state::format::{hue, initials};

/// How large the disc is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum AvatarSize {
    Small,
    #[default]
    Medium,
    Large,
}

#[component]
pub(crate) fn Avatar(id: Uuid, name: String, #[prop(optional)] size: AvatarSize) -> impl IntoView {
    view! {
        <div
            class="avatar"
            class:avatar-small=size == AvatarSize::Small
            class:avatar-large=size == AvatarSize::Large
            style=("--hue", hue(id).to_string())
            aria-hidden="true"
        >
            {initials(&name)}
        </div>
    }
}
