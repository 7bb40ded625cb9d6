//! Commands on the open conversation, which buttons, menus and keys share.

use deskbell_engine::Action;
use deskbell_protocol::{AgentView, Conversation, ConversationId, Status};
use leptos::prelude::*;

use crate::areas::inbox::assign_picker::is_assignable;
use crate::areas::inbox::focus::{focus_messages, focus_row, focus_thread};
use crate::areas::inbox::groups::next_waiting;
use crate::areas::inbox::inbox_store::InboxStore;
use crate::areas::inbox::priority::is_editable;
use crate::areas::inbox::snooze::is_snoozable;
use crate::shell::navigator::Navigator;
use crate::shell::route::Route;
use crate::text::{shell, thread as text};
use crate::ui::toasts::Toasts;

/// The commands of the inbox page.
#[derive(Clone, Copy)]
pub(crate) struct Commands {
    inbox: InboxStore,
    navigator: Navigator,
    toasts: Toasts,
    /// Asks before the conversation is closed.
    pub(crate) asks_close: RwSignal<bool>,
    /// Asks before a teammate's conversation is resolved.
    pub(crate) asks_resolve: RwSignal<bool>,
    /// Whether the composer writes a note.
    pub(crate) writes_note: RwSignal<bool>,
    /// Shows the picker of an assignee.
    pub(crate) picks_assignee: RwSignal<bool>,
    /// Shows the picker of a snooze.
    pub(crate) picks_snooze: RwSignal<bool>,
    /// Shows the picker of a priority.
    pub(crate) picks_priority: RwSignal<bool>,
    /// Whether the conversation is being closed: then nothing is typed next.
    is_closing: StoredValue<bool>,
    last_resolved: StoredValue<Option<ConversationId>>,
    /// Whether the last resolve was done with a key: then keys act on the list.
    by_key: StoredValue<bool>,
}

impl Commands {
    pub(crate) fn provide(inbox: InboxStore) -> Self {
        let commands = Self {
            inbox,
            navigator: expect_context(),
            toasts: expect_context(),
            asks_close: RwSignal::new(false),
            asks_resolve: RwSignal::new(false),
            writes_note: RwSignal::new(false),
            picks_assignee: RwSignal::new(false),
            picks_snooze: RwSignal::new(false),
            picks_priority: RwSignal::new(false),
            is_closing: StoredValue::new(false),
            last_resolved: StoredValue::new(None),
            by_key: StoredValue::new(false),
        };
        // Created here and not when something is resolved: an effect disposes of what it creates.
        let undo = Callback::new(move |()| commands.undo_resolve());
        Effect::new(move || {
            if let Some(id) = inbox.resolved.get() {
                inbox.resolved.set(None);
                commands.after_resolve(id, undo);
            }
        });
        let toasts = commands.toasts;
        Effect::new(move |before: Option<()>| {
            inbox.reopened.track();
            // Not at the start.
            if before.is_some() {
                toasts.drop_undo();
            }
        });
        on_cleanup(move || toasts.drop_undo());
        provide_context(commands);
        commands
    }

    /// Assigns a waiting conversation to this agent, who writes next.
    pub(crate) fn claim(self) {
        let waiting = |open: &Conversation| open.status == Status::Waiting;
        if let Some(open) = self.open().filter(waiting)
            && self.inbox.can_claim()
        {
            self.inbox.act(Action::Claim(open.id));
            focus_thread();
        }
    }

    /// Asks to whom the conversation should be assigned.
    pub(crate) fn pick_assignee(self) {
        if self.open().as_ref().is_some_and(is_assignable) {
            self.picks_assignee.set(true);
        }
    }

    /// Asks for how long the conversation should be snoozed.
    pub(crate) fn pick_snooze(self) {
        if self.open().as_ref().is_some_and(is_snoozable) {
            self.picks_snooze.set(true);
        }
    }

    /// Begins a note, or a reply.
    pub(crate) fn write(self, note: bool) {
        if self.open().is_some() {
            self.writes_note.set(note);
            focus_thread();
        }
    }

    /// Asks for the priority of the conversation.
    pub(crate) fn pick_priority(self) {
        if self.open().as_ref().is_some_and(is_editable) {
            self.picks_priority.set(true);
        }
    }

    /// Resolves the conversation; a teammate's only after a question.
    pub(crate) fn resolve(self, by_key: bool) {
        let Some(open) = self.open().filter(|open| open.status == Status::Active) else {
            return;
        };
        let me = self.inbox.me().user_id;
        let is_a_teammates = |assignee: &AgentView| assignee.id != me;
        self.by_key.set_value(by_key);
        match open.assignee.as_ref().is_some_and(is_a_teammates) {
            true => self.asks_resolve.set(true),
            false => self.inbox.resolve(open.id),
        }
    }

    /// Resolves a teammate's conversation after the question.
    pub(crate) fn resolve_confirmed(self) {
        if let Some(open) = self.open() {
            self.inbox.resolve(open.id);
        }
    }

    /// Reopens the conversation as this agent's own, who writes next.
    pub(crate) fn reopen(self) {
        if let Some(open) = self.open()
            && self.inbox.can_claim()
        {
            self.inbox.act(Action::Reopen(open.id));
        }
    }

    /// Asks whether to close the conversation.
    pub(crate) fn ask_close(self) {
        let can_close =
            |open: &Conversation| matches!(open.status, Status::Active | Status::Resolved);
        if self.open().as_ref().is_some_and(can_close) {
            self.asks_close.set(true);
        }
    }

    /// Closes the conversation after the question.
    pub(crate) fn close_confirmed(self) {
        if let Some(open) = self.open() {
            self.is_closing.set_value(true);
            self.inbox.act(Action::Close(open.id));
        }
    }

    /// Returns the focus after a question.
    pub(crate) fn leave_question(self) {
        match self.is_closing.get_value() {
            true => focus_messages(),
            false => focus_thread(),
        }
        self.is_closing.set_value(false);
    }

    /// Undoes the last resolve.
    pub(crate) fn undo(self) {
        self.toasts.undo();
    }

    /// The open conversation, if its head is loaded.
    fn open(self) -> Option<Conversation> {
        self.inbox
            .thread
            .with_untracked(|thread| thread.conversation.clone())
    }

    /// Reopens the conversation that was resolved last.
    fn undo_resolve(self) {
        if let Some(id) = self.last_resolved.get_value() {
            self.inbox.act(Action::Reopen(id));
            self.navigator.go(Route::Conversation(id));
            focus_thread();
        }
    }

    /// Opens the next waiting conversation and offers to undo.
    fn after_resolve(self, id: ConversationId, undo: Callback<()>) {
        self.last_resolved.set_value(Some(id));
        let is_open = self.navigator.current() == Route::Conversation(id);
        let next = self
            .inbox
            .listed
            .with_untracked(|listed| next_waiting(listed, Some(id)))
            .filter(|_| is_open);
        if let Some(next) = next {
            self.navigator.go(Route::Conversation(next));
        }
        match next {
            Some(next) if self.by_key.get_value() => focus_row(next),
            _ if is_open => focus_thread(),
            _ => {}
        }
        // A reopen shortly after the resolve restores the assignee; the server sees to that.
        self.toasts.offer(text::RESOLVED_TOAST, shell::UNDO, undo);
    }
}

/// The commands of the page.
pub(crate) fn use_commands() -> Commands {
    expect_context()
}
