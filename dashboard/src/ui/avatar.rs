//! An avatar: the picture of a person, or initials on a colour derived from their id.

use leptos::prelude::*;
use uuid::Uuid;

use crate::format::{hue, initials};

/// The diameter of an avatar.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum AvatarSize {
    Tiny,
    Small,
    #[default]
    Medium,
    Large,
}

#[component]
pub(crate) fn Avatar(
    id: Uuid,
    name: String,
    /// The address of their picture, if they have one.
    #[prop(optional_no_strip)]
    picture: Option<String>,
    #[prop(optional)] size: AvatarSize,
) -> impl IntoView {
    view! {
        <div
            class="avatar"
            class:avatar-tiny=size == AvatarSize::Tiny
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
