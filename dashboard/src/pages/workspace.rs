//! What surrounds every screen of a workspace: the rail, the connection, and whose place it is.

use leptos::prelude::*;

use crate::api::SignedIn;
use crate::components::maintenance_banner::MaintenanceBanner;
use crate::components::operator_banner::OperatorBanner;
use crate::components::rail::Rail;
use crate::components::shortcuts_dialog::ShortcutsDialog;
use crate::pages::inbox::InboxPage;
use crate::pages::settings::SettingsPage;
use crate::state::desk::Desk;
use crate::state::drafts::Drafts;
use crate::state::idle;
use crate::state::navigator::Navigator;
use crate::state::session::{Oneself, SessionStore};

#[component]
pub(crate) fn WorkspacePage(signed_in: SignedIn) -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    let session = expect_context::<SessionStore>();
    let desk = Desk::provide(signed_in.me.clone());
    let oneself = Oneself::provide(session, signed_in);
    let drafts = Drafts::load();
    idle::watch(desk);
    Effect::new(move || desk.open(navigator.route().conversation()));
    let shortcuts_open = RwSignal::new(false);
    let waiting = Memo::new(move |_| usize::try_from(desk.queue.get().waiting).unwrap_or(0));
    let in_settings = Memo::new(move |_| navigator.route().section().is_some());
    let is_reading = move || navigator.route().conversation().is_some().to_string();
    let on_shortcuts = Callback::new(move |()| shortcuts_open.set(true));
    view! {
        <div class="workspace" data-reading=is_reading>
            {move || oneself.get().me.entered.then(|| view! { <OperatorBanner/> })}
            // Not both: whoever is here as operator is let in.
            {move || desk.closed_for.get().map(|why| view! { <MaintenanceBanner why/> })}
            <Rail waiting on_shortcuts/>
            {move || match in_settings.get() {
                true => view! { <SettingsPage/> }.into_any(),
                false => view! { <InboxPage waiting drafts shortcuts_open/> }.into_any(),
            }}
        </div>
        <ShortcutsDialog open=shortcuts_open/>
    }
}
