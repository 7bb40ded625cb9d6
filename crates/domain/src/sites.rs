//! Sites: the websites with the widget, its settings, and the identity secrets of their visitors.
//!
//! A site's identity secret is not stored: it is derived from the installation's secret and a salt
//! that changes with each rotation. A copy of the database does not allow to impersonate a visitor.

pub mod deletion;
mod refused_origins;

use deskbell_base::actor::Actor;
use deskbell_base::error::{AppResult, FieldErrors};
use deskbell_base::secrets::token::{self, TokenSigner};
use deskbell_base::{origins, text};
use deskbell_protocol::SiteId;
use deskbell_protocol::api::sites::{
    CreateSite, IdentitySecret, RefusedOrigin, SetSite, Site, Sites, WidgetPosition, WidgetSettings,
};
use deskbell_store::sites::{self, refused_origins as store};
use deskbell_store::workspace::limits;
use deskbell_store::{Tx, WorkspaceScope};
use serde_json::json;

use crate::core::Core;
use crate::platform::audit::{self, Action, target};
use crate::workspace::quotas;

const KEY_CHARS: usize = 20;
/// The prefix of salts of secrets that are derived with a key of their own. A random salt has no dot.
const DERIVED_KEY: &str = "2.";

/// Lists the sites of the workspace.
pub async fn list(core: &Core, scope: &WorkspaceScope) -> AppResult<Sites> {
    let mut reader = core.db.read().await?;
    let found = sites::list_sites(&mut reader, scope).await?;
    let refused = store::list_all_refused_origins(&mut reader, scope).await?;
    let with_refused = |site: sites::Site| {
        let of_site = refused.iter().filter(|(id, _)| *id == site.id);
        let origins = of_site.map(|(_, refused)| refused.clone()).collect();
        view_with_refused(core, site, origins)
    };
    let sites = found.into_iter().map(with_refused).collect();
    Ok(Sites { sites })
}

/// Gets a site of the workspace.
pub async fn get(core: &Core, scope: &WorkspaceScope, id: SiteId) -> AppResult<Site> {
    let mut reader = core.db.read().await?;
    let site = sites::get_site(&mut reader, scope, id).await?;
    let workspace = scope.workspace_id;
    let refused = store::list_refused_origins(&mut reader, workspace, id).await?;
    Ok(view_with_refused(core, site, refused))
}

/// The origins whose pages may show the widget of the site with this key; none if there is no such
/// site. `referrer` is the address of the embedding page: if its origin is not allowed, it is
/// recorded for the site's admins.
pub async fn allowed_origins(
    core: &Core,
    key: &str,
    referrer: Option<&str>,
) -> AppResult<Vec<String>> {
    let mut reader = core.db.read().await?;
    let site = sites::find_site_by_key(&mut reader, key).await?;
    drop(reader);
    let Some(site) = site else {
        return Ok(Vec::new());
    };
    if let Some(referrer) = referrer
        && let Err(error) = refused_origins::record(core, &site, referrer).await
    {
        error.log();
    }
    Ok(site.allowed_origins)
}

/// Creates a site.
pub async fn create(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    body: CreateSite,
) -> AppResult<Site> {
    let mut wrong = FieldErrors::default();
    let name = wrong.take(text::thing_name("name", &body.name));
    let origins = wrong.take(origins::allowed_origins(&body.allowed_origins));
    let widget = wrong.take(text::widget(body.widget));
    wrong.finish()?;
    let workspace = scope.workspace_id;
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, workspace).await?;
    quotas::room_for_site(core, &mut tx, workspace).await?;
    let mut site = sites::create_site(&mut tx, workspace, &name, &new_key(), &origins).await?;
    if !widget.is_usual() {
        site.widget = widget;
        sites::set_site(&mut tx, scope, &site).await?;
    }
    record(&mut tx, scope, actor, Action::SiteCreated, &site, json!({})).await?;
    tx.commit().await?;
    Ok(view(core, site))
}

/// Changes the fields that are present.
pub async fn set(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: SiteId,
    body: SetSite,
) -> AppResult<Site> {
    let mut wrong = FieldErrors::default();
    let name = body
        .name
        .map(|name| wrong.take(text::thing_name("name", &name)));
    let origins = body
        .allowed_origins
        .map(|origins| wrong.take(origins::allowed_origins(&origins)));
    let widget = body.widget.map(|widget| wrong.take(text::widget(widget)));
    wrong.finish()?;
    change(core, scope, actor, id, Action::SiteChanged, move |site| {
        site.name = name.unwrap_or_else(|| site.name.clone());
        site.allowed_origins = origins.unwrap_or_else(|| site.allowed_origins.clone());
        site.widget = widget.unwrap_or_else(|| site.widget.clone());
    })
    .await
}

