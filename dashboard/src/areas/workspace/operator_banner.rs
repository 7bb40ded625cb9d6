//! The banner of an operator in a workspace of which they are no member.

use leptos::prelude::*;

use crate::shell::form::Form;
use crate::shell::session::{SessionStore, use_current_user};
use crate::text::shell as text;
use crate::ui::button::Button;
use crate::ui::icon::Icon;

#[component]
pub(crate) fn OperatorBanner() -> impl IntoView {
    let current_user = use_current_user();
    let session = expect_context::<SessionStore>();
    let form = Form::new(&[]);
    let leave = Callback::new(move |()| {
        let work = current_user.get_untracked().leave_workspace();
        form.send(work, move |signed_in| session.enter(signed_in));
    });
    view! {
        <div class="operator-banner" role="region" aria-label=text::OPERATOR>
            {Icon::Shield.large()}
            <p>
                <span dir="auto" prop:textContent=move || text::operator_in(&current_user.get().me.workspace.name)></span>
                " "
                <span prop:textContent=move || form.message().unwrap_or_else(|| text::OPERATOR_NOTE.into())></span>
            </p>
            <Button busy=form.busy() on_press=leave>{text::LEAVE}</Button>
        </div>
    }
}
