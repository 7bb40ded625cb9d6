//! The actions on the open conversation: one button for the next step, and a menu for the rest.

use std::time::Duration;

use deskbell_protocol::Status;
use leptos::prelude::*;

use crate::areas::inbox::commands::use_commands;
use crate::areas::inbox::focus::focus_thread;
use crate::areas::inbox::inbox_store::use_inbox;
use crate::text::thread as text;
use crate::ui::button::Button;
use crate::ui::icon::Icon;
use crate::ui::menu::{Menu, hide};

const MENU: &str = "thread-menu";
/// A button is busy until the status changes, at most this long.
const BUSY_FOR: Duration = Duration::from_secs(4);

#[component]
pub(crate) fn ThreadActions(#[prop(into)] status: Signal<Status>) -> impl IntoView {
    let inbox = use_inbox();
    let commands = use_commands();
    let can_claim = inbox.can_claim();
    let pressed = RwSignal::new(None::<Status>);
    let busy = Signal::derive(move || {
        pressed.get() == Some(status.get()) && inbox.thread.with(|thread| thread.winner.is_none())
    });
    let mark_busy = move || {
        pressed.set(Some(status.get_untracked()));
        set_timeout(move || _ = pressed.try_set(None), BUSY_FOR);
    };
    let claim = Callback::new(move |()| {
        mark_busy();
        commands.claim();
    });
    let resolve = Callback::new(move |()| commands.resolve(false));
    let reopen = Callback::new(move |()| {
        mark_busy();
        commands.reopen();
        focus_thread();
    });
    let kind = Memo::new(move |_| status.get());
    let has_more = Memo::new(move |_| {
        matches!(
            kind.get(),
            Status::Waiting | Status::Active | Status::Resolved
        )
    });
    view! {
        <div class="thread-actions">
            {move || match kind.get() {
                Status::Waiting if can_claim => view! {
                    <Button class="button-primary" title=text::CLAIM_TITLE busy on_press=claim>
                        {Icon::Hand.small()} <span>{text::CLAIM}</span>
                    </Button>
                }.into_any(),
                Status::Active => view! {
                    <Button title=text::RESOLVE_TITLE busy on_press=resolve>
                        {Icon::Done.small()} <span>{text::RESOLVE}</span>
                    </Button>
                }.into_any(),
                Status::Resolved if can_claim => view! {
                    <Button title=text::REOPEN_TITLE busy on_press=reopen>
                        {Icon::Reopen.small()} <span>{text::REOPEN}</span>
                    </Button>
                }.into_any(),
                _ => ().into_any(),
            }}
            <Show when=move || has_more.get()><MoreMenu status=kind/></Show>
        </div>
    }
}

#[component]
fn MoreMenu(status: Memo<Status>) -> impl IntoView {
    let commands = use_commands();
    let can_snooze = move || status.get() == Status::Active;
    let snooze = move |_| {
        hide(MENU);
        commands.pick_snooze();
    };
    let can_assign = move || status.get().is_open();
    let can_close = move || matches!(status.get(), Status::Active | Status::Resolved);
    let prioritise = move |_| {
        hide(MENU);
        commands.pick_priority();
    };
    let assign = move |_| {
        hide(MENU);
        commands.pick_assignee();
    };
    let is_open = RwSignal::new(false);
    let close = move |_| {
        hide(MENU);
        commands.ask_close();
    };
    view! {
        <button
            type="button"
            class="button button-quiet button-icon thread-more"
            popovertarget=MENU
            aria-expanded=move || is_open.get().to_string()
            aria-label=text::MORE
            title=text::MORE
        >
            {Icon::More.small()}
        </button>
        <Menu id=MENU is_open class="thread-menu" label=text::MORE>
            <Show when=can_assign>
                <button type="button" role="menuitem" class="menu-item" on:click=assign>
                    {Icon::Person.small()} {text::ASSIGN} <kbd class="menu-key">"A"</kbd>
                </button>
            </Show>
            <button type="button" role="menuitem" class="menu-item" on:click=prioritise>
                {Icon::Flag.small()} {text::PRIORITY} <kbd class="menu-key">"P"</kbd>
            </button>
            <Show when=can_snooze>
                <button type="button" role="menuitem" class="menu-item" on:click=snooze>
                    {Icon::Clock.small()} {text::SNOOZE} <kbd class="menu-key">"S"</kbd>
                </button>
            </Show>
            <Show when=can_close>
                <button type="button" role="menuitem" class="menu-item" on:click=close>
                    {Icon::Lock.small()} {text::CLOSE}
                </button>
            </Show>
        </Menu>
    }
}
