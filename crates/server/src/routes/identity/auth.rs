//! `/api/v1/auth/*` and `/api/v1/me`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum_extra::extract::CookieJar;
use deskbell_domain::clock;
use deskbell_domain::error::AppError;
use deskbell_domain::identity::sessions::TokenPair;
use deskbell_domain::identity::{accounts, sessions};
use deskbell_domain::secrets::token::DeviceClaims;
use deskbell_protocol::ErrorBody;
use deskbell_protocol::WorkspaceId;
use deskbell_protocol::api::identity::auth::{Me, Register, SignIn, SwitchWorkspace};

use crate::app::App;
use crate::auth::client_info::Client;
use crate::auth::cookies;
use crate::auth::member::{Member, refuse_foreign_writes};
use crate::auth::permission::{OwnAccount, SeeOneself};
use crate::client_address::FromAddress;
use crate::error::ApiResult;
use crate::extract::Body;
use crate::openapi::refusals::Refusals;

/// Registers a person with a workspace of their own, where the server accepts that. A link goes to
/// the address; the answer is the same if somebody has an account with it.
#[utoipa::path(
    post, path = "/api/v1/auth/register", tag = "auth", request_body = Register,
    responses((status = 202), Refusals), security(())
)]
pub async fn register(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    Client(origin): Client,
    Body(body): Body<Register>,
) -> ApiResult<StatusCode> {
    accounts::register(&app.core, body, from, origin).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Signs in: sets two cookies.
#[utoipa::path(
    post, path = "/api/v1/auth/sign-in", tag = "auth", request_body = SignIn,
    responses((status = 200, body = Me), (status = 401, body = ErrorBody, description = "The e-mail or the password is wrong, or a code is required"), Refusals), security(())
)]
pub async fn sign_in(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    Client(origin): Client,
    headers: HeaderMap,
    jar: CookieJar,
    Body(body): Body<SignIn>,
) -> ApiResult<(CookieJar, Json<Me>)> {
    let device = known_device(&app, &headers);
    let signed_in = accounts::sign_in(&app.core, body, (from, &origin), device).await?;
    let jar = set_cookies(&app, jar, &signed_in.me, signed_in.pair);
    Ok((jar, Json(signed_in.me)))
}

/// Exchanges the refresh cookie for a new pair of cookies. Each works once. The same browser gets the
/// same pair again as long as the new one is unused, because the answer may have been lost.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", tag = "auth",
    responses((status = 200, body = Me), (status = 401, body = ErrorBody, description = "The cookie is none, or no longer good"), Refusals), security(())
)]
pub async fn refresh(
    State(app): State<App>,
    method: Method,
    headers: HeaderMap,
    Client(origin): Client,
    jar: CookieJar,
) -> ApiResult<(CookieJar, Json<Me>)> {
    refuse_foreign_writes(&app.config, &method, &headers)?;
    let token = cookies::read(&headers, &app.config, cookies::REFRESH);
    let token = token.ok_or_else(AppError::unauthenticated)?;
    let renewed = sessions::renew(&app.core, &token, origin).await?;
    let jar = cookies::sign_in(jar, &app.config, renewed.pair.access, renewed.pair.refresh);
    let me = accounts::with_workspaces(&app.core, renewed.me).await?;
    Ok((jar, Json(me)))
}

/// Ends the session on this browser; whoever is not signed in is signed out already.
#[utoipa::path(
    post, path = "/api/v1/auth/sign-out", tag = "auth",
    responses((status = 204), Refusals), security(())
)]
pub async fn sign_out(
    State(app): State<App>,
    method: Method,
    headers: HeaderMap,
    Client(origin): Client,
    jar: CookieJar,
) -> ApiResult<(StatusCode, CookieJar)> {
    refuse_foreign_writes(&app.config, &method, &headers)?;
    if let Some(token) = cookies::read(&headers, &app.config, cookies::REFRESH) {
        sessions::end(&app.core, &token, origin).await?;
    }
    Ok((StatusCode::NO_CONTENT, cookies::sign_out(jar, &app.config)))
}

/// Who is signed in, and where.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "auth",
    responses((status = 200, body = Me), Refusals),
    security(("session" = []), ("bearer" = ["conversations:read"]))
)]
pub async fn me(State(app): State<App>, member: Member<SeeOneself>) -> ApiResult<Json<Me>> {
    // A program's token is one workspace's: of the others it is told nothing.
    let me = match member.actor.session {
        Some(_) => accounts::with_workspaces(&app.core, member.me).await?,
        None => member.me,
    };
    Ok(Json(me))
}

/// Goes on in another workspace that one is a member of. Sets the access cookie; the refresh cookie
/// stays as it is.
#[utoipa::path(
    post, path = "/api/v1/auth/switch-workspace", tag = "auth", request_body = SwitchWorkspace,
    responses((status = 200, body = Me), (status = 404, body = ErrorBody, description = "One is a member of no such workspace"), Refusals), security(("session" = []))
)]
pub async fn switch_workspace(
    State(app): State<App>,
    member: Member<OwnAccount>,
    jar: CookieJar,
    Body(body): Body<SwitchWorkspace>,
) -> ApiResult<(CookieJar, Json<Me>)> {
    switch_session(&app, jar, &member, body.workspace_id).await
}

/// The session goes on in another workspace.
pub async fn switch_session(
    app: &App,
    jar: CookieJar,
    member: &Member<OwnAccount>,
    workspace: WorkspaceId,
) -> ApiResult<(CookieJar, Json<Me>)> {
    let moved = sessions::switch(&app.core, &member.me, &member.actor, workspace).await?;
    let jar = cookies::renew_access_cookie(jar, &app.config, moved.access);
    Ok((
        jar,
        Json(accounts::with_workspaces(&app.core, moved.me).await?),
    ))
}

/// What the browser says of whoever signed in with it before.
pub fn known_device(app: &App, headers: &HeaderMap) -> Option<DeviceClaims> {
    let token = cookies::read(headers, &app.config, cookies::DEVICE)?;
    app.core.signer.read_device(&token).ok()
}

/// Sets the cookies of a session that has just been opened, and the one that marks this browser as
/// known to the account.
pub fn set_cookies(app: &App, jar: CookieJar, me: &Me, pair: TokenPair) -> CookieJar {
    let jar = cookies::sign_in(jar, &app.config, pair.access, pair.refresh);
    let device = app.core.signer.sign_device(me.user_id, clock::now());
    cookies::remember(jar, &app.config, device)
}
