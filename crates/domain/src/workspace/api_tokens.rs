//! API tokens, with which programs act as a member.

use deskbell_base::actor::Actor;
use deskbell_base::clock;
use deskbell_base::error::{AppError, AppResult, FieldErrors};
use deskbell_base::secrets::token;
use deskbell_base::text;
use deskbell_protocol::api::workspace::tokens::{
    ApiToken, ApiTokens, CreateToken, CreatedToken, TokenScope,
};
use deskbell_protocol::{AgentView, ApiTokenId, ErrorCode, Role};
use deskbell_store::workspace::api_tokens::{self, NewApiToken};
use deskbell_store::workspace::members;
use deskbell_store::{Error, WorkspaceScope};
use serde_json::json;

use crate::core::Core;
use crate::platform::audit::{self, Action, target};

/// The maximum number of tokens of a workspace.
const MOST: i64 = 100;
/// The number of characters of a token that are shown to recognise it.
const HINT_CHARS: usize = 4;

/// Creates a token that acts as this member.
pub async fn create(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    body: CreateToken,
) -> AppResult<CreatedToken> {
    let mut wrong = FieldErrors::default();
    let name = wrong.take(text::thing_name("name", &body.name));
    let scopes = wrong.take(check_scopes(scope.role, body.scopes));
    wrong.take(match body.expires_at {
        Some(at) if at <= clock::now() => Err(AppError::invalid(
            "expires_at",
            "This time is in the past. Choose a later one, or none.",
        )),
        _ => Ok(()),
    });
    wrong.finish()?;
    let secret = token::random_api_token();
    let new = NewApiToken {
        name,
        hint: secret[secret.len() - HINT_CHARS..].to_owned(),
        token_hash: token::hash(&secret),
        scopes,
        expires_at: body.expires_at,
    };
    let mut tx = core.begin().await?;
    // An operator who has entered the workspace is not a member: a token of theirs would become
    // valid when they join.
    match members::lock_shared_membership(&mut tx, scope.workspace_id, scope.user.id).await {
        Err(Error::NotFound) => {
            let message = "Only members of this workspace can create API tokens.";
            return Err(AppError::new(ErrorCode::Forbidden, message));
        }
        held => held?,
    }
    if api_tokens::count_api_tokens(&mut tx, scope).await? >= MOST {
        let message = format!("A workspace can have at most {MOST} API tokens. Revoke some first.");
        return Err(AppError::new(ErrorCode::LimitReached, message));
    }
    let id = api_tokens::create_api_token(&mut tx, scope, &new).await?;
    let created_at = tx.now();
    let details = json!({ "scopes": new.scopes, "expires_at": new.expires_at });
    let what = target("token", id, &new.name);
    let workspace = scope.workspace_id;
    audit::record(
        &mut tx,
        workspace,
        actor,
        Action::TokenCreated,
        what,
        details,
    )
    .await?;
    tx.commit().await?;
    let token = ApiToken {
        id,
        name: new.name,
        hint: new.hint,
        made_by: AgentView {
            id: scope.user.id,
            name: scope.user.name.clone(),
        },
        scopes: new.scopes,
        created_at,
        expires_at: new.expires_at,
        last_used_at: None,
        last_used_address: None,
    };
    Ok(CreatedToken { token, secret })
}

/// Lists the tokens of the workspace.
pub async fn list(core: &Core, scope: &WorkspaceScope) -> AppResult<ApiTokens> {
    let mut reader = core.db.read().await?;
    let tokens = api_tokens::list_api_tokens(&mut reader, scope).await?;
    let view = |token: api_tokens::ApiToken| ApiToken {
        id: token.id,
        name: token.name,
        hint: token.hint,
        made_by: token.user,
        scopes: token.scopes,
        created_at: token.created_at,
        expires_at: token.expires_at,
        last_used_at: token.last_used_at,
        last_used_address: token.last_used_address,
    };
    Ok(ApiTokens {
        tokens: tokens.into_iter().map(view).collect(),
    })
}

/// Revokes a token and closes the sockets that use it.
pub async fn revoke(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: ApiTokenId,
) -> AppResult<()> {
    let mut tx = core.begin().await?;
    let (name, user) = api_tokens::revoke_api_token(&mut tx, scope, id)
        .await?
        .ok_or(Error::NotFound)?;
    let what = target("token", id, name);
    let workspace = scope.workspace_id;
    audit::record(
        &mut tx,
        workspace,
        actor,
        Action::TokenRevoked,
        what,
        json!({}),
    )
    .await?;
    tx.reauthenticate_member(workspace, user);
    tx.commit().await?;
    Ok(())
}

/// Validates scopes: at least one, without duplicates, and none beyond the member's role.
fn check_scopes(role: Role, scopes: Vec<TokenScope>) -> AppResult<Vec<TokenScope>> {
    let mut unique: Vec<TokenScope> = Vec::new();
    for scope in scopes {
        let for_admins = matches!(
            scope,
            TokenScope::WriteMembers | TokenScope::WriteSites | TokenScope::ReadAudit
        );
        if for_admins && !role.reaches(Role::Admin) {
            return Err(AppError::invalid(
                "scopes",
                "Your role doesn't include this permission.",
            ));
        }
        if !unique.contains(&scope) {
            unique.push(scope);
        }
    }
    if unique.is_empty() {
        return Err(AppError::invalid(
            "scopes",
            "Choose at least one permission.",
        ));
    }
    Ok(unique)
}
