//! A message: its author for screen readers, the bubble, and its delivery state.

use deskbell_engine::{Action, RowState};
use leptos::prelude::*;

use crate::areas::inbox::inbox_store::{InboxStore, use_inbox};
use crate::areas::inbox::timeline::{Bubble, Delivery, Side};
use crate::text::thread as text;
use crate::ui::avatar::{Avatar, AvatarSize};
use crate::ui::icon::Icon;

#[component]
pub(crate) fn MessageBubble(#[prop(into)] bubble: Signal<Bubble>) -> impl IntoView {
    let inbox = use_inbox();
    let side = bubble.with_untracked(|bubble| bubble.side.clone());
    let is_first = Memo::new(move |_| bubble.with(|bubble| bubble.first));
    let is_last = Memo::new(move |_| bubble.with(|bubble| bubble.last));
    let who = side.clone();
    let face = move || match who.clone() {
        Side::Visitor { id, name } if is_last.get() => {
            Some(view! { <Avatar id name size=AvatarSize::Small/> })
        }
        _ => None,
    };
    // A teammate's name is visible above the first of a group; everything else is only spoken.
    let author = side.author().to_owned();
    let is_teammate = matches!(side, Side::Teammate { .. });
    let is_visible = move || is_teammate && is_first.get();
    let name = move || match is_visible() {
        true => author.clone(),
        false => text::author(&author),
    };
    view! {
        <div
            class="message"
            role="listitem"
            data-side=side.word()
            data-state=move || bubble.with(Bubble::state_word)
            data-first=move || is_first.get().to_string()
        >
            <div class="message-side">{face}</div>
            <div class="message-body">
                <span
                    class="message-name"
                    class:visually-hidden=move || !is_visible()
                    dir="auto"
                    prop:textContent=name
                ></span>
                <div class="message-bubble" dir="auto" prop:textContent=move || bubble.with(|bubble| bubble.text().to_owned())></div>
                {move || bubble.with(|bubble| meta(bubble, inbox))}
            </div>
        </div>
    }
}

/// The line under a bubble: at the end of a group, and wherever a message is not saved yet.
fn meta(bubble: &Bubble, inbox: InboxStore) -> Option<AnyView> {
    let clock = bubble.clock.clone();
    let client_id = bubble.row.key.client_id();
    match &bubble.row.state {
        RowState::Failed { error } => {
            let retry = move |_| {
                client_id.inspect(|id| inbox.act(Action::Retry(*id)));
            };
            let discard = move |_| {
                client_id.inspect(|id| inbox.act(Action::Discard(*id)));
            };
            Some(view! {
                <div class="message-meta" role="alert">
                    {Icon::Alert.small()}
                    <span>{text::not_sent(&error.message)}</span>
                    <button type="button" class="message-action" on:click=retry>{text::RETRY}</button>
                    <button type="button" class="message-action" on:click=discard>{text::DISCARD}</button>
                </div>
            }.into_any())
        }
        RowState::Queued | RowState::Sending => Some(
            view! {
                <div class="message-meta" title=text::SENDING>
                    {Icon::Clock.small()} <span class="visually-hidden">{text::SENDING}</span>
                </div>
            }
            .into_any(),
        ),
        RowState::Sent if bubble.last || bubble.delivery.is_some() => Some(
            view! {
                <div class="message-meta">
                    <time>{clock}</time>
                    {bubble.delivery.map(|delivery| {
                        let (icon, word) = match delivery {
                            Delivery::Sent => (Icon::Check, text::SENT),
                            Delivery::Delivered => (Icon::Checks, text::DELIVERED),
                            Delivery::Seen => (Icon::Checks, text::SEEN),
                        };
                        let is_plain = delivery != Delivery::Seen;
                        view! {
                            <span class="message-delivery" title=word>
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
