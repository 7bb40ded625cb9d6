//! One row of the thread.

use leptos::prelude::*;

use crate::panel::Panel;
use crate::text;
use crate::view_model::rows_view::{Delivery, RowView};

const CHECK: &str = "M20 6 9 17l-5-5";
const CHECKS: &str = "M18 6 7 17l-5-5M22 10l-7.5 7.5L13 16";
const CLOCK: &str = "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20ZM12 6v6l4 2";

/// Draws a row: the date if it is the first of a day, then a bubble or a system message. Empty elements
/// are hidden by the style sheet.
pub(super) fn row(view: &RowView, panel: Panel) -> impl Render + use<> {
    let path = match view.delivery {
        Delivery::None => "",
        Delivery::Queued | Delivery::Sending => CLOCK,
        Delivery::Sent => CHECK,
        Delivery::Delivered | Delivery::Seen => CHECKS,
    };
    let initial: String = view.name.chars().take(1).collect();
    let id = view.client_id;
    let failure = view.failure.clone().map(|reason| {
        view! {
            <div class="bubble__failure">
                <span>{reason}</span>
                <span class="bubble__choices">
                    <button class="button-link button-link--danger" type="button" on:click=move |_| id.into_iter().for_each(|id| panel.retry(id))>
                        {text::RETRY}
                    </button>
                    <button class="button-link button-link--danger" type="button" on:click=move |_| id.into_iter().for_each(|id| panel.discard(id))>
                        {text::DISCARD}
                    </button>
                </span>
            </div>
        }
    });
    view! {
        <div class="thread__line">
            <p class="thread__day">{view.day.clone()}</p>
            <div class=view.bubble_class.clone()>
                <p class="bubble__name" data-initial=initial>{view.name.clone()}</p>
                <p class=view.text_class>{view.text.clone()}</p>
                <p class="bubble__meta" hidden=view.time.is_empty()>
                    {view.time.clone()}
                    <svg class="icon" width="14" height="14" viewBox="0 0 24 24" aria-hidden="true">
                        <path d=path></path>
                    </svg>
                    <span>{view.delivery.label()}</span>
                </p>
                {failure}
            </div>
        </div>
    }
}
