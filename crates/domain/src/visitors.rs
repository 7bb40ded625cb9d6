//! Visitors: their tokens and their identities.
//!
//! A token may name a visitor who is not stored: a row is created with the first message, or when a
//! host page identifies the visitor. A visitor who does neither is not stored.

use deskbell_base::client_address::ClientAddress;
use deskbell_base::clock;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::identity_verification::{self, Claim};
use deskbell_base::secrets::token::VISITOR_MS;
use deskbell_protocol::api::visitors::{CreateVisitor, Visitor, VisitorToken};
use deskbell_protocol::{ConversationId, ErrorCode, UnixMs, VisitorId};
use deskbell_store::sites::Site;
use deskbell_store::visitors::{UNNAMED, Visit};
use deskbell_store::workspace::workspaces;
use deskbell_store::{Error, VisitorScope, WorkspaceScope, conversations, sites, visitors};

use crate::core::Core;
use crate::identity::authentication::refuse_suspended;
use crate::sites::identity_secret;
use crate::workspace::blocks;

/// A token, and the result of verifying the identity in the request.
pub struct Created {
    pub token: VisitorToken,
    pub identity: Option<&'static str>,
}

/// Renews the token of a visitor who is known on this site, or creates a new visitor; and applies
/// the identity that the page supplies, if there is one.
pub async fn renew_or_create(
    core: &Core,
    body: CreateVisitor,
    from: ClientAddress,
) -> AppResult<Created> {
    core.maintenance.admit(false)?;
    let mut reader = core.db.read().await?;
    let site = sites::find_site_by_key(&mut reader, &body.site_key)
        .await?
        .ok_or_else(|| {
            AppError::new(
                ErrorCode::NotFound,
                "There is no site with this key. Check data-site in the snippet.",
            )
        })?;
    let claim = match &body.identity {
        Some(supplied) => {
            identity_verification::read(identity_secret(core, &site).as_deref(), supplied)
        }
        None => Claim::Nothing,
    };
    let token = body.token.as_deref();
    let known = match token.map(|token| core.signer.read_visitor(token)) {
        Some(Ok(claims)) if claims.site == site.id => {
            let found = visitors::find_visit(&mut reader, site.id, claims.sub).await?;
            found.filter(|visit| visit.token_generation <= claims.generation)
        }
        _ => None,
    };
    drop(reader);
    let visit = match known {
        Some(visit) => visit,
        None => new_visit(core, &site).await?,
    };
    refuse_suspended(visit.workspace_suspended)?;
    blocks::refuse_blocked(core, &visit.scope, from).await?;
    let outcome = claim.outcome();
    let visit = identify(core, &site, visit, claim, from).await?;
    blocks::refuse_blocked(core, &visit.scope, from).await?;
    let (now, generation) = (clock::now(), visit.token_generation);
    let id = visit.scope.visitor_id;
    let token = VisitorToken {
        visitor_id: id,
        token: core
            .signer
            .sign_visitor(id, site.id, site.workspace_id, generation, now),
        expires_at: now + VISITOR_MS,
        renew_at: now + VISITOR_MS / 4,
        site_name: site.widget.title.unwrap_or(site.name),
    };
    Ok(Created {
        token,
        identity: outcome,
    })
}

/// Gets a visitor.
pub async fn get(core: &Core, scope: &WorkspaceScope, id: VisitorId) -> AppResult<Visitor> {
    let mut reader = core.db.read().await?;
    Ok(visitors::get_visitor(&mut reader, scope, id).await?)
}

/// Finds the visitor of a conversation, and when they were last online according to the database.
pub async fn last_seen(
    core: &Core,
    agent: &WorkspaceScope,
    conversation_id: ConversationId,
) -> AppResult<(VisitorId, UnixMs)> {
    let mut reader = core.db.read().await?;
    Ok(visitors::last_seen(&mut reader, agent, conversation_id).await?)
}

/// Creates a new visitor, who is not stored.
async fn new_visit(core: &Core, site: &Site) -> AppResult<Visit> {
    core.limits.create_visitor(site.workspace_id)?;
    let mut reader = core.db.read().await?;
    let workspace = workspaces::get_workspace(&mut reader, site.workspace_id).await?;
    Ok(Visit {
        scope: VisitorScope {
            workspace_id: site.workspace_id,
            site_id: site.id,
            visitor_id: VisitorId::from_parts(clock::now(), clock::random()),
            name: UNNAMED.to_owned(),
            address: None,
        },
        ip_mode: workspace.ip_mode,
        workspace_suspended: workspace.suspended,
        // Blocks are always checked for a new visitor.
        blocks_exist: true,
        own_connection_limit: None,
        token_generation: 0,
        identity: None,
    })
}

/// Saves the identity of a visitor. The first verified identity revokes older tokens, because a token
/// may have been copied or planted before (token fixation). If the same identity is verified twice at
/// the same time, the second attempt finds the visitor of the first.
async fn identify(
    core: &Core,
    site: &Site,
    visit: Visit,
    claim: Claim,
    from: ClientAddress,
) -> AppResult<Visit> {
    match save_identity(core, site, visit.clone(), claim.clone(), from).await {
        Err(error) if error.body.code == ErrorCode::Conflict => {
            save_identity(core, site, visit, claim, from).await
        }
        done => done,
    }
}

async fn save_identity(
    core: &Core,
    site: &Site,
    visit: Visit,
    claim: Claim,
    from: ClientAddress,
) -> AppResult<Visit> {
    let mut visit = resolve_visitor(core, site, visit, &claim).await?;
    visit.scope.address = from.kept(visit.ip_mode);
    let before = visit.identity.clone().unwrap_or_default();
    let after = identity_verification::after(&before, claim);
    if visit.identity.is_none() && after == before {
        return Ok(visit);
    }
    let mut tx = core.begin().await?;
    if after == before {
        visitors::touch_visitor(&mut tx, &visit.scope).await?;
        tx.commit().await?;
        return Ok(visit);
    }
    visit.scope.name.clone_from(&after.name);
    visitors::store_visitor(&mut tx, &visit.scope).await?;
    visit.token_generation = visitors::set_identity(&mut tx, &visit.scope, &after).await?;
    visitors::touch_visitor(&mut tx, &visit.scope).await?;
    conversations::republish_visitor(&mut tx, &visit.scope).await?;
    tx.reauthenticate_visitors(site.workspace_id, Some(visit.scope.visitor_id));
    tx.commit().await?;
    Ok(visit)
}

/// Resolves the visitor that an identity refers to: the verified visitor with this external id, or this
/// one. A visitor who is known under another external id is a new one, who cannot read the old messages.
async fn resolve_visitor(
    core: &Core,
    site: &Site,
    visit: Visit,
    claim: &Claim,
) -> AppResult<Visit> {
    let named = match claim {
        Claim::Nothing | Claim::Refused(_) => return Ok(visit),
        Claim::Declared(identity) => identity.external_id.as_deref(),
        Claim::Verified { external_id, .. } => Some(external_id.as_str()),
    };
    let Some(named) = named else {
        return Ok(visit);
    };
    if let Claim::Verified { .. } = claim {
        let mut reader = core.db.read().await?;
        if let Some(id) = visitors::find_verified(&mut reader, site.id, named).await? {
            let found = visitors::find_visit(&mut reader, site.id, id).await?;
            return Ok(found.ok_or(Error::NotFound)?);
        }
    }
    let known = visit.identity.as_ref();
    let known = known.and_then(|identity| identity.external_id.as_deref());
    match known {
        Some(known) if known != named => new_visit(core, site).await,
        _ => Ok(visit),
    }
}
