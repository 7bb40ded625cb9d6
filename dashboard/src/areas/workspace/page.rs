//! The frame around every screen of a workspace: rail, connection, notifications, banners.

use leptos::prelude::*;

use crate::api::SignedIn;
use crate::areas::canned_responses::page::CannedResponsesPage;
use crate::areas::inbox::idle;
use crate::areas::inbox::inbox_store::InboxStore;
use crate::areas::inbox::page::InboxPage;
use crate::areas::settings::page::SettingsPage;
use crate::areas::workspace::maintenance_banner::MaintenanceBanner;
use crate::areas::workspace::notices::Notices;
use crate::areas::workspace::notifier::Notifier;
use crate::areas::workspace::operator_banner::OperatorBanner;
use crate::areas::workspace::rail::Rail;
use crate::areas::workspace::shortcuts_dialog::ShortcutsDialog;
use crate::areas::workspace::unconfirmed_banner::{UnconfirmedBanner, shows_unconfirmed};
use crate::shell::drafts::Drafts;
use crate::shell::navigator::Navigator;
use crate::shell::page_title::use_page_title;
use crate::shell::route::Area;
use crate::shell::session::{CurrentUser, SessionStore};

#[component]
pub(crate) fn WorkspacePage(signed_in: SignedIn) -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    let session = expect_context::<SessionStore>();
    let page_title = use_page_title();
    let drafts = Drafts::open(&signed_in.me);
    let inbox = InboxStore::provide(signed_in.me.clone());
    inbox.on_note_saved(Callback::new(move |(id, client_id)| {
        drafts.note_saved(id, client_id)
    }));
    let current_user = CurrentUser::provide(session, signed_in);
    let notifier = Notifier::provide(inbox);
    Notices::provide(inbox, current_user, notifier);
    idle::watch(inbox);
    Effect::new(move || inbox.open(navigator.route().conversation()));
    Effect::new(move || page_title.set_count(inbox.attention.get()));
    let shortcuts_open = RwSignal::new(false);
    let area = Memo::new(move |_| navigator.route().area());
    let is_unconfirmed = Memo::new(move |_| shows_unconfirmed(&current_user.get().me));
    let is_reading = move || navigator.route().conversation().is_some().to_string();
    let on_shortcuts = Callback::new(move |()| shortcuts_open.set(true));
    view! {
        <div class="workspace" data-reading=is_reading>
            {move || current_user.get().me.entered.then(|| view! { <OperatorBanner/> })}
            // Not both: an operator may enter during a maintenance.
            {move || inbox.maintenance.get().map(|reason| view! { <MaintenanceBanner reason/> })}
            {move || (is_unconfirmed.get() && inbox.maintenance.with(Option::is_none)).then(|| view! { <UnconfirmedBanner/> })}
            <Rail attention=inbox.attention on_shortcuts/>
            {move || match area.get() {
                Area::Inbox => view! { <InboxPage shortcuts_open/> }.into_any(),
                Area::CannedResponses => view! { <CannedResponsesPage/> }.into_any(),
                Area::Settings => view! { <SettingsPage/> }.into_any(),
            }}
            <p class="visually-hidden" role="status" prop:textContent=move || notifier.announced()></p>
        </div>
        <ShortcutsDialog open=shortcuts_open/>
    }
}
