//! The page of a suspended workspace: which, why, and the other workspaces.

use deskbell_protocol::WorkspaceId;
use deskbell_protocol::api::identity::auth::Membership;
use leptos::prelude::*;

use crate::api::SignedIn;
use crate::shell::entry::Entry;
use crate::shell::form::Form;
use crate::shell::form_parts::FormMessage;
use crate::shell::navigator::Navigator;
use crate::shell::route::Route;
use crate::shell::session::SessionStore;
use crate::text::{auth as text, shell};
use crate::ui::button::Button;

#[component]
pub(crate) fn SuspendedPage(signed_in: SignedIn) -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let navigator = expect_context::<Navigator>();
    session.poll();
    let form = Form::new(&[]);
    let me = signed_in.me.clone();
    let reason = me.workspace.suspended_for;
    let others = me.workspaces.into_iter().filter(|place| !place.suspended);
    let leaving = signed_in.clone();
    let enter = Callback::new(move |id: WorkspaceId| {
        let work = signed_in.clone().switch_workspace(id);
        form.send(work, move |signed_in| {
            // The open conversation belongs to another workspace.
            navigator.replace(Route::Inbox);
            session.enter(signed_in);
        });
    });
    let sign_out = Callback::new(move |()| {
        form.send(leaving.clone().sign_out(), move |_| session.leave());
    });
    let other = move |place: Membership| {
        let id = place.id;
        view! {
            <Button class="button-primary button-large" busy=form.busy() on_press=move |()| enter.run(id)>
                {text::go_to(&place.name)}
            </Button>
        }
    };
    view! {
        <Entry
            title=text::is_suspended(&me.workspace.name)
            lead=text::SUSPENDED_LEAD
        >
            <div class="entry-body">
                <FormMessage form/>
                {(!reason.is_empty()).then(|| view! { <p class="entry-for">{text::REASON} <strong dir="auto">{reason}</strong></p> })}
                <p>{text::SUSPENDED_ASK}</p>
                {others.map(other).collect_view()}
                <p>{text::signed_in_as(&me.name, &me.email)}</p>
                <Button class="button-quiet" on_press=sign_out>{shell::SIGN_OUT}</Button>
            </div>
        </Entry>
    }
}
