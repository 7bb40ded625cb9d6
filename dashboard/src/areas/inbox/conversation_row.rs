//! A row of the list: the visitor, a preview, the time, and badges.

use deskbell_protocol::{ConversationId, Status};
use leptos::prelude::*;

use crate::areas::inbox::activity_badges::{ActivityBadges, ShownPresence};
use crate::areas::inbox::focus::row_id;
use crate::areas::inbox::inbox_store::{RowSignals, use_inbox};
use crate::areas::inbox::priority::{PriorityFlag, reason};
use crate::browser::clock::use_clock;
use crate::browser::locale::BrowserLocale;
use crate::format;
use crate::shell::drafts::Drafts;
use crate::shell::labels::{first_name, visitor_label};
use crate::text::{inbox as text, people};
use crate::ui::avatar::{Avatar, AvatarSize};
use crate::ui::icon::Icon;

#[component]
pub(crate) fn ConversationRow(
    id: ConversationId,
    signals: RowSignals,
    #[prop(into)] selected: Signal<bool>,
    /// Whether Tab reaches this row; the arrow keys reach the others.
    #[prop(into)]
    reachable: Signal<bool>,
    on_open: Callback<()>,
) -> impl IntoView {
    let clock = use_clock();
    let inbox = use_inbox();
    let me = inbox.me().user_id;
    let draft = expect_context::<Drafts>().follow(id);
    let RowSignals {
        conversation,
        badges,
    } = signals;
    // In the arena of this row, so that closures can copy them.
    let (conversation, badges) = (RwSignal::from(conversation), RwSignal::from(badges));
    let badges = Memo::new(move |_| inbox.shown(badges.get()));
    let visitor = conversation.with_untracked(|row| row.visitor.id.0);
    let name = Memo::new(move |_| {
        conversation.with(|row| visitor_label(row.visitor.id.0, &row.visitor.name))
    });
    let is_verified = Memo::new(move |_| conversation.with(|row| row.visitor.verified));
    let is_open = Memo::new(move |_| conversation.with(|row| row.status.is_open()));
    // Since when the visitor waits, or when the newest message came.
    let waits = Memo::new(move |_| conversation.with(|row| row.status == Status::Waiting));
    let since = Memo::new(move |_| {
        conversation.with(|row| {
            let waiting = row.waiting_since.filter(|_| row.status == Status::Waiting);
            waiting.unwrap_or(row.last_message_at)
        })
    });
    let time = Memo::new(move |_| format::short(clock.now() - since.get()));
    let level = Memo::new(move |_| match waits.get() {
        true => format::wait_level(since.get(), clock.now()),
        false => "calm",
    });
    let full_time = move || format::moment(since.get(), clock.now_untracked(), &BrowserLocale);
    let preview = Memo::new(move |_| {
        if let Some(draft) = draft.get().filter(|_| !selected.get()) {
            return text::draft(&draft);
        }
        conversation.with(
            |row| match row.assignee.as_ref().filter(|_| row.preview_by_agent) {
                Some(agent) if agent.id == me => text::by_you(&row.preview),
                Some(agent) => text::by_teammate(first_name(&agent.name), &row.preview),
                None => row.preview.clone(),
            },
        )
    });
    let unread = Memo::new(move |_| match is_open.get() {
        true => badges.with(|badges| badges.unread),
        false => 0,
    });
    let is_typing = Memo::new(move |_| badges.with(|badges| badges.visitor_is_typing));
    let is_online = Memo::new(move |_| badges.with(|it| it.presence()) == ShownPresence::OnSite);
    let teammates = Memo::new(move |_| badges.with(ActivityBadges::teammates));
    let teammate = Memo::new(move |_| {
        conversation.with(|row| row.assignee.clone().filter(|agent| agent.id != me))
    });
    let site = Memo::new(move |_| match inbox.has_several_sites.get() {
        true => Some(conversation.with(|row| row.site.name.clone())),
        false => None,
    });
    let label = move || {
        let passed = format::in_full(clock.now() - since.get());
        let mut parts = vec![name.get()];
        parts.extend(is_verified.get().then(|| people::VERIFIED.to_owned()));
        parts.extend(conversation.with(reason));
        parts.extend(is_online.get().then(|| text::ON_SITE.to_owned()));
        parts.extend(teammate.get().map(|agent| text::assigned_to(&agent.name)));
        parts.push(match waits.get() {
            true => text::waiting_for(&passed),
            false => text::last_message(&crate::text::time::ago(&passed)),
        });
        let count = usize::try_from(unread.get()).unwrap_or(0);
        parts.extend((count > 0).then(|| text::new_messages(count)));
        format!("{}: {}", parts.join(", "), preview.get())
    };
    let words = move || match is_typing.get() {
        true => text::TYPING.to_owned(),
        false => preview.get(),
    };
    view! {
        <div
            class="conversation-row"
            id=row_id(id)
            role="option"
            tabindex=move || if reachable.get() { "0" } else { "-1" }
            aria-selected=move || selected.get().to_string()
            aria-label=label
            data-unread=move || (unread.get() > 0).to_string()
            data-done=move || (!is_open.get()).to_string()
            on:click=move |_| on_open.run(())
        >
            <span class="row-face" data-online=move || is_online.get().to_string()>
                {move || view! { <Avatar id=visitor name=name.get()/> }}
            </span>
            <div class="row-words">
                <div class="row-line">
                    <PriorityFlag conversation/>
                    <span class="row-name" dir="auto" prop:textContent=name></span>
                    {move || is_verified.get().then(|| view! {
                        <span class="row-verified" title=people::VERIFIED>{Icon::Shield.small()}</span>
                    })}
                    {move || site.get().map(|site| view! { <span class="row-site" dir="auto">{site}</span> })}
                </div>
                <div
                    class="row-preview"
                    dir="auto"
                    data-typing=move || is_typing.get().to_string()
                    data-draft=move || (draft.get().is_some() && !selected.get()).to_string()
                    prop:textContent=words
                ></div>
            </div>
            <div class="row-meta">
                <time class="row-time" data-level=level title=full_time prop:textContent=time></time>
                <span class="row-badges">
                    {move || Some(teammates.get()).filter(|words| !words.is_empty()).map(|words| view! {
                        <span class="row-teammates" title=words>{Icon::Eye.small()}</span>
                    })}
                    {move || teammate.get().map(|agent| view! {
                        <span class="row-assignee" title=text::assigned_to(&agent.name)>
                            <Avatar id=agent.id.0 name=agent.name.clone() size=AvatarSize::Tiny/>
                        </span>
                    })}
                    {move || (unread.get() > 0).then(|| view! {
                        <span class="row-unread">{unread.get().min(99)}</span>
                    })}
                </span>
            </div>
        </div>
    }
}
