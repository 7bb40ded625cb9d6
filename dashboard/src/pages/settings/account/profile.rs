//! Name and picture.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::components::avatar::{Avatar, AvatarSize};
use crate::components::button::Button;
use crate::components::field::{Field, FieldKind};
use crate::components::form_parts::{FormMessage, SubmitButton, on_submit};
use crate::state::form::Form;
use crate::state::picture;
use crate::state::session::{SessionStore, use_oneself};
use crate::state::toasts::Toasts;

#[component]
pub(super) fn ProfilePart() -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let toasts = expect_context::<Toasts>();
    let oneself = use_oneself();
    let form = Form::new(&["name"]);
    let name = RwSignal::new(oneself.get_untracked().me.name);
    let submit = move || {
        let work = oneself.get_untracked().change_name(name.get_untracked());
        form.send(work, move |signed_in| {
            name.set(signed_in.me.name.clone());
            session.enter(signed_in);
            toasts.say("Your name is changed.");
        });
    };
    view! {
        <section class="settings-part" aria-labelledby="profile-title">
            <header>
                <h2 id="profile-title">"Profile"</h2>
                <p>"What colleagues and visitors see of you."</p>
            </header>
            <Picture/>
            <form class="settings-form" novalidate on:submit=on_submit(submit)>
                <FormMessage form/>
                <Field name="name" label="Name" kind=FieldKind::Name value=name error=form.of_field("name")/>
                <SubmitButton form>"Save"</SubmitButton>
            </form>
        </section>
    }
}

#[component]
fn Picture() -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let oneself = use_oneself();
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
            oneself.get_untracked().set_avatar(content).await
        };
        form.send(work, move |signed_in| session.enter(signed_in));
    };
    let choose = Callback::new(move |()| {
        if let Some(input) = chooser.get_untracked() {
            input.click();
        }
    });
    let remove = Callback::new(move |()| {
        let work = oneself.get_untracked().delete_avatar();
        form.send(work, move |signed_in| session.enter(signed_in));
    });
    let has_picture = Memo::new(move |_| oneself.get().me.avatar_url.is_some());
    view! {
        <div class="settings-picture">
            {move || {
                let me = oneself.get().me;
                view! { <Avatar id=me.user_id.0 name=me.name picture=me.avatar_url size=AvatarSize::Large/> }
            }}
            <div class="settings-actions">
                <Button busy=form.busy() on_press=choose>
                    {move || if has_picture.get() { "Change the picture…" } else { "Add a picture…" }}
                </Button>
                {move || has_picture.get().then(|| view! {
                    <Button class="button-quiet" on_press=remove>"Remove it"</Button>
                })}
            </div>
            <input
                node_ref=chooser type="file" class="visually-hidden" tabindex="-1" aria-label="Picture"
                accept="image/png,image/jpeg,image/webp" on:change=chosen
            />
        </div>
        <FormMessage form/>
    }
}
