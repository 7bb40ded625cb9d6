//! A bubble, and under it how far it has come.

use deskbell_engine::{Action, RowState};
use leptos::prelude::*;

use crate::components::avatar::{Avatar, AvatarSize};
use crate::components::icon::Icon;
use crate::state::desk::{Desk, use_desk};
use crate::state::timeline::{Bubble, Reached, Side};

#[component]
pub(crate) fn MessageBubble(#[prop(into)] bubble: Signal<Bubble>) -> impl IntoView {
    let desk = use_desk();
    let first = bubble.get_untracked();
    let side = match &first.side {
        Side::Own => "own",
        Side::Colleague { .. } => "colleague",
        Side::Visitor { .. } => "visitor",
    };
    let who = first.side.clone();
    let is_first = Memo::new(move |_| bubble.with(|bubble| bubble.first));
    let is_last = Memo::new(move |_| bubble.with(|bubble| bubble.last));
    let face = move || match who.clone() {
        Side::Visitor { id, name } if is_last.get() => {
            Some(view! { <Avatar id name size=AvatarSize::Small/> })
        }
        _ => None,
    };
    // Of our own words: how far they have come, if they are the last ones.
    let key = first.row.key;
    let reached = (side == "own").then(|| {
        Memo::new(move |_| {
            let last = desk.thread.with(|thread| thread.reached);
            last.filter(|(last, _)| *last == key)
                .map_or(Reached::Server, |(_, reached)| reached)
        })
    });
    let colleague = match first.side {
        Side::Colleague { name } => Some(name),
        _ => None,
    };
    view! {
        <div
            class="message"
            data-side=side
            data-state=move || bubble.with(Bubble::state_word)
            data-first=move || is_first.get().to_string()
        >
            <div class="message-side">{face}</div>
            <div class="message-body">
                {move || colleague.clone().filter(|_| is_first.get()).map(|name| view! {
                    <span class="message-name">{name}</span>
                })}
                <div class="message-bubble">{move || bubble.with(|bubble| bubble.text().to_owned())}</div>
                {move || {
                    let reached = reached.map(|reached| reached.get());
                    bubble.with(|bubble| meta(bubble, reached, desk))
                }}
            </div>
        </div>
    }
}

/// The quiet line under a bubble: at the end of a group, and wherever a message is not saved yet.
fn meta(bubble: &Bubble, reached: Option<Reached>, desk: Desk) -> Option<AnyView> {
    let clock = bubble.clock.clone();
    let client_id = bubble.row.key.client_id();
    match &bubble.row.state {
        RowState::Failed { error } => {
            let again = move |_| {
                client_id.inspect(|id| desk.act(Action::Retry(*id)));
            };
            let discard = move |_| {
                client_id.inspect(|id| desk.act(Action::Discard(*id)));
            };
            Some(view! {
                <div class="message-meta" role="alert">
                    {Icon::Alert.small()}
                    <span>{format!("Not sent. {}", error.message)}</span>
                    <button type="button" class="message-action" on:click=again>"Retry"</button>
                    <button type="button" class="message-action" on:click=discard>"Discard"</button>
                </div>
            }.into_any())
        }
        RowState::Queued | RowState::Sending => Some(
            view! {
                <div class="message-meta" title="On its way">
                    {Icon::Clock.small()} <span class="visually-hidden">"Not sent yet"</span>
                </div>
            }
            .into_any(),
        ),
        RowState::Sent if bubble.last => Some(
            view! {
                <div class="message-meta">
                    <time>{clock}</time>
                    {reached.map(|reached| {
                        let (icon, word) = match reached {
                            Reached::Server => (Icon::Check, "Sent"),
                            Reached::Visitor => (Icon::Checks, "Delivered"),
                            Reached::Eyes => (Icon::Checks, "Seen"),
                        };
                        let is_plain = reached != Reached::Eyes;
                        view! {
                            <span class="message-reached" title=word>
                                {icon.small()} <span class:visually-hidden=is_plain>{word}</span>
                            </span>
                        }
                    })}
                </div>
            }
            .into_any(),
        ),
        RowState::Sent => None,
    }
}
