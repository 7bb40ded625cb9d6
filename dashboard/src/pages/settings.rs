//! `/app/settings/…`: one's own account, and for administrators the workspace.

mod account;
mod members;
mod sites;

use leptos::html;
use leptos::prelude::*;

use crate::components::icon::Icon;
use crate::components::screen_link::ScreenLink;
use crate::state::navigator::Navigator;
use crate::state::route::{Route, Section};
use crate::state::session::use_oneself;
use account::AccountPage;
use members::MembersPage;
use sites::SitesPage;

const ENTRIES: [(Section, Icon, &str); 3] = [
    (Section::Account, Icon::Person, "Your account"),
    (Section::Members, Icon::Team, "Members"),
    (Section::Sites, Icon::Globe, "Sites"),
];

#[component]
pub(crate) fn SettingsPage() -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    let section = Memo::new(move |before: Option<&Section>| {
        let now = navigator.route().section();
        now.or(before.copied()).unwrap_or(Section::Account)
    });
    let oneself = use_oneself();
    // What one may do on the others depends on the role: another role, another page.
    let shown = Memo::new(move |_| {
        let section = section.get();
        let role = (section != Section::Account).then(|| oneself.get().me.workspace.role);
        (section, role)
    });
    let heading = NodeRef::<html::H1>::new();
    let title = move || {
        let found = ENTRIES.iter().find(|(it, ..)| *it == section.get());
        found.map_or("Settings", |(.., name)| *name)
    };
    Effect::new(move || document().set_title(&format!("{} · Deskbell", title())));
    Effect::new(move |before: Option<Section>| {
        let now = section.get();
        // What is read out after another part was chosen.
        if before.is_some_and(|before| before != now)
            && let Some(heading) = heading.get_untracked()
        {
            let _ = heading.focus();
        }
        now
    });
    let entry = move |(it, icon, name): (Section, Icon, &'static str)| {
        let current = Signal::derive(move || section.get() == it);
        view! { <ScreenLink to=Route::Settings(it) current>{icon.small()} {name}</ScreenLink> }
    };
    view! {
        <div class="settings">
            <nav class="settings-nav" aria-label="Settings">
                <h2>"Settings"</h2>
                {ENTRIES.map(entry)}
            </nav>
            <main class="settings-page">
                <h1 tabindex="-1" node_ref=heading>{title}</h1>
                {move || match shown.get().0 {
                    Section::Account => view! { <AccountPage/> }.into_any(),
                    Section::Members => view! { <MembersPage/> }.into_any(),
                    Section::Sites => view! { <SitesPage/> }.into_any(),
                }}
            </main>
        </div>
    }
}
