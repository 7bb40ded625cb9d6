//! What can be done with the open conversation.

use deskbell_engine::Action;
use deskbell_protocol::{ConversationId, Status};
use leptos::prelude::*;

use crate::components::button::Button;
use crate::components::icon::Icon;
use crate::state::desk::use_desk;

#[component]
pub(crate) fn ThreadActions(
    id: ConversationId,
    #[prop(into)] status: Signal<Status>,
    on_close: Callback<()>,
) -> impl IntoView {
    let desk = use_desk();
    // What was pressed last stays busy until the status moves, or the server refuses.
    let pressed = RwSignal::new(None::<Status>);
    let busy = Signal::derive(move || {
        pressed.get() == Some(status.get()) && desk.thread.with(|thread| thread.winner.is_none())
    });
    let press = move |action: Action| {
        pressed.set(Some(status.get_untracked()));
        set_timeout(
            move || {
                pressed.try_set(None);
            },
            std::time::Duration::from_secs(4),
        );
        desk.act(action);
    };
    let claim = Callback::new(move |()| press(Action::Claim(id)));
    let resolve = Callback::new(move |()| press(Action::Resolve(id)));
    let reopen = Callback::new(move |()| press(Action::Reopen(id)));
    let close_button = move || {
        view! {
            <Button title="Close for good (Shift + E)" on_press=on_close>{Icon::Lock.small()} "Close"</Button>
        }
    };
    view! {
        <div class="thread-actions">
            {move || match status.get() {
                Status::Waiting => view! {
                    <Button class="button-primary" title="Take this conversation (C)" busy on_press=claim>
                        {Icon::Hand.small()} "Claim"
                    </Button>
                }.into_any(),
                Status::Active => view! {
                    {close_button()}
                    <Button title="Mark as done (E)" busy on_press=resolve>
                        {Icon::Done.small()} "Resolve"
                    </Button>
                }.into_any(),
                Status::Resolved => view! {
                    {close_button()}
                    <Button title="Open again, as yours" busy on_press=reopen>
                        {Icon::Reopen.small()} "Reopen"
                    </Button>
                }.into_any(),
                Status::Closed | Status::Unknown => ().into_any(),
            }}
        </div>
    }
}
