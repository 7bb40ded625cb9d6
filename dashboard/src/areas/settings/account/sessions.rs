//! The sessions of the account.

use deskbell_protocol::SessionId;
use deskbell_protocol::api::identity::account::SignedInSession;
use leptos::prelude::*;

use crate::areas::settings::browser_name::browser_name;
use crate::browser::clock::use_clock;
use crate::browser::locale::BrowserLocale;
use crate::format;
use crate::shell::form::Form;
use crate::shell::form_parts::FormMessage;
use crate::shell::resource::Resource;
use crate::shell::resource_area::ResourceArea;
use crate::shell::session::use_current_user;
use crate::text::settings as text;
use crate::ui::button::Button;
use crate::ui::icon::Icon;

#[component]
pub(super) fn SessionsPart() -> impl IntoView {
    let current_user = use_current_user();
    let found = Resource::new(move || current_user.get_untracked().list_sessions());
    let form = Form::new(&[]);
    let end = Callback::new(move |id: SessionId| {
        form.send(current_user.get_untracked().end_session(id), move |()| {
            found.update(|sessions| sessions.retain(|session| session.id != id));
        });
    });
    let end_others = Callback::new(move |()| {
        form.send(
            current_user.get_untracked().end_other_sessions(),
            move |()| {
                found.update(|sessions| sessions.retain(|session| session.current));
            },
        );
    });
    let others = Memo::new(move |_| found.get().is_some_and(|sessions| sessions.len() > 1));
    view! {
        <section class="settings-part" aria-labelledby="sessions-title">
            <header>
                <h2 id="sessions-title">{text::SESSIONS}</h2>
                <p>{text::SESSIONS_LEAD}</p>
            </header>
            <FormMessage form/>
            <ResourceArea load_state=found.load_state() on_retry=found.retry() what="sessions">
                <ul class="settings-list" aria-label=text::SESSIONS>
                    <For each=move || found.get().unwrap_or_default() key=|session| session.id let(session)>
                        <SessionRow session on_end=end/>
                    </For>
                </ul>
            </ResourceArea>
            {move || others.get().then(|| view! {
                <Button busy=form.busy() on_press=end_others>{text::SIGN_OUT_OTHERS}</Button>
            })}
        </section>
    }
}

#[component]
fn SessionRow(session: SignedInSession, on_end: Callback<SessionId>) -> impl IntoView {
    let clock = use_clock();
    let (id, current) = (session.id, session.current);
    let browser = browser_name(&session.user_agent);
    let label = text::sign_out_of(&browser);
    let times = move || {
        let now = clock.now();
        let used = format::ago(session.last_used_at, now, &BrowserLocale);
        let began = format::ago(session.created_at, now, &BrowserLocale);
        text::session_times(&used, &began)
    };
    let place = match session.address.as_str() {
        "" => session.workspace,
        address => format!("{address} · {}", session.workspace),
    };
    view! {
        <li class="settings-item" data-current=current.to_string()>
            <span class="settings-item-icon">{Icon::Monitor.large()}</span>
            <div class="settings-item-text">
                <strong>{browser} {current.then(|| view! { <span class="tag">{text::THIS_BROWSER}</span> })}</strong>
                <span>{place}</span>
                <span prop:textContent=times></span>
            </div>
            {(!current).then(|| view! {
                <button type="button" class="button" aria-label=label on:click=move |_| on_end.run(id)>{text::SIGN_OUT_SESSION}</button>
            })}
        </li>
    }
}
