//! The thin bar that says that the connection is gone.

use std::time::Duration;

use leptos::prelude::*;

use crate::state::{Panel, Phase};

/// A short break is nobody's business.
const PATIENCE: Duration = Duration::from_secs(2);

/// Says "Reconnecting…" once the connection has been gone for two seconds.
#[component]
pub(crate) fn Bar(panel: Panel) -> impl IntoView {
    let is_gone = Memo::new(move |_| panel.phase.get() == Phase::Ready && !panel.is_live.get());
    let is_shown = RwSignal::new(false);
    Effect::new(move |_| {
        if is_gone.get() {
            set_timeout(move || is_shown.set(is_gone.get_untracked()), PATIENCE);
        } else {
            is_shown.set(false);
        }
    });
    view! {
        <div role="status">
            <Show when=move || is_shown.get()>
                <p class="bar">"Reconnecting… What you write is kept and will be sent."</p>
            </Show>
        </div>
    }
}
