//! `/app` and `/app/c/:id`: the list, the open conversation, and what is known about it.

mod keys;

use deskbell_engine::Action;
use deskbell_protocol::Conversation;
use leptos::prelude::*;

use crate::components::close_dialog::CloseDialog;
use crate::components::context_pane::ContextPane;
use crate::components::conversation_list::ConversationList;
use crate::components::notice::EmptyNotice;
use crate::components::thread::Thread;
use crate::pages::inbox::keys::Keys;
use crate::state::desk::use_desk;
use crate::state::drafts::Drafts;
use crate::state::groups::{GroupKind, group};
use crate::state::navigator::Navigator;

#[component]
pub(crate) fn InboxPage(
    waiting: Memo<usize>,
    drafts: Drafts,
    shortcuts_open: RwSignal<bool>,
) -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    let desk = use_desk();
    let me = desk.me().user_id;
    let close_open = RwSignal::new(false);
    let context_shown = RwSignal::new(false);

    let open = Memo::new(move |_| navigator.route().conversation());
    let groups = Memo::new(move |_| desk.rows.with(|rows| group(rows, me)));
    let conversation = Memo::new(move |_| desk.thread.with(|thread| thread.conversation.clone()));
    let is_empty = Memo::new(move |_| desk.is_loaded.get() && desk.rows.with(Vec::is_empty));
    let has_conversation = Memo::new(move |_| conversation.with(Option::is_some));
    let name = Signal::derive(move || {
        conversation
            .get()
            .map(|found| found.visitor.name)
            .unwrap_or_default()
    });

    // Those that wait, and one's own in which something is new.
    let calling = Memo::new(move |_| {
        let is_new = |row: &&Conversation| {
            let unread = desk
                .signs
                .with(|signs| signs.get(&row.id).map(|it| it.unread));
            GroupKind::of(row, me) == GroupKind::Mine && unread > Some(0)
        };
        waiting.get() + desk.rows.with(|rows| rows.iter().filter(is_new).count())
    });
    Effect::new(move || {
        let title = match calling.get() {
            0 => "Inbox · Deskbell".to_owned(),
            n => format!("({n}) Inbox · Deskbell"),
        };
        document().set_title(&title);
    });
    keys::listen(Keys {
        desk,
        navigator,
        groups,
        open,
        shortcuts_open,
        close_open,
    });

    let close = Callback::new(move |()| {
        if let Some(id) = open.get_untracked() {
            desk.act(Action::Close(id));
        }
    });
    let on_close = Callback::new(move |()| close_open.set(true));
    view! {
        <div class="inbox" data-open=move || open.get().is_some().to_string()>
            <ConversationList groups selected=open/>
            <main class="thread">
                {move || match open.get() {
                    Some(id) => view! { <Thread id drafts context_shown on_close/> }.into_any(),
                    None if is_empty.get() => view! { <FirstRing/> }.into_any(),
                    None => view! { <Welcome waiting/> }.into_any(),
                }}
            </main>
            {move || {
                if !has_conversation.get() {
                    return None;
                }
                let first = conversation.get_untracked()?;
                let found = Signal::derive(move || conversation.get().unwrap_or_else(|| first.clone()));
                Some(view! { <ContextPane conversation=found shown=context_shown/> })
            }}
        </div>
        <CloseDialog open=close_open name on_confirm=close/>
    }
}

/// What stands in the middle while no conversation is open.
#[component]
fn Welcome(waiting: Memo<usize>) -> impl IntoView {
    let text = move || match waiting.get() {
        0 => "Nobody is waiting. Open a conversation from the list to read on.".to_owned(),
        1 => "One visitor is waiting for an answer.".to_owned(),
        n => format!("{n} visitors are waiting for an answer."),
    };
    view! {
        <EmptyNotice title="No conversation is open">
            <p>{text}</p>
            <p class="notice-keys"><kbd>"J"</kbd> <kbd>"K"</kbd> " to move, " <kbd>"?"</kbd> " for all keys"</p>
        </EmptyNotice>
    }
}

/// What stands there before the first conversation of all.
#[component]
fn FirstRing() -> impl IntoView {
    let host = window().location().origin().unwrap_or_default();
    view! {
        <EmptyNotice title="Nobody has rung yet">
            <p>"Conversations appear here as soon as a visitor writes. This line, with your site's key, puts the bell on a page:"</p>
            <code>{format!("<script src=\"{host}/deskbell.js\" data-site=\"YOUR-KEY\" async></script>")}</code>
        </EmptyNotice>
    }
}
