//! What is known about the visitor and the conversation.

use deskbell_protocol::Conversation;
use deskbell_protocol::api::visitors::Visitor;
use leptos::prelude::*;

use crate::components::avatar::{Avatar, AvatarSize};
use crate::components::icon::Icon;
use crate::components::status_badge::StatusBadge;
use crate::state::browser::local_ms;
use crate::state::clock::use_clock;
use crate::state::desk::use_desk;
use crate::state::format;
use crate::state::visitor::known_visitor;
use crate::state::words::is_only_said;

#[component]
pub(crate) fn ContextPane(
    #[prop(into)] conversation: Signal<Conversation>,
    shown: RwSignal<bool>,
) -> impl IntoView {
    let clock = use_clock();
    let desk = use_desk();
    let view = Memo::new(move |_| conversation.with(|found| found.visitor.clone()));
    let who = Memo::new(move |_| view.with(|view| (view.id, view.name.clone())));
    let known = known_visitor(view);
    let is_claimed = move || {
        let says_id = known.with(|known| known.as_ref().is_some_and(|it| it.external_id.is_some()));
        view.with(|view| is_only_said(view) || (!view.verified && says_id))
    };
    let site = Memo::new(move |_| conversation.with(|found| found.site.name.clone()));
    let assignee = Memo::new(move |_| {
        conversation.with(|found| {
            found
                .assignee
                .as_ref()
                .map_or("Nobody yet".into(), |agent| agent.name.clone())
        })
    });
    let visitor = Memo::new(move |_| {
        let id = conversation.with(|found| found.id);
        desk.signs
            .with(|signs| signs.get(&id).and_then(|signs| signs.visitor))
    });
    let is_online = Memo::new(move |_| visitor.get().is_some_and(|visitor| visitor.online));
    let presence = move || match visitor.get() {
        None => String::new(),
        Some(visitor) if visitor.online => "On the site now".to_owned(),
        Some(visitor) => {
            let (seen, now) = (local_ms(visitor.last_seen_at), local_ms(clock.now()));
            format!("Last seen {}", format::moment(seen, now))
        }
    };
    let moment = move |at: fn(&Conversation) -> i64| {
        Memo::new(move |_| format::moment(local_ms(conversation.with(at)), local_ms(clock.now())))
    };
    let fact = |name: &'static str, value: AnyView| {
        view! { <div class="context-fact"><dt>{name}</dt><dd>{value}</dd></div> }
    };
    view! {
        <aside class="context-pane" aria-label="About the visitor" data-shown=move || shown.get().to_string()>
            <header class="context-head">
                <h2>"Details"</h2>
                <button
                    type="button"
                    class="button button-quiet button-icon"
                    aria-label="Hide details"
                    on:click=move |_| shown.set(false)
                >
                    {Icon::Close.small()}
                </button>
            </header>
            <div class="context-who">
                {move || { let (id, name) = who.get(); view! { <Avatar id=id.0 name size=AvatarSize::Large/> } }}
                <strong>{move || who.get().1}</strong>
                <span>{move || format!("Visitor of {}", site.get())}</span>
                {move || view.with(|view| view.verified).then(|| view! {
                    <span class="context-verified" title="The site has proven who this is.">
                        {Icon::Shield.small()} "Identity verified"
                    </span>
                })}
                {move || is_claimed().then(|| view! {
                    <span class="context-claimed" title="This is what the visitor’s page says. Nobody has proven it.">
                        {Icon::Alert.small()} "Identity not verified"
                    </span>
                })}
                <span class="context-presence" data-online=move || is_online.get().to_string()>{presence}</span>
            </div>
            {move || known.get().map(|known| view! { <KnownFacts known/> })}
            <h3>"Conversation"</h3>
            <dl>
                {fact("Status", view! { <StatusBadge status=Signal::derive(move || conversation.with(|found| found.status))/> }.into_any())}
                {fact("Answered by", assignee.into_any())}
                {fact("Started", moment(|found| found.created_at).into_any())}
                {fact("Last message", moment(|found| found.last_message_at).into_any())}
                {fact("Messages", (move || conversation.with(|found| found.last_seq)).into_any())}
                {fact("Site", site.into_any())}
            </dl>
        </aside>
    }
}

/// What the site, or only the visitor's page, says of them beside a name.
#[component]
fn KnownFacts(known: Visitor) -> impl IntoView {
    let fact = |name: &'static str, value: Option<String>, proven: bool| {
        let value = value?;
        let note =
            (!proven).then(|| view! { <span class="context-unproven">"not verified"</span> });
        Some(view! { <div class="context-fact"><dt>{name}</dt><dd>{value} " " {note}</dd></div> })
    };
    let says = known.email.is_some() || known.external_id.is_some();
    says.then(|| {
        view! {
            <h3>"Visitor"</h3>
            <dl>
                {fact("E-mail", known.email, known.email_verified)}
                {fact("Known as", known.external_id, known.verified)}
            </dl>
        }
    })
}
