//! Sites: where the widget stands, how it looks, and what proves who its visitors are.
//!
//! A site's identity secret is not kept: it is derived from the installation's secret and a salt
//! that changes when it is made anew. Whoever reads the database cannot speak for anybody.

use deskbell_protocol::SiteId;
use deskbell_protocol::api::sites::{
    CreateSite, IdentitySecret, SetSite, Site, Sites, WidgetPosition, WidgetSettings,
};
use deskbell_store::{Tx, WorkspaceScope, limits, sites};
use serde_json::json;

use crate::app::App;
use crate::auth::member::Actor;
use crate::auth::token;
use crate::domain::audit::{self, Action, target};
use crate::domain::{quotas, text};
use crate::error::{AppResult, FieldErrors};

const KEY_CHARS: usize = 20;

/// All sites of the workspace.
pub async fn list(app: &App, scope: &WorkspaceScope) -> AppResult<Sites> {
    let mut reader = app.store.read().await?;
    let found = sites::list_sites(&mut reader, scope).await?;
    let sites = found.into_iter().map(|site| view(app, site)).collect();
    Ok(Sites { sites })
}

/// One site of the workspace.
pub async fn get(app: &App, scope: &WorkspaceScope, id: SiteId) -> AppResult<Site> {
    let mut reader = app.store.read().await?;
    Ok(view(app, sites::get_site(&mut reader, scope, id).await?))
}

/// Makes a site.
pub async fn create(
    app: &App,
    scope: &WorkspaceScope,
    actor: &Actor,
    body: CreateSite,
) -> AppResult<Site> {
    let mut wrong = FieldErrors::default();
    let name = wrong.take(text::thing_name("name", &body.name));
    let origins = wrong.take(text::allowed_origins(&body.allowed_origins));
    let widget = wrong.take(text::widget(body.widget));
    wrong.finish()?;
    let workspace = scope.workspace_id;
    let mut tx = app.begin().await?;
    limits::lock_workspace(&mut tx, workspace).await?;
    quotas::room_for_site(app, &mut tx, workspace).await?;
    let mut site = sites::create_site(&mut tx, workspace, &name, &new_key(), &origins).await?;
    if !widget.is_usual() {
        site.widget = widget;
        sites::set_site(&mut tx, scope, &site).await?;
    }
    record(&mut tx, scope, actor, Action::SiteCreated, &site, json!({})).await?;
    tx.commit().await?;
    Ok(view(app, site))
}

/// Changes what is named.
pub async fn set(
    app: &App,
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
        .map(|origins| wrong.take(text::allowed_origins(&origins)));
    let widget = body.widget.map(|widget| wrong.take(text::widget(widget)));
    wrong.finish()?;
    change(app, scope, actor, id, Action::SiteChanged, move |site| {
        site.name = name.unwrap_or_else(|| site.name.clone());
        site.allowed_origins = origins.unwrap_or_else(|| site.allowed_origins.clone());
        site.widget = widget.unwrap_or_else(|| site.widget.clone());
    })
    .await
}

/// Gives a site another key; the old one is none any more.
pub async fn rotate_key(
    app: &App,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: SiteId,
) -> AppResult<Site> {
    change(app, scope, actor, id, Action::SiteKeyRotated, |site| {
        site.key = new_key();
    })
    .await
}

/// Makes the secret with which the site proves who its visitors are; the old one proves nothing any
/// more.
pub async fn make_identity_secret(
    app: &App,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: SiteId,
) -> AppResult<IdentitySecret> {
    let salt = token::random();
    let secret = app.tokens.derive(&salted(id, &salt));
    let action = Action::IdentitySecretMade;
    change(app, scope, actor, id, action, |site| {
        site.identity_salt = Some(salt);
    })
    .await?;
    Ok(IdentitySecret { secret })
}

/// What the site proves its visitors with, if it can.
pub fn identity_secret(app: &App, site: &sites::Site) -> Option<String> {
    let salt = site.identity_salt.as_deref()?;
    Some(app.tokens.derive(&salted(site.id, salt)))
}

/// Deletes a site: its key is none any more, its visitors are cut off, its conversations stay.
pub async fn delete(app: &App, scope: &WorkspaceScope, actor: &Actor, id: SiteId) -> AppResult<()> {
    let mut tx = app.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let site = sites::get_site(&mut tx, scope, id).await?;
    sites::delete_site(&mut tx, scope, id).await?;
    record(&mut tx, scope, actor, Action::SiteDeleted, &site, json!({})).await?;
    tx.reauthenticate_visitors(scope.workspace_id, None);
    tx.commit().await?;
    Ok(())
}

/// A site as its owner sees it.
pub fn view(app: &App, site: sites::Site) -> Site {
    Site {
        id: site.id,
        snippet: snippet(&app.config.origin(), &site.key, &site.widget),
        name: site.name,
        key: site.key,
        allowed_origins: site.allowed_origins,
        widget: site.widget,
        has_identity_secret: site.identity_salt.is_some(),
    }
}

/// A key that nobody has.
pub fn new_key() -> String {
    token::random()[..KEY_CHARS].to_owned()
}

/// What a site's owner pastes. The launcher asks the network for nothing, so how it looks stands here.
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
    app: &App,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: SiteId,
    action: Action,
    change: impl FnOnce(&mut sites::Site),
) -> AppResult<Site> {
    let mut tx = app.begin().await?;
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
    Ok(view(app, site))
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

fn salted(id: SiteId, salt: &str) -> String {
    format!("identity of {id} {salt}")
}
