//! `/app/settings/sites`: the sites of the workspace, their addresses and snippets.

mod confirm;
mod edit;
mod refused;

use deskbell_protocol::api::sites::Site;
use leptos::prelude::*;

use crate::shell::labels::manages;
use crate::shell::resource::Resource;
use crate::shell::resource_area::ResourceArea;
use crate::shell::session::use_current_user;
use crate::text::settings as text;
use crate::text::shell::COPY;
use crate::ui::button::Button;
use crate::ui::copy_button::CopyButton;
use crate::ui::dialog::Dialog;
use crate::ui::icon::Icon;
use crate::ui::notice::EmptyNotice;
use confirm::{DeleteForm, RotateForm};
use edit::SiteForm;
use refused::RefusedOrigins;

/// The open dialog, and its site.
#[derive(Clone)]
enum OpenDialog {
    Add,
    Edit(Site),
    Rotate(Site),
    Delete(Site),
}

#[component]
pub(super) fn SitesPage() -> impl IntoView {
    let current_user = use_current_user();
    let sites = Resource::new(move || current_user.get_untracked().list_sites());
    let dialog = RwSignal::new(None::<OpenDialog>);
    let may = manages(current_user.get_untracked().me.workspace.role);
    let is_empty = Memo::new(move |_| sites.get().is_some_and(|sites| sites.is_empty()));
    let add = Callback::new(move |()| dialog.set(Some(OpenDialog::Add)));
    let close = Callback::new(move |()| dialog.set(None));
    let changed = Callback::new(move |()| {
        dialog.set(None);
        sites.reload();
    });
    view! {
        <section class="settings-part" aria-labelledby="sites-title">
            <header>
                <h2 id="sites-title">{text::YOUR_SITES}</h2>
                <p>{text::SITES_LEAD}</p>
            </header>
            <ResourceArea load_state=sites.load_state() on_retry=sites.retry() what="sites">
                {move || is_empty.get().then(|| view! {
                    <EmptyNotice title=text::NO_SITES><p>{text::NO_SITES_LEAD}</p></EmptyNotice>
                })}
                <ul class="settings-list" aria-label=text::SITES>
                    <For
                        each=move || sites.get().unwrap_or_default()
                        key=|site| (site.id, site.name.clone(), site.key.clone(), site.allowed_origins.clone(), site.refused_origins.len())
                        let(site)
                    >
                        <SiteCard site dialog may changed/>
                    </For>
                </ul>
            </ResourceArea>
            {may.then(|| view! { <Button class="button-primary" on_press=add>{Icon::Plus.small()} {text::ADD_SITE_OPEN}</Button> })}
        </section>
        <SiteDialogs dialog close changed/>
    }
}

#[component]
fn SiteCard(
    site: Site,
    dialog: RwSignal<Option<OpenDialog>>,
    may: bool,
    changed: Callback<()>,
) -> impl IntoView {
    let origins = match site.allowed_origins.join(", ") {
        none if none.is_empty() => text::NO_ADDRESSES.to_owned(),
        origins => origins,
    };
    let (snippet, name) = (site.snippet.clone(), site.name.clone());
    let label = text::snippet_for(&name);
    let refused = (may && !site.refused_origins.is_empty()).then(|| site.clone());
    let act = move |class: &'static str,
                    verb: &'static str,
                    label: &'static str,
                    what: fn(Site) -> OpenDialog| {
        let site = site.clone();
        let label = text::action_on(label, &site.name);
        view! {
            <button type="button" class=class aria-label=label
                on:click=move |_| dialog.set(Some(what(site.clone())))>{verb}</button>
        }
    };
    view! {
        <li class="settings-item settings-site">
            <span class="settings-item-icon">{Icon::Globe.large()}</span>
            <div class="settings-item-text">
                <strong dir="auto">{name}</strong>
                <span>{origins}</span>
            </div>
            {may.then(|| view! {
                <div class="settings-actions">
                    {act("button", text::EDIT_OPEN, text::EDIT, OpenDialog::Edit)}
                    {act("button", text::NEW_KEY_OPEN, text::NEW_KEY_FOR, OpenDialog::Rotate)}
                    {act("button button-danger-quiet", text::DELETE_OPEN, text::DELETE, OpenDialog::Delete)}
                </div>
            })}
            {refused.map(|site| view! { <RefusedOrigins site changed/> })}
            <div class="settings-snippet">
                <code class="settings-code" tabindex="0" role="textbox" aria-readonly="true" aria-label=label>{snippet.clone()}</code>
                <CopyButton label=COPY text=snippet/>
            </div>
        </li>
    }
}

#[component]
fn SiteDialogs(
    dialog: RwSignal<Option<OpenDialog>>,
    close: Callback<()>,
    changed: Callback<()>,
) -> impl IntoView {
    let is = move |test: fn(&OpenDialog) -> bool| {
        Signal::derive(move || dialog.with(|dialog| dialog.as_ref().is_some_and(test)))
    };
    // The site stays the same while the dialog is open.
    let site = move || match dialog.get_untracked()? {
        OpenDialog::Add => None,
        OpenDialog::Edit(site) | OpenDialog::Rotate(site) | OpenDialog::Delete(site) => Some(site),
    };
    view! {
        <Dialog title=text::ADD_SITE open=is(|it| matches!(it, OpenDialog::Add)) on_close=close>
            <SiteForm site=None close changed/>
        </Dialog>
        <Dialog title=text::EDIT_SITE open=is(|it| matches!(it, OpenDialog::Edit(_))) on_close=close>
            <SiteForm site=site() close changed/>
        </Dialog>
        <Dialog title=text::REPLACE_KEY_TITLE open=is(|it| matches!(it, OpenDialog::Rotate(_))) on_close=close>
            {site().map(|site| view! { <RotateForm site close changed/> })}
        </Dialog>
        <Dialog title=text::DELETE_SITE_TITLE open=is(|it| matches!(it, OpenDialog::Delete(_))) on_close=close>
            {site().map(|site| view! { <DeleteForm site close changed/> })}
        </Dialog>
    }
}
