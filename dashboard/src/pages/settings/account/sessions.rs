//! Where one is signed in.

use deskbell_protocol::AuthSessionId;
use deskbell_protocol::api::account::SignedInSession;
use leptos::prelude::*;

use crate::components::button::Button;
use crate::components::form_parts::FormMessage;
use crate::components::icon::Icon;
use crate::components::remote_area::RemoteArea;
use crate::state::browser::local_ms;
use crate::state::browser_name::browser_name;
use crate::state::clock::use_clock;
use crate::state::form::Form;
use crate::state::format;
use crate::state::remote::Remote;
use crate::state::session::use_oneself;

#[component]
pub(super) fn SessionsPart() -> impl IntoView {
    let oneself = use_oneself();
    let found = Remote::new(move || oneself.get_untracked().list_sessions());
    let form = Form::new(&[]);
    let end = Callback::new(move |id: AuthSessionId| {
        form.send(oneself.get_untracked().end_session(id), move |()| {
            found.update(|sessions| sessions.retain(|session| session.id != id));
        });
    });
    let end_others = Callback::new(move |()| {
        form.send(oneself.get_untracked().end_other_sessions(), move |()| {
            found.update(|sessions| sessions.retain(|session| session.current));
        });
    });
    let others = Memo::new(move |_| found.get().is_some_and(|sessions| sessions.len() > 1));
    view! {
        <section class="settings-part" aria-labelledby="sessions-title">
            <header>
                <h2 id="sessions-title">"Where you are signed in"</h2>
                <p>"End what you do not know, and change your password then."</p>
            </header>
            <FormMessage form/>
            <RemoteArea standing=found.standing() on_retry=found.retry() what="sessions">
                <ul class="settings-list" aria-label="Sessions">
                    <For each=move || found.get().unwrap_or_default() key=|session| session.id let(session)>
                        <SessionRow session on_end=end/>
                    </For>
                </ul>
            </RemoteArea>
            {move || others.get().then(|| view! {
                <Button busy=form.busy() on_press=end_others>"End all other sessions"</Button>
            })}
        </section>
    }
}

#[component]
fn SessionRow(session: SignedInSession, on_end: Callback<AuthSessionId>) -> impl IntoView {
    let clock = use_clock();
    let (id, current) = (session.id, session.current);
    let browser = browser_name(&session.user_agent);
    let label = format!("End the session of {browser}");
    let times = move || {
        let now = local_ms(clock.now());
        let used = format::in_words(local_ms(session.last_used_at), now);
        let began = format::in_words(local_ms(session.created_at), now);
        format!("Used {used}, signed in {began}")
    };
    let place = match session.address.as_str() {
        "" => session.workspace,
        address => format!("{address} · {}", session.workspace),
    };
    view! {
        <li class="settings-item" data-current=current.to_string()>
            <span class="settings-item-icon">{Icon::Monitor.large()}</span>
            <div class="settings-item-text">
                <strong>{browser} {current.then(|| view! { <span class="tag">"This browser"</span> })}</strong>
                <span>{place}</span>
                <span>{times}</span>
            </div>
            {(!current).then(|| view! {
                <button type="button" class="button" aria-label=label on:click=move |_| on_end.run(id)>"End"</button>
            })}
        </li>
    }
}
