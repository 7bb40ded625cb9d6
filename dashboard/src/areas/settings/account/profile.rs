//! The profile: name and picture.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::areas::settings::picture;
use crate::shell::form::Form;
use crate::shell::form_parts::{FormMessage, SubmitButton, on_submit};
use crate::shell::session::{SessionStore, use_current_user};
use crate::text::settings as text;
use crate::text::shell::SAVE;
use crate::ui::avatar::{Avatar, AvatarSize};
use crate::ui::button::Button;
use crate::ui::field::{Field, FieldKind};
use crate::ui::toasts::Toasts;

#[component]
pub(super) fn ProfilePart() -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let toasts = expect_context::<Toasts>();
    let current_user = use_current_user();
    let form = Form::new(&["name"]);
    let name = RwSignal::new(current_user.get_untracked().me.name);
    let submit = move || {
        let work = current_user
            .get_untracked()
            .change_name(name.get_untracked());
        form.send(work, move |signed_in| {
            name.set(signed_in.me.name.clone());
            session.enter(signed_in);
            toasts.say(text::NAME_SAVED);
        });
    };
    view! {
        <section class="settings-part" aria-labelledby="profile-title">
            <header>
                <h2 id="profile-title">{text::PROFILE}</h2>
                <p>{text::PROFILE_LEAD}</p>
            </header>
            <Picture/>
            <form class="settings-form" novalidate on:submit=on_submit(submit)>
                <FormMessage form/>
                <Field name="name" label=text::NAME kind=FieldKind::Name value=name error=form.of_field("name")/>
                <SubmitButton form>{SAVE}</SubmitButton>
            </form>
        </section>
    }
}

#[component]
fn Picture() -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let current_user = use_current_user();
    let form = Form::new(&[]);
    let chooser = NodeRef::<html::Input>::new();
    let chosen = move |_| {
        let Some(input) = chooser.get_untracked() else {
            return;
        };
        let file = input.files().and_then(|files| files.get(0));
        // The same file may be chosen again.
        input.set_value("");
        let Some(file) = file else { return };
        let work = async move {
            let small = picture::square(&file).await;
            let content = small.map_or_else(|| JsValue::from(file), JsValue::from);
            current_user.get_untracked().set_avatar(content).await
        };
        form.send(work, move |signed_in| session.enter(signed_in));
    };
    let choose = Callback::new(move |()| {
        if let Some(input) = chooser.get_untracked() {
            input.click();
        }
    });
    let remove = Callback::new(move |()| {
        let work = current_user.get_untracked().delete_avatar();
        form.send(work, move |signed_in| session.enter(signed_in));
    });
    let has_picture = Memo::new(move |_| current_user.get().me.avatar_url.is_some());
    view! {
        <div class="settings-picture">
            {move || {
                let me = current_user.get().me;
                view! { <Avatar id=me.user_id.0 name=me.name picture=me.avatar_url size=AvatarSize::Large/> }
            }}
            <div class="settings-actions">
                <Button busy=form.busy() on_press=choose>
                    <span prop:textContent=move || if has_picture.get() { text::CHANGE_PICTURE } else { text::ADD_PICTURE }></span>
                </Button>
                {move || has_picture.get().then(|| view! {
                    <Button class="button-quiet" on_press=remove>{text::REMOVE_PICTURE}</Button>
                })}
            </div>
            <input
                node_ref=chooser type="file" class="visually-hidden" tabindex="-1" aria-label=text::PICTURE
                accept="image/png,image/jpeg,image/webp" on:change=chosen
            />
        </div>
        <FormMessage form/>
    }
}
