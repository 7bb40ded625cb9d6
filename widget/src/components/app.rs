//! The panel from top to bottom.

use leptos::ev;
use leptos::prelude::*;

use super::bar::Bar;
use super::composer::{Composer, Ended};
use super::head::Head;
use super::notice::Notice;
use super::thread::Thread;
use crate::state::{Panel, Phase};
use deskbell_protocol::Status;

/// The panel.
#[component]
pub(crate) fn App(panel: Panel) -> impl IntoView {
    window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && !event.is_composing() {
            panel.close();
        }
    });
    let problem = Memo::new(move |_| match panel.phase.get() {
        Phase::Failed(problem) => Some(problem),
        _ => None,
    });
    let is_ended = Memo::new(move |_| {
        panel
            .conversation
            .with(|it| it.as_ref().is_some_and(|it| it.status == Status::Closed))
    });
    let body = move || match problem.get() {
        Some(problem) => view! { <Notice problem on_retry=move || panel.begin() /> }.into_any(),
        None => view! {
            <Thread panel />
            {move || if is_ended.get() {
                view! { <Ended on_start=move || panel.start_new() /> }.into_any()
            } else {
                view! { <Composer panel /> }.into_any()
            }}
        }
        .into_any(),
    };
    view! {
        <main class="panel">
            <Head panel />
            <Bar panel />
            {body}
        </main>
    }
}
