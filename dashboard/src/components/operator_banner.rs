//! Says that this is somebody else's workspace, for as long as it is.

use leptos::prelude::*;

use crate::components::button::Button;
use crate::components::icon::Icon;
use crate::state::form::Form;
use crate::state::session::{SessionStore, use_oneself};

#[component]
pub(crate) fn OperatorBanner() -> impl IntoView {
    let oneself = use_oneself();
    let session = expect_context::<SessionStore>();
    let form = Form::new(&[]);
    let leave = Callback::new(move |()| {
        let work = oneself.get_untracked().leave_workspace();
        form.send(work, move |signed_in| session.enter(signed_in));
    });
    view! {
        <div class="operator-banner" role="region" aria-label="Operator">
            {Icon::Shield.large()}
            <p>
                {move || format!("You are in {} as operator.", oneself.get().me.workspace.name)}
                " "
                <span>{move || form.message().unwrap_or_else(|| "Its members see in their audit log what you do here.".into())}</span>
            </p>
            <Button busy=form.busy() on_press=leave>"Leave"</Button>
        </div>
    }
}
