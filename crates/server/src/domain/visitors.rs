//! Visitors: their tokens, and who they are.

use deskbell_protocol::ErrorCode;
use deskbell_protocol::api::visitors::{CreateVisitor, VisitorToken};
use deskbell_store::{sites, visitors};

use crate::app::App;
use crate::auth::token::VISITOR_MS;
use crate::clock;
use crate::error::{AppError, AppResult};

/// Renews the token of a visitor who is still known on this site, or makes a new visitor.
pub async fn renew_or_create(app: &App, body: CreateVisitor) -> AppResult<VisitorToken> {
    let mut reader = app.store.read().await?;
    let site = sites::find_site_by_key(&mut reader, &body.site_key)
        .await?
        .ok_or_else(|| {
            AppError::new(
                ErrorCode::NotFound,
                "There is no site with this key. Check data-site in the snippet.",
            )
        })?;
    let known = match body
        .token
        .as_deref()
        .map(|token| app.tokens.read_visitor(token))
    {
        Some(Ok(claims)) if claims.site == site.id => {
            visitors::find_visitor(&mut reader, site.id, claims.sub).await?
        }
        _ => None,
    };
    drop(reader);
    if known.is_none() {
        app.limits.create_visitor(site.workspace_id)?;
    }
    let mut tx = app.begin().await?;
    let visitor = match known {
        Some(visitor) => {
            visitors::touch_visitor(&mut tx, &visitor).await?;
            visitor
        }
        None => visitors::create_visitor(&mut tx, &site).await?,
    };
    app.commit(tx).await?;
    let now = clock::now();
    Ok(VisitorToken {
        visitor_id: visitor.visitor_id,
        token: app
            .tokens
            .sign_visitor(visitor.visitor_id, site.id, site.workspace_id, now),
        expires_at: now + VISITOR_MS,
        renew_at: now + VISITOR_MS / 4,
        site_name: site.name,
    })
}
