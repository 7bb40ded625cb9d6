//! `/app/settings/sites`: where the widget stands.

mod confirm;
mod edit;

use deskbell_protocol::api::sites::Site;
use leptos::prelude::*;

use crate::components::button::Button;
use crate::components::copy_button::CopyButton;
use crate::components::dialog::Dialog;
use crate::components::icon::Icon;
use crate::components::notice::EmptyNotice;
use crate::components::remote_area::RemoteArea;
use crate::state::remote::Remote;
use crate::state::session::use_oneself;
use crate::state::words::manages;
use confirm::{DeleteForm, RotateForm};
use edit::SiteForm;

/// What is being done to which site.
#[derive(Clone)]
enum Doing {
    Add,
    Edit(Site),
    Rotate(Site),
    Delete(Site),
}

#[component]
pub(super) fn SitesPage() -> impl IntoView {
    let oneself = use_oneself();
    let sites = Remote::new(move || oneself.get_untracked().list_sites());
    let doing = RwSignal::new(None::<Doing>);
    let may = manages(oneself.get_untracked().me.workspace.role);
    let is_empty = Memo::new(move |_| sites.get().is_some_and(|sites| sites.is_empty()));
    let add = Callback::new(move |()| doing.set(Some(Doing::Add)));
    let close = Callback::new(move |()| doing.set(None));
    let changed = Callback::new(move |()| {
        doing.set(None);
        sites.reload();
    });
    view! {
        <section class="settings-part" aria-labelledby="sites-title">
            <header>
                <h2 id="sites-title">"Your sites"</h2>
                <p>"The bell rings only on pages of the origins that you name."</p>
            </header>
            <RemoteArea standing=sites.standing() on_retry=sites.retry() what="sites">
                {move || is_empty.get().then(|| view! {
                    <EmptyNotice title="No site yet"><p>"Add the first one, and put its line on your pages."</p></EmptyNotice>
                })}
                <ul class="settings-list" aria-label="Sites">
                    <For
                        each=move || sites.get().unwrap_or_default()
                        key=|site| (site.id, site.name.clone(), site.key.clone(), site.allowed_origins.clone())
                        let(site)
                    >
                        <SiteCard site doing may/>
                    </For>
                </ul>
            </RemoteArea>
            {may.then(|| view! { <Button class="button-primary" on_press=add>{Icon::Plus.small()} "Add a site…"</Button> })}
        </section>
        <SiteDialogs doing close changed/>
    }
}

#[component]
fn SiteCard(site: Site, doing: RwSignal<Option<Doing>>, may: bool) -> impl IntoView {
    let origins = match site.allowed_origins.join(", ") {
        none if none.is_empty() => "No origin yet: the bell rings nowhere.".to_owned(),
        origins => origins,
    };
    let (snippet, name) = (site.snippet.clone(), site.name.clone());
    let label = format!("The line of {name}");
    let act = move |verb: &'static str, label: &'static str, what: fn(Site) -> Doing| {
        let site = site.clone();
        let label = format!("{label} {}", site.name);
        view! {
            <button type="button" class="button" aria-label=label
                on:click=move |_| doing.set(Some(what(site.clone())))>{verb}</button>
        }
    };
    view! {
        <li class="settings-item settings-site">
            <span class="settings-item-icon">{Icon::Globe.large()}</span>
            <div class="settings-item-text">
                <strong>{name}</strong>
                <span>{origins}</span>
            </div>
            {may.then(|| view! {
                <div class="settings-actions">
                    {act("Edit…", "Edit", Doing::Edit)}
                    {act("New key…", "New key for", Doing::Rotate)}
                    {act("Delete…", "Delete", Doing::Delete)}
                </div>
            })}
            <div class="settings-snippet">
                <code class="settings-code" tabindex="0" role="textbox" aria-readonly="true" aria-label=label>{snippet.clone()}</code>
                <CopyButton label="Copy" text=snippet/>
            </div>
        </li>
    }
}

#[component]
fn SiteDialogs(
    doing: RwSignal<Option<Doing>>,
    close: Callback<()>,
    changed: Callback<()>,
) -> impl IntoView {
    let is = move |test: fn(&Doing) -> bool| {
        Signal::derive(move || doing.with(|doing| doing.as_ref().is_some_and(test)))
    };
    // What it is about stays while the dialog is shown.
    let site = move || match doing.get_untracked()? {
        Doing::Add => None,
        Doing::Edit(site) | Doing::Rotate(site) | Doing::Delete(site) => Some(site),
    };
    view! {
        <Dialog title="Add a site" open=is(|it| matches!(it, Doing::Add)) on_close=close>
            <SiteForm site=None close changed/>
        </Dialog>
        <Dialog title="Edit the site" open=is(|it| matches!(it, Doing::Edit(_))) on_close=close>
            <SiteForm site=site() close changed/>
        </Dialog>
        <Dialog title="Give it a new key?" open=is(|it| matches!(it, Doing::Rotate(_))) on_close=close>
            {site().map(|site| view! { <RotateForm site close changed/> })}
        </Dialog>
        <Dialog title="Delete this site?" open=is(|it| matches!(it, Doing::Delete(_))) on_close=close>
            {site().map(|site| view! { <DeleteForm site close changed/> })}
        </Dialog>
    }
}
