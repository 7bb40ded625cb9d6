//! One row of the thread.

use deskbell_engine::RowState;
use deskbell_protocol::ClientId;
use leptos::prelude::*;

use super::icon::{CHECK, CLOCK, Icon};
use crate::state::lines::{BubbleView, Content, LineView};
use crate::state::{Line, Panel};
use crate::time;

/// A row: perhaps a date over it, then words in a bubble or in the middle. What it says stays;
/// how far it has come and its place in a group change, and only that is drawn again.
#[component]
pub(crate) fn Row(line: Line, panel: Panel) -> impl IntoView {
    let view = line.view;
    let first = view.get_untracked();
    let day = {
        let view = view.clone();
        Memo::new(move |_| view.with(|it| it.begins_day.then(|| time::day_name(it.at))))
    };
    let content = match first.content {
        Content::System(words) => view! { <p class="thread__system">{words}</p> }.into_any(),
        Content::Bubble(bubble) => view! { <Bubble bubble view panel /> }.into_any(),
    };
    view! {
        <div class="thread__line">
            {move || day.get().map(|day| view! { <p class="thread__day">{day}</p> })}
            {content}
        </div>
    }
}

/// Somebody's words, with their name over the first and the time under the last of a group.
#[component]
fn Bubble(bubble: BubbleView, view: ArcRwSignal<LineView>, panel: Panel) -> impl IntoView {
    let is_own = bubble.name.is_none();
    let now = Memo::new(move |_| view.with(|it| Place::of(it)));
    let name = bubble.name.filter(|name| !name.is_empty());
    let id = bubble.client_id;
    let below = move || {
        let now = now.get();
        match now.failure {
            Some(reason) => view! { <Failure reason id panel /> }.into_any(),
            None => view! { <Meta time=time::clock(now.at) state=is_own.then_some(now.step) /> }
                .into_any(),
        }
    };
    view! {
        <div
            class="bubble"
            class:bubble--own=is_own
            class:bubble--first=move || now.with(|now| now.is_first)
            class:bubble--last=move || now.with(|now| now.is_last)
            class:bubble--quiet=move || now.with(|now| !now.is_last && now.step == Step::Sent && now.failure.is_none())
            class:bubble--failed=move || now.with(|now| now.failure.is_some())
        >
            {move || {
                let is_first = now.with(|now| now.is_first);
                name.clone().filter(|_| is_first).map(|name| view! { <p class="bubble__name">{name}</p> })
            }}
            <p class="bubble__text">{bubble.text}</p>
            {below}
        </div>
    }
}

/// The time, and for one's own words how far they have come.
#[component]
fn Meta(time: String, state: Option<Step>) -> impl IntoView {
    let state = state.map(|step| match step {
        Step::Queued => (CLOCK, "Waiting to be sent"),
        Step::Sending => (CLOCK, "Sending"),
        Step::Sent => (CHECK, "Sent"),
    });
    view! {
        <p class="bubble__meta">
            {time}
            {state.map(|(path, word)| view! { <Icon path size=14 /><span class="for-readers">{word}</span> })}
        </p>
    }
}

/// Why it was not sent, and what can be done.
#[component]
fn Failure(reason: String, id: Option<ClientId>, panel: Panel) -> impl IntoView {
    let retry = move |_| id.into_iter().for_each(|id| panel.retry(id));
    let discard = move |_| id.into_iter().for_each(|id| panel.discard(id));
    view! {
        <div class="bubble__failure">
            <span>{reason}</span>
            <span class="bubble__choices">
                <button class="button-link button-link--danger" type="button" on:click=retry>"Retry"</button>
                <button class="button-link button-link--danger" type="button" on:click=discard>"Discard"</button>
            </span>
        </div>
    }
}

/// What of a bubble may change.
#[derive(Clone, PartialEq)]
struct Place {
    at: deskbell_protocol::UnixMs,
    is_first: bool,
    is_last: bool,
    step: Step,
    failure: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Step {
    Queued,
    Sending,
    Sent,
}

impl Place {
    fn of(line: &LineView) -> Self {
        let (is_first, is_last, state) = match &line.content {
            Content::Bubble(bubble) => (bubble.is_first, bubble.is_last, &bubble.state),
            Content::System(_) => (true, true, &RowState::Sent),
        };
        let (step, failure) = match state {
            RowState::Queued => (Step::Queued, None),
            RowState::Sending => (Step::Sending, None),
            RowState::Sent => (Step::Sent, None),
            RowState::Failed { error } => (Step::Queued, Some(error.message.clone())),
        };
        Self {
            at: line.at,
            is_first,
            is_last,
            step,
            failure,
        }
    }
}
