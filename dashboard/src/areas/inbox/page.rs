//! `/app` and `/app/c/:id`: the list, the open conversation, and its details.

use deskbell_protocol::AgentView;
use leptos::prelude::*;

use crate::areas::inbox::assign_picker::AssignPicker;
use crate::areas::inbox::commands::Commands;
use crate::areas::inbox::context_pane::ContextPane;
use crate::areas::inbox::conversation_list::ConversationList;
use crate::areas::inbox::groups::{View, group};
use crate::areas::inbox::inbox_store::use_inbox;
use crate::areas::inbox::keys::{self, Keys};
use crate::areas::inbox::priority::PriorityPicker;
use crate::areas::inbox::snooze::SnoozePicker;
use crate::areas::inbox::thread::Thread;
use crate::shell::labels::visitor_label;
use crate::shell::navigator::Navigator;
use crate::shell::page_title::use_page_title;
use crate::shell::resource::Resource;
use crate::shell::route::{Route, Section};
use crate::shell::screen_link::ScreenLink;
use crate::shell::session::use_current_user;
use crate::text::{inbox as text, shell, thread as thread_text};
use crate::ui::confirm_dialog::ConfirmDialog;
use crate::ui::copy_button::CopyButton;
use crate::ui::notice::EmptyNotice;

#[component]
pub(crate) fn InboxPage(shortcuts_open: RwSignal<bool>) -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    let inbox = use_inbox();
    let page_title = use_page_title();
    let commands = Commands::provide(inbox);
    let context_shown = RwSignal::new(false);
    let view = RwSignal::new(View::default());

    let open = Memo::new(move |_| navigator.route().conversation());
    let groups = Memo::new(move |_| inbox.listed.with(|rows| group(rows, view.get())));
    let conversation = Memo::new(move |_| inbox.thread.with(|thread| thread.conversation.clone()));
    let is_empty = Memo::new(move |_| inbox.is_loaded.get() && inbox.listed.with(Vec::is_empty));
    let has_conversation = Memo::new(move |_| conversation.with(Option::is_some));
    page_title.set(shell::INBOX);
    keys::listen(Keys {
        commands,
        navigator,
        groups,
        open,
        shortcuts_open,
    });
    view! {
        <div
            class="inbox"
            data-open=move || open.get().is_some().to_string()
            data-empty=move || is_empty.get().to_string()
        >
            <ConversationList view groups selected=open/>
            <main class="thread">
                {move || match open.get() {
                    Some(id) => view! { <Thread id context_shown/> }.into_any(),
                    None if is_empty.get() => view! { <FirstSteps/> }.into_any(),
                    None => view! { <NothingSelected/> }.into_any(),
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
        <Questions commands/>
        <AssignPicker/>
        <PriorityPicker/>
        <SnoozePicker/>
    }
}

/// The dialogs that ask before a conversation is closed, or a teammate's resolved.
#[component]
fn Questions(commands: Commands) -> impl IntoView {
    let inbox = use_inbox();
    let conversation = Memo::new(move |_| inbox.thread.with(|thread| thread.conversation.clone()));
    let visitor = move || {
        let visitor = conversation.get().map(|found| found.visitor);
        visitor.map_or(String::new(), |it| visitor_label(it.id.0, &it.name))
    };
    let assignee = move || {
        let assignee = conversation.get().and_then(|found| found.assignee);
        assignee.map_or(String::new(), |agent: AgentView| agent.name)
    };
    let back = Callback::new(move |()| commands.leave_question());
    view! {
        <ConfirmDialog
            open=commands.asks_close
            title=thread_text::CLOSE_QUESTION.to_owned()
            text=Signal::derive(move || thread_text::close_consequence(&visitor()))
            confirm=thread_text::CLOSE_CONFIRM
            is_danger=true
            on_confirm=Callback::new(move |()| commands.close_confirmed())
            on_closed=back
        />
        <ConfirmDialog
            open=commands.asks_resolve
            title=Signal::derive(move || thread_text::resolve_question(&assignee()))
            text=Signal::derive(move || thread_text::resolve_consequence(&assignee()))
            confirm=thread_text::RESOLVE
            on_confirm=Callback::new(move |()| commands.resolve_confirmed())
            on_closed=back
        />
    }
}

/// The middle of the page while no conversation is open.
#[component]
fn NothingSelected() -> impl IntoView {
    let inbox = use_inbox();
    let waiting = move || {
        let waiting = inbox.queue.with(|queue| queue.waiting);
        text::visitors_waiting(usize::try_from(waiting).unwrap_or(0))
    };
    view! {
        <EmptyNotice title=text::SELECT_CONVERSATION>
            <p prop:textContent=waiting></p>
            <p class="notice-keys"><kbd>"J"</kbd> " / " <kbd>"K"</kbd> {text::KEYS_MOVE} <kbd>"?"</kbd> {text::KEYS_ALL}</p>
        </EmptyNotice>
    }
}

/// The middle of the page before the first conversation: the snippet of the first site.
#[component]
fn FirstSteps() -> impl IntoView {
    let current_user = use_current_user();
    let sites = Resource::new(move || current_user.get_untracked().list_sites());
    let snippet = move || {
        let sites = sites.get()?;
        Some(sites.into_iter().next().map(|site| site.snippet))
    };
    view! {
        <EmptyNotice title=text::NO_CONVERSATIONS>
            <p>{text::NO_CONVERSATIONS_LEAD}</p>
            {move || match snippet() {
                Some(Some(snippet)) => view! {
                    <p>{text::ADD_SNIPPET}</p>
                    <code class="settings-code" tabindex="0" role="textbox" aria-readonly="true" aria-label=text::SNIPPET>
                        {snippet.clone()}
                    </code>
                    <CopyButton label=shell::COPY text=snippet/>
                }.into_any(),
                Some(None) => view! {
                    <p>{text::NO_SITE}</p>
                    <ScreenLink class="button" to=Route::Settings(Section::Sites)>{text::OPEN_SITES}</ScreenLink>
                }.into_any(),
                None => ().into_any(),
            }}
        </EmptyNotice>
    }
}
