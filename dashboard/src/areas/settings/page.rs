//! `/app/settings/…`: the account, and for administrators the workspace.

use leptos::html;
use leptos::prelude::*;

use crate::areas::settings::account::AccountPage;
use crate::areas::settings::business_hours::BusinessHoursPage;
use crate::areas::settings::members::MembersPage;
use crate::areas::settings::sites::SitesPage;
use crate::areas::settings::teams::TeamsPage;
use crate::shell::navigator::Navigator;
use crate::shell::page_title::use_page_title;
use crate::shell::route::{Route, Section};
use crate::shell::screen_link::ScreenLink;
use crate::shell::session::use_current_user;
use crate::text::{business_hours, settings as text, shell, teams};
use crate::ui::icon::Icon;

const ENTRIES: [(Section, Icon, &str); 5] = [
    (Section::Account, Icon::Person, shell::YOUR_ACCOUNT),
    (Section::Members, Icon::Team, text::MEMBERS),
    (Section::Teams, Icon::Groups, teams::TEAMS),
    (Section::Sites, Icon::Globe, text::SITES),
    (
        Section::BusinessHours,
        Icon::Clock,
        business_hours::BUSINESS_HOURS,
    ),
];

#[component]
pub(crate) fn SettingsPage() -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    let section = Memo::new(move |before: Option<&Section>| {
        let now = navigator.route().section();
        now.or(before.copied()).unwrap_or(Section::Account)
    });
    let current_user = use_current_user();
    // The other sections depend on the role: another role creates the page again.
    let shown = Memo::new(move |_| {
        let section = section.get();
        let role = (section != Section::Account).then(|| current_user.get().me.workspace.role);
        (section, role)
    });
    let heading = NodeRef::<html::H1>::new();
    let title = move || {
        let found = ENTRIES.iter().find(|(it, ..)| *it == section.get());
        found.map_or(shell::SETTINGS, |(.., name)| *name)
    };
    let page_title = use_page_title();
    Effect::new(move || page_title.set(title()));
    Effect::new(move |before: Option<Section>| {
        let now = section.get();
        // Read out after another section was chosen.
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
            <nav class="settings-nav" aria-label=shell::SETTINGS>
                <h2>{shell::SETTINGS}</h2>
                {ENTRIES.map(entry)}
            </nav>
            <main class="settings-page">
                <h1 tabindex="-1" node_ref=heading prop:textContent=title></h1>
                {move || match shown.get().0 {
                    Section::Account => view! { <AccountPage/> }.into_any(),
                    Section::Members => view! { <MembersPage/> }.into_any(),
                    Section::Teams => view! { <TeamsPage/> }.into_any(),
                    Section::Sites => view! { <SitesPage/> }.into_any(),
                    Section::BusinessHours => view! { <BusinessHoursPage/> }.into_any(),
                }}
            </main>
        </div>
    }
}
