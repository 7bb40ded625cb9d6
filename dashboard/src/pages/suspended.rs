//! Instead of a workspace that whoever runs this Deskbell has closed: which, why, and where else to
//! go.

use deskbell_protocol::WorkspaceId;
use deskbell_protocol::api::auth::Membership;
use leptos::prelude::*;

use crate::api::SignedIn;
use crate::components::button::Button;
use crate::components::entry::Entry;
use crate::components::form_parts::FormMessage;
use crate::state::form::Form;
use crate::state::navigator::Navigator;
use crate::state::route::Route;
use crate::state::session::SessionStore;

#[component]
pub(crate) fn SuspendedPage(signed_in: SignedIn) -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let navigator = expect_context::<Navigator>();
    session.keep_looking();
    let form = Form::new(&[]);
    let me = signed_in.me.clone();
    let reason = me.workspace.suspended_for;
    let others = me.workspaces.into_iter().filter(|place| !place.suspended);
    let leaving = signed_in.clone();
    let enter = Callback::new(move |id: WorkspaceId| {
        let work = signed_in.clone().switch_workspace(id);
        form.send(work, move |signed_in| {
            // What was open is another workspace's.
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
                {format!("Go to {}", place.name)}
            </Button>
        }
    };
    view! {
        <Entry
            title=format!("{} is suspended", me.workspace.name)
            lead="Nobody answers visitors in it for now. Nothing of it is lost."
        >
            <div class="entry-body">
                <FormMessage form/>
                {(!reason.is_empty()).then(|| view! { <p class="entry-for">"Reason: " <strong>{reason}</strong></p> })}
                <p>"Ask whoever runs this Deskbell. Once the workspace is open again, you go on where you were."</p>
                {others.map(other).collect_view()}
                <p>{format!("You are signed in as {}, {}.", me.name, me.email)}</p>
                <Button class="button-quiet" on_press=sign_out>"Sign out"</Button>
            </div>
        </Entry>
    }
}