/// Replaces the key of a site; the old one becomes invalid.
pub async fn rotate_key(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: SiteId,
) -> AppResult<Site> {
    change(core, scope, actor, id, Action::SiteKeyRotated, |site| {
        site.key = new_key();
    })
    .await
}

/// Creates or rotates the identity secret of a site; the old one becomes invalid.
pub async fn make_identity_secret(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: SiteId,
) -> AppResult<IdentitySecret> {
    let salt = format!("{DERIVED_KEY}{}", token::random());
    let secret = derive_identity_secret(&core.signer, id, &salt);
    let action = Action::IdentitySecretMade;
    change(core, scope, actor, id, action, |site| {
        site.identity_salt = Some(salt);
    })
    .await?;
    Ok(IdentitySecret { secret })
}

/// The identity secret of a site, if it has one.
pub fn identity_secret(core: &Core, site: &sites::Site) -> Option<String> {
    let salt = site.identity_salt.as_deref()?;
    Some(derive_identity_secret(&core.signer, site.id, salt))
}

/// Derives the identity secret of a site from its salt. Salts without the prefix are older than the
/// derived keys of an installation; their secrets stay as they are, because customers use them.
fn derive_identity_secret(signer: &TokenSigner, id: SiteId, salt: &str) -> String {
    let purpose = format!("identity of {id} {salt}");
    match salt.starts_with(DERIVED_KEY) {
        true => signer.derive(&purpose),
        false => signer.derive_legacy(&purpose),
    }
}

/// A site as its owner sees it.
pub fn view(core: &Core, site: sites::Site) -> Site {
    Site {
        id: site.id,
        snippet: snippet(&core.urls.origin(), &site.key, &site.widget),
        name: site.name,
        key: site.key,
        allowed_origins: site.allowed_origins,
        widget: site.widget,
        has_identity_secret: site.identity_salt.is_some(),
        refused_origins: Vec::new(),
    }
}

/// The view of a site with the refused origins that have not been allowed since.
fn view_with_refused(core: &Core, site: sites::Site, refused: Vec<RefusedOrigin>) -> Site {
    let mut site = view(core, site);
    site.refused_origins = refused;
    let allowed = &site.allowed_origins;
    site.refused_origins
        .retain(|refused| !refused_origins::allows(allowed, &refused.origin));
    site
}

/// A new unique key.
pub fn new_key() -> String {
    token::random()[..KEY_CHARS].to_owned()
}

/// The snippet for a site's pages. The launcher makes no network request, so its settings are in
/// the snippet.
pub fn snippet(origin: &str, key: &str, widget: &WidgetSettings) -> String {
    let mut look = String::new();
    if let Some(color) = &widget.color {
        look += &format!(" data-color=\"{color}\"");
    }
    if widget.position == Some(WidgetPosition::Left) {
        look += " data-position=\"left\"";
    }
    format!("<script src=\"{origin}/deskbell.js\" data-site=\"{key}\"{look} async></script>")
}

async fn change(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: SiteId,
    action: Action,
    change: impl FnOnce(&mut sites::Site),
) -> AppResult<Site> {
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let before = sites::get_site(&mut tx, scope, id).await?;
    let mut site = before.clone();
    change(&mut site);
    if site != before {
        sites::set_site(&mut tx, scope, &site).await?;
        let details = match action {
            Action::SiteChanged => json!({ "before": told(&before), "after": told(&site) }),
            _ => json!({}),
        };
        record(&mut tx, scope, actor, action, &site, details).await?;
        tx.commit().await?;
    }
    Ok(view(core, site))
}

fn told(site: &sites::Site) -> serde_json::Value {
    json!({
        "name": site.name,
        "allowed_origins": site.allowed_origins,
        "widget": site.widget,
    })
}

async fn record(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    actor: &Actor,
    action: Action,
    site: &sites::Site,
    details: serde_json::Value,
) -> AppResult<()> {
    let what = target("site", site.id, &site.name);
    audit::record(tx, scope.workspace_id, actor, action, what, details).await
}
