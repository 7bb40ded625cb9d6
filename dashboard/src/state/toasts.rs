//! Short sentences that appear, are read aloud, and go away by themselves.

use std::time::Duration;

use leptos::prelude::*;

const SHOWN_FOR: Duration = Duration::from_secs(6);

/// One sentence.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Toast {
    pub(crate) id: u32,
    pub(crate) text: String,
}

/// The sentences on the screen, the newest last.
#[derive(Clone, Copy)]
pub(crate) struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
}

impl Toasts {
    pub(crate) fn provide() -> Self {
        let toasts = Self {
            shown: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
        };
        provide_context(toasts);
        toasts
    }

    /// Says `text`; the same sentence is not said twice at once.
    pub(crate) fn say(self, text: impl Into<String>) {
        let text = text.into();
        if self
            .shown
            .with_untracked(|shown| shown.iter().any(|toast| toast.text == text))
        {
            return;
        }
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        self.shown.update(|shown| shown.push(Toast { id, text }));
        set_timeout(move || self.dismiss(id), SHOWN_FOR);
    }

    pub(crate) fn dismiss(self, id: u32) {
        self.shown
            .try_update(|shown| shown.retain(|toast| toast.id != id));
    }

    /// Tracked.
    pub(crate) fn list(self) -> Vec<Toast> {
        self.shown.get()
    }
}
