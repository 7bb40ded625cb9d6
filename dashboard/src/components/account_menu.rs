//! Who is signed in, and the way out.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::SignedIn;
use crate::components::avatar::{Avatar, AvatarSize};
use crate::components::icon::Icon;
use crate::components::menu::{Menu, hide};
use crate::state::session::SessionStore;
use crate::state::toasts::Toasts;

const ID: &str = "account-menu";

#[component]
pub(crate) fn AccountMenu(signed_in: SignedIn, on_shortcuts: Callback<()>) -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let toasts = expect_context::<Toasts>();
    let me = signed_in.me.clone();
    let sign_out = move |_| {
        let signed_in = signed_in.clone();
        spawn_local(async move {
            match signed_in.sign_out().await {
                Ok(_) => session.leave(),
                Err(error) => toasts.say(error.message()),
            }
        });
    };
    view! {
        <button type="button" class="rail-item" popovertarget=ID aria-label=format!("Account of {}", me.name) title=me.name.clone()>
            <Avatar id=me.user_id.0 name=me.name.clone() size=AvatarSize::Small/>
        </button>
        <Menu id=ID class="account-menu" label="Account">
            <div class="account-who" role="none">
                <Avatar id=me.user_id.0 name=me.name.clone()/>
                <div>
                    <strong>{me.name}</strong>
                    <span>{me.email}</span>
                    <span>{me.workspace.name}</span>
                </div>
            </div>
            <hr/>
            <button
                type="button"
                role="menuitem"
                class="menu-item"
                on:click=move |_| { hide(ID); on_shortcuts.run(()) }
            >
                {Icon::Keyboard.small()} "Keyboard shortcuts"
            </button>
            <button type="button" role="menuitem" class="menu-item" on:click=sign_out>
                {Icon::SignOut.small()} "Sign out"
            </button>
        </Menu>
    }
}
