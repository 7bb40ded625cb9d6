//! The thin bar that says that the connection is gone.

use std::time::Duration;

use leptos::prelude::*;

use crate::state::{Link, Panel, Phase};

/// A short break is nobody's business.
const PATIENCE: Duration = Duration::from_secs(2);

/// Says "Reconnecting…" once the connection has been gone for two seconds.
#[component]
pub(crate) fn Bar(panel: Panel) -> impl IntoView {
    let gone = Memo::new(move |_| {
        let link = panel.link.get();
        (panel.phase.get() == Phase::Ready && link != Link::Live).then_some(link)
    });
    let shown = RwSignal::new(None);
    Effect::new(move |_| match gone.get() {
        Some(Link::Connecting) => set_timeout(move || shown.set(gone.get_untracked()), PATIENCE),
        now => shown.set(now),
    });
    let bar = move || {
        shown.get().map(|link| match link {
            Link::Stopped => view! {
                <p class="bar">"This connection has ended. Reload the page to go on."</p>
            }
            .into_any(),
            _ => view! {
                <p class="bar">
                    "Reconnecting… Your words are kept."
                    <button class="button-link" type="button" on:click=move |_| panel.retry_now()>"Retry now"</button>
                </p>
            }
            .into_any(),
        })
    };
    view! { <div role="status">{bar}</div> }
}
