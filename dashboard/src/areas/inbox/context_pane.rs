//! The details pane: the visitor and the open conversation.

use deskbell_protocol::Conversation;
use deskbell_protocol::api::visitors::Visitor;
use leptos::prelude::*;

use crate::areas::inbox::focus::focus_thread;
use crate::areas::inbox::inbox_store::use_inbox;
use crate::areas::inbox::status_badge::StatusBadge;
use crate::areas::inbox::visitor::known_visitor;
use crate::browser::clock::use_clock;
use crate::browser::locale::BrowserLocale;
use crate::format;
use crate::shell::labels::{is_named, is_unverified_name, visitor_label};
use crate::text::{inbox as list_text, people, thread as text};
use crate::ui::avatar::{Avatar, AvatarSize};
use crate::ui::icon::Icon;

#[component]
pub(crate) fn ContextPane(
    #[prop(into)] conversation: Signal<Conversation>,
    shown: RwSignal<bool>,
) -> impl IntoView {
    let clock = use_clock();
    let view = Memo::new(move |_| conversation.with(|found| found.visitor.clone()));
    let known = known_visitor(view);
    let assignee = Memo::new(move |_| {
        conversation.with(|found| {
            let assignee = found.assignee.as_ref();
            assignee.map_or(text::NO_ONE.to_owned(), |agent| agent.name.clone())
        })
    });
    let moment = move |at: fn(&Conversation) -> i64| {
        Memo::new(move |_| {
            let moment = format::moment(conversation.with(at), clock.now(), &BrowserLocale);
            upper_first(&moment)
        })
    };
    let hide = move |_| {
        shown.set(false);
        focus_thread();
    };
    view! {
        <aside class="context-pane" aria-label=text::ABOUT_VISITOR data-shown=move || shown.get().to_string()>
            <header class="context-head">
                <h2>{text::DETAILS}</h2>
                <button
                    type="button"
                    class="button button-quiet button-icon"
                    aria-label=text::HIDE_DETAILS
                    on:click=hide
                >
                    {Icon::Close.small()}
                </button>
            </header>
            <Who conversation known/>
            {move || known.get().map(|known| view! { <KnownFacts known/> })}
            <h3>{text::CONVERSATION}</h3>
            <dl>
                <div class="context-fact">
                    <dt>{text::STATUS}</dt>
                    <dd><StatusBadge status=Signal::derive(move || conversation.with(|found| found.status))/></dd>
                </div>
                <Fact name=text::ASSIGNED_TO value=assignee/>
                <Fact name=text::STARTED value=moment(|found| found.created_at)/>
                <Fact name=text::LAST_MESSAGE value=moment(|found| found.last_message_at)/>
            </dl>
        </aside>
    }
}

/// The visitor: face, name, site, verification and presence.
#[component]
fn Who(
    #[prop(into)] conversation: Signal<Conversation>,
    known: Memo<Option<Visitor>>,
) -> impl IntoView {
    let clock = use_clock();
    let inbox = use_inbox();
    let view = Memo::new(move |_| conversation.with(|found| found.visitor.clone()));
    let site = Memo::new(move |_| conversation.with(|found| found.site.name.clone()));
    let face =
        Memo::new(move |_| view.with(|view| (view.id.0, visitor_label(view.id.0, &view.name))));
    let is_made_up = Memo::new(move |_| view.with(|view| !is_named(&view.name)));
    let is_unverified = move || {
        let has_id = known.with(|known| known.as_ref().is_some_and(|it| it.external_id.is_some()));
        view.with(|view| is_unverified_name(view) || (!view.verified && has_id))
    };
    let visitor = Memo::new(move |_| inbox.open_badges.with(|badges| badges.visitor));
    let is_online = Memo::new(move |_| visitor.get().is_some_and(|visitor| visitor.online));
    let presence = move || match visitor.get() {
        None => String::new(),
        Some(visitor) if visitor.online => text::ON_SITE.to_owned(),
        Some(visitor) => text::last_seen(&format::moment(
            visitor.last_seen_at,
            clock.now(),
            &BrowserLocale,
        )),
    };
    view! {
        <div class="context-who">
            {move || { let (id, name) = face.get(); view! { <Avatar id name size=AvatarSize::Large/> } }}
            <strong dir="auto" prop:textContent=move || face.get().1></strong>
            <span dir="auto" prop:textContent=move || list_text::via(&site.get())></span>
            {move || is_made_up.get().then(|| view! { <span class="context-note">{people::MADE_UP_LABEL}</span> })}
            {move || view.with(|view| view.verified).then(|| view! {
                <span class="context-verified">{Icon::Shield.small()} <span>{people::VERIFIED}</span></span>
            })}
            {move || is_unverified().then(|| view! {
                <span class="context-unverified">{Icon::Alert.small()} <span>{text::NAME_NOT_VERIFIED}</span></span>
            })}
            <span class="context-presence" data-online=move || is_online.get().to_string() prop:textContent=presence></span>
        </div>
    }
}

#[component]
fn Fact(name: &'static str, #[prop(into)] value: Signal<String>) -> impl IntoView {
    view! {
        <div class="context-fact">
            <dt>{name}</dt>
            <dd dir="auto" prop:textContent=value></dd>
        </div>
    }
}

/// What the site, or only the visitor's page, says about the visitor besides a name.
#[component]
fn KnownFacts(known: Visitor) -> impl IntoView {
    let clock = use_clock();
    let first_seen = format::moment(known.created_at, clock.now_untracked(), &BrowserLocale);
    let fact = |name: &'static str, value: Option<String>, is_verified: bool| {
        let value = value?;
        let note = (!is_verified)
            .then(|| view! { <span class="context-unproven">{text::NOT_VERIFIED}</span> });
        Some(view! {
            <div class="context-fact">
                <dt>{name}</dt>
                <dd><span dir="auto">{value}</span> " " {note}</dd>
            </div>
        })
    };
    view! {
        <h3>{text::VISITOR}</h3>
        <dl>
            {fact(text::EMAIL, known.email, known.email_verified)}
            {fact(text::USER_ID, known.external_id, known.verified)}
            {fact(text::FIRST_SEEN, Some(upper_first(&first_seen)), true)}
        </dl>
    }
}

/// `today at 15:36` at the beginning of a line.
fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}
