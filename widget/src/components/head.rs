//! Whom one talks to, and whether they can hear.

use deskbell_protocol::Status;
use leptos::prelude::*;

use super::icon::{Bell, CROSS, Icon};
use crate::state::{Link, Panel, Phase};

/// The panel's head, in the site's colour.
#[component]
pub(crate) fn Head(panel: Panel) -> impl IntoView {
    let name = move || {
        let name = panel.site_name.get();
        if name.is_empty() {
            "Chat".to_owned()
        } else {
            name
        }
    };
    view! {
        <header class="head">
            <span class="head__mark"><Bell size=24 /></span>
            <div class="head__words">
                <h1 class="head__name">{name}</h1>
                <p class="head__state" class:head__state--live=move || panel.link.get() == Link::Live>{move || state(panel)}</p>
            </div>
            <button class="head__close" type="button" aria-label="Close chat" on:click=move |_| panel.close()>
                <Icon path=CROSS size=20 />
            </button>
        </header>
    }
}

fn state(panel: Panel) -> String {
    let is_failed = panel.phase.with(|phase| matches!(phase, Phase::Failed(_)));
    if is_failed {
        return "Not connected".into();
    }
    match panel.link.get() {
        Link::Live => {}
        Link::Connecting => return "Connecting…".into(),
        Link::Stopped => return "Not connected".into(),
    }
    panel.conversation.with(|conversation| match conversation {
        None => "Connected".into(),
        Some(it) => match (it.status, &it.assignee) {
            (Status::Active, Some(agent)) => format!("{} is with you", agent.name),
            (Status::Waiting, _) => "Waiting for an answer".into(),
            (Status::Resolved, _) => "Resolved".into(),
            (Status::Closed, _) => "Conversation ended".into(),
            _ => "Connected".into(),
        },
    })
}
