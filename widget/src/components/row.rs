//! One row of the thread.

use leptos::prelude::*;

use crate::look::lines::{Line, Step};
use crate::panel::Panel;

const CHECK: &str = "M20 6 9 17l-5-5";
const CHECKS: &str = "M18 6 7 17l-5-5M22 10l-7.5 7.5L13 16";
const CLOCK: &str = "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20ZM12 6v6l4 2";

/// Perhaps a date, then words in a bubble or in the middle. What is empty is not seen.
pub(super) fn row(line: &Line, panel: Panel) -> impl Render + use<> {
    let path = match line.step {
        Step::None => "",
        Step::Queued | Step::Sending => CLOCK,
        Step::Sent => CHECK,
        Step::Delivered | Step::Seen => CHECKS,
    };
    let word_class = match line.step {
        Step::Seen => "",
        _ => "for-readers",
    };
    let id = line.client_id;
    let failure = line.failure.clone().map(|reason| {
        view! {
            <div class="bubble__failure">
                <span>{reason}</span>
                <span class="bubble__choices">
                    <button class="button-link button-link--danger" type="button" on:click=move |_| id.into_iter().for_each(|id| panel.retry(id))>
                        "Retry"
                    </button>
                    <button class="button-link button-link--danger" type="button" on:click=move |_| id.into_iter().for_each(|id| panel.discard(id))>
                        "Discard"
                    </button>
                </span>
            </div>
        }
    });
    view! {
        <div class="thread__line">
            <p class="thread__day">{line.day.clone()}</p>
            <div class=line.place.clone()>
                <p class="bubble__name">{line.name.clone()}</p>
                <p class=line.kind>{line.text.clone()}</p>
                <p class="bubble__meta" hidden=line.time.is_empty()>
                    {line.time.clone()}
                    <svg class="icon" width="14" height="14" viewBox="0 0 24 24" aria-hidden="true">
                        <path d=path></path>
                    </svg>
                    <span class=word_class>{line.step.word()}</span>
                </p>
                {failure}
            </div>
        </div>
    }
}
