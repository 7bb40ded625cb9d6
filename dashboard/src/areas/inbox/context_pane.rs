//! The details pane: the visitor, the open conversation, and the visitor's other conversations. It does
//! not repeat the content of the thread's head (status, assignee).

use deskbell_protocol::Conversation;
use deskbell_protocol::api::visitors::Visitor;
use leptos::prelude::*;

use crate::areas::inbox::activity_badges::ShownPresence;
use crate::areas::inbox::focus::focus_thread;
use crate::areas::inbox::inbox_store::use_inbox;
use crate::areas::inbox::priority::reason;
use crate::areas::inbox::status_badge::status_name;
use crate::areas::inbox::subject::Subject;
use crate::areas::inbox::visitor::known_visitor;
use crate::browser::clock::use_clock;
use crate::browser::locale::BrowserLocale;
use crate::format;
use crate::shell::labels::{is_named, is_unverified_name, visitor_label};
use crate::shell::route::Route;
use crate::shell::screen_link::ScreenLink;
use crate::text::{people, thread as text};
use crate::ui::avatar::{Avatar, AvatarSize};
use crate::ui::copy_button::CopyButton;
use crate::ui::icon::Icon;

#[component]
pub(crate) fn ContextPane(
    #[prop(into)] conversation: Signal<Conversation>,
    shown: RwSignal<bool>,
) -> impl IntoView {
    let clock = use_clock();
    let view = Memo::new(move |_| conversation.with(|found| found.visitor.clone()));
    let known = known_visitor(view);
    let site = Memo::new(move |_| conversation.with(|found| found.site.name.clone()));
    let texts = Memo::new(move |_| {
        let count = conversation.with(|found| found.visitor_texts);
        text::message_count(usize::try_from(count).unwrap_or(0))
    });
    let number = Memo::new(move |_| {
        conversation.with(|found| {
            found
                .attributes
                .number
                .map(text::number)
                .unwrap_or_default()
        })
    });
    let priority = Memo::new(move |_| {
        conversation.with(|it| {
            reason(it).unwrap_or_else(|| text::priority(it.attributes.priority).to_owned())
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
                <Fact name=text::NUMBER value=number/>
                <Subject conversation/>
                <Fact name=text::PRIORITY_FACT value=priority/>
                <Fact name=text::SITE value=site/>
                <Fact name=text::STARTED value=moment(|found| found.created_at)/>
                <Fact name=text::LAST_MESSAGE value=moment(|found| found.last_message_at)/>
                <Fact name=text::VISITOR_MESSAGES value=texts/>
            </dl>
            <OtherConversations conversation/>
        </aside>
    }
}

/// The visitor: face, name, verification and presence.
#[component]
fn Who(
    #[prop(into)] conversation: Signal<Conversation>,
    known: Memo<Option<Visitor>>,
) -> impl IntoView {
    let clock = use_clock();
    let inbox = use_inbox();
    let view = Memo::new(move |_| conversation.with(|found| found.visitor.clone()));
    let face =
        Memo::new(move |_| view.with(|view| (view.id.0, visitor_label(view.id.0, &view.name))));
    let is_made_up = Memo::new(move |_| view.with(|view| !is_named(&view.name)));
    let is_unverified = move || {
        let has_id = known.with(|known| known.as_ref().is_some_and(|it| it.external_id.is_some()));
        view.with(|view| is_unverified_name(view) || (!view.verified && has_id))
    };
    let shown = Memo::new(move |_| inbox.shown(inbox.open_badges.get()).presence());
    let is_online = Memo::new(move |_| shown.get() == ShownPresence::OnSite);
    let presence = move || match shown.get() {
        ShownPresence::Unknown => String::new(),
        ShownPresence::OnSite => text::ON_SITE.to_owned(),
        ShownPresence::WasOnSite => text::WAS_ON_SITE.to_owned(),
        ShownPresence::LastSeen(at) => {
            text::last_seen(&format::moment(at, clock.now(), &BrowserLocale))
        }
    };
    view! {
        <div class="context-who">
            {move || { let (id, name) = face.get(); view! { <Avatar id name size=AvatarSize::Large/> } }}
            <strong dir="auto" prop:textContent=move || face.get().1></strong>
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

/// The details of the visitor besides the name: verified by the site, or only supplied by the page.
#[component]
fn KnownFacts(known: Visitor) -> impl IntoView {
    let clock = use_clock();
    let first_seen = format::moment(known.created_at, clock.now_untracked(), &BrowserLocale);
    let email = known.email.clone();
    let fact = move |name: &'static str, value: Option<String>, is_verified: bool| {
        let value = value?;
        let copy = (name == text::EMAIL).then(|| email.clone()).flatten();
        let copy = copy
            .map(|email| view! { <CopyButton label=text::COPY_EMAIL text=email is_icon=true/> });
        let note = (!is_verified)
            .then(|| view! { <span class="context-unproven">{text::NOT_VERIFIED}</span> });
        Some(view! {
            <div class="context-fact">
                <dt>{name}</dt>
                <dd><span dir="auto">{value}</span> " " {note} {copy}</dd>
            </div>
        })
    };
    view! {
        <h3>{text::VISITOR}</h3>
        <dl>
            {fact(text::EMAIL, known.email, known.email_verified)}
            {fact(text::USER_ID, known.external_id, known.verified)}
            {fact(text::ADDRESS, known.address, true)}
            {fact(text::FIRST_SEEN, Some(upper_first(&first_seen)), true)}
        </dl>
    }
}

/// The loaded conversations of the same visitor, with links.
#[component]
fn OtherConversations(#[prop(into)] conversation: Signal<Conversation>) -> impl IntoView {
    let clock = use_clock();
    let inbox = use_inbox();
    let others = Memo::new(move |_| {
        let (id, visitor) = conversation.with(|found| (found.id, found.visitor.id));
        inbox.others_of(visitor, id)
    });
    let link = move |other: Conversation| {
        let moment = format::moment(other.last_message_at, clock.now_untracked(), &BrowserLocale);
        view! {
            <li>
                <ScreenLink to=Route::Conversation(other.id)>
                    <span class="context-preview" dir="auto">{other.preview}</span>
                    <span class="context-when">{status_name(other.status)} " · " {moment}</span>
                </ScreenLink>
            </li>
        }
    };
    move || {
        let others = others.get();
        (!others.is_empty()).then(|| {
            view! {
                <h3 id="other-conversations">{text::OTHER_CONVERSATIONS}</h3>
                <ul class="context-others" aria-labelledby="other-conversations">
                    {others.into_iter().map(link).collect_view()}
                </ul>
            }
        })
    }
}

/// `today at 15:36` at the beginning of a line.
fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}
