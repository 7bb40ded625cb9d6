//! A person as a disc: their picture, or initials on a colour of their own.

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
pub(crate) fn Avatar(
    id: Uuid,
    name: String,
    /// Where their picture is, if they have one.
    #[prop(optional_no_strip)]
    picture: Option<String>,
    #[prop(optional)] size: AvatarSize,
) -> impl IntoView {
    view! {
        <div
            class="avatar"
            class:avatar-small=size == AvatarSize::Small
            class:avatar-large=size == AvatarSize::Large
            style=("--hue", hue(id).to_string())
            aria-hidden="true"
        >
            {match picture {
                Some(address) => view! { <img src=address alt=""/> }.into_any(),
                None => initials(&name).into_any(),
            }}
        </div>
    }
}
