//! The colour theme: light, dark, or the system's.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::browser::storage::{load, save};

const KEY: &str = "deskbell.theme";

/// The choice of the agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
}

/// Loads the chosen theme, saves each change and applies it to the document's root.
pub(crate) fn provide_theme() {
    let theme = RwSignal::new(load::<Theme>(KEY).unwrap_or_default());
    Effect::new(move || {
        let theme = theme.get();
        save(KEY, &theme);
        if let Some(root) = document().document_element() {
            let _ = match theme.attribute() {
                Some(name) => root.set_attribute("data-theme", name),
                None => root.remove_attribute("data-theme"),
            };
        }
    });
    provide_context(theme);
}

/// The chosen theme, to read and to change.
pub(crate) fn use_theme() -> RwSignal<Theme> {
    expect_context()
}
