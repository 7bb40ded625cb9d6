//! Toasts: short messages that appear, are read aloud, and go away by themselves.

use std::time::Duration;

use leptos::prelude::*;

const SHOWN_FOR: Duration = Duration::from_secs(6);
/// How long an action can be undone.
const UNDO_FOR: Duration = Duration::from_secs(10);

/// One message.
#[derive(Clone)]
pub(crate) struct Toast {
    pub(crate) id: u32,
    pub(crate) text: String,
    /// A button: its label, and what it does.
    pub(crate) action: Option<(&'static str, Callback<()>)>,
}

/// The queue of messages on the screen, the newest last.
#[derive(Clone, Copy)]
pub(crate) struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
    /// The action that the Z key performs, and its toast.
    undo: StoredValue<Option<(u32, Callback<()>)>>,
}

impl Toasts {
    pub(crate) fn provide() -> Self {
        let toasts = Self {
            shown: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
            undo: StoredValue::new(None),
        };
        provide_context(toasts);
        toasts
    }

    /// Shows `text`, unless the same text is on the screen.
    pub(crate) fn say(self, text: impl Into<String>) {
        let text = text.into();
        let is_shown = |shown: &Vec<Toast>| shown.iter().any(|toast| toast.text == text);
        if !self.shown.with_untracked(is_shown) {
            self.push(text, None, SHOWN_FOR);
        }
    }

    /// Shows `text` with a button that undoes something; the Z key does the same.
    pub(crate) fn offer(self, text: impl Into<String>, label: &'static str, act: Callback<()>) {
        // Only the newest action can be undone.
        self.drop_undo();
        let id = self.push(text.into(), Some((label, act)), UNDO_FOR);
        self.undo.set_value(Some((id, act)));
    }

    /// Performs the undo action of the newest toast.
    pub(crate) fn undo(self) {
        if let Some((id, act)) = self.undo.try_get_value().flatten() {
            self.dismiss(id);
            act.run(());
        }
    }

    pub(crate) fn dismiss(self, id: u32) {
        self.shown
            .try_update(|shown| shown.retain(|toast| toast.id != id));
        self.undo
            .try_update_value(|undo| undo.take_if(|(of, _)| *of == id));
    }

    /// Tracked.
    pub(crate) fn list(self) -> Vec<Toast> {
        self.shown.get()
    }

    /// Removes the offer to undo, whose action is about to disappear.
    pub(crate) fn drop_undo(self) {
        if let Some((id, _)) = self.undo.try_get_value().flatten() {
            self.dismiss(id);
        }
    }

    fn push(
        self,
        text: String,
        action: Option<(&'static str, Callback<()>)>,
        shown_for: Duration,
    ) -> u32 {
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        self.shown
            .update(|shown| shown.push(Toast { id, text, action }));
        set_timeout(move || self.dismiss(id), shown_for);
        id
    }
}
