//! A row of the list of canned responses.

use deskbell_protocol::api::conversations::canned_responses::{CannedResponse, ResponseScope};
use deskbell_protocol::api::workspace::teams::Team;
use leptos::prelude::*;

use crate::browser::clock::use_clock;
use crate::browser::locale::BrowserLocale;
use crate::format;
use crate::text::{canned_responses as text, settings};

#[component]
pub(super) fn ResponseRow(
    response: CannedResponse,
    /// Whether the member may change it.
    may: bool,
    teams: Signal<Vec<Team>>,
    on_edit: Callback<CannedResponse>,
    on_delete: Callback<CannedResponse>,
) -> impl IntoView {
    let clock = use_clock();
    let shortcut = text::shortcut(&response.shortcut);
    let (scope, team) = (response.scope, response.team_id);
    let audience = move || match scope {
        ResponseScope::Own => text::TAG_OWN.to_owned(),
        ResponseScope::Team => teams.with(|teams| {
            let found = teams.iter().find(|it| Some(it.id) == team);
            found.map_or_else(|| text::TAG_TEAM.to_owned(), |team| team.name.clone())
        }),
        _ => text::TAG_WORKSPACE.to_owned(),
    };
    let category = response.category.clone();
    let count = usize::try_from(response.use_count).unwrap_or(0);
    let usage = match response.last_used_at {
        Some(at) => text::used(
            count,
            &format::ago(at, clock.now_untracked(), &BrowserLocale),
        ),
        None => text::NEVER_USED.to_owned(),
    };
    let act = |class: &'static str,
               verb: &'static str,
               label: &'static str,
               act: Callback<CannedResponse>| {
        let response = response.clone();
        view! {
            <button type="button" class=class aria-label=settings::action_on(label, &shortcut)
                on:click=move |_| act.run(response.clone())>{verb}</button>
        }
    };
    let actions = may.then(|| {
        view! {
            <div class="settings-item-actions">
                {act("button", settings::EDIT_OPEN, settings::EDIT, on_edit)}
                {act("button button-danger-quiet", settings::DELETE_OPEN, settings::DELETE, on_delete)}
            </div>
        }
    });
    view! {
        <li class="settings-item canned-item">
            <div class="settings-item-text">
                <strong>
                    <code class="canned-shortcut" dir="auto">{shortcut}</code>
                    <span dir="auto">{response.title}</span>
                    <span class="tag" dir="auto" prop:textContent=audience></span>
                    {(!category.is_empty()).then(|| view! { <span class="tag" dir="auto">{category}</span> })}
                </strong>
                <span class="canned-text" dir="auto">{response.content}</span>
                <span>{usage}</span>
            </div>
            {actions}
        </li>
    }
}
