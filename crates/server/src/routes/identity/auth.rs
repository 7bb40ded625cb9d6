//! Routes of sign-in and sessions: `/api/v1/auth/*` and `/api/v1/me`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum_extra::extract::CookieJar;
use deskbell_base::clock;
use deskbell_base::error::AppError;
use deskbell_base::secrets::token::DeviceClaims;
use deskbell_domain::identity::sessions::{SwitchedSession, TokenPair};
use deskbell_domain::identity::{accounts, current_user, sessions};
use deskbell_protocol::ErrorBody;
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

/// Registers a user with a workspace of their own, where the server accepts registrations. A link is
/// sent to the address; the answer is the same if the address has an account.
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
    responses((status = 200, body = Me), (status = 401, body = ErrorBody, description = "There is no cookie, or it is not valid any more"), Refusals), security(())
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
    let me = current_user::with_workspaces(&app.core, renewed.me).await?;
    Ok((jar, Json(me)))
}

/// Ends the session of this browser, if there is one.
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

/// Shows the signed-in user and their workspaces.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "auth",
    responses((status = 200, body = Me), Refusals),
    security(("session" = []), ("bearer" = ["conversations:read"]))
)]
pub async fn me(State(app): State<App>, member: Member<SeeOneself>) -> ApiResult<Json<Me>> {
    // An API token belongs to one workspace and does not show the others.
    let me = match member.actor.session {
        Some(_) => current_user::with_workspaces(&app.core, member.me).await?,
        None => member.me,
    };
    Ok(Json(me))
}

/// Moves the session to another workspace of the user. Sets the access cookie; the refresh cookie does
/// not change.
#[utoipa::path(
    post, path = "/api/v1/auth/switch-workspace", tag = "auth", request_body = SwitchWorkspace,
    responses((status = 200, body = Me), (status = 404, body = ErrorBody, description = "The user is not a member of this workspace"), Refusals), security(("session" = []))
)]
pub async fn switch_workspace(
    State(app): State<App>,
    member: Member<OwnAccount>,
    jar: CookieJar,
    Body(body): Body<SwitchWorkspace>,
) -> ApiResult<(CookieJar, Json<Me>)> {
    let (me, actor) = (&member.me, &member.actor);
    let switched = sessions::switch(&app.core, me, actor, body.workspace_id).await?;
    Ok(set_access_cookie(&app, jar, switched))
}

/// Sets the access cookie of a session that was moved to another workspace.
pub fn set_access_cookie(
    app: &App,
    jar: CookieJar,
    switched: SwitchedSession,
) -> (CookieJar, Json<Me>) {
    let jar = cookies::renew_access_cookie(jar, &app.config, switched.access);
    (jar, Json(switched.me))
}

/// Reads the device cookie: which account has signed in with this browser before.
pub fn known_device(app: &App, headers: &HeaderMap) -> Option<DeviceClaims> {
    let token = cookies::read(headers, &app.config, cookies::DEVICE)?;
    app.core.signer.read_device(&token).ok()
}

/// Sets the cookies of a new session, and the device cookie, which makes this browser known to the
/// account.
pub fn set_cookies(app: &App, jar: CookieJar, me: &Me, pair: TokenPair) -> CookieJar {
    let jar = cookies::sign_in(jar, &app.config, pair.access, pair.refresh);
    let device = app.core.signer.sign_device(me.user_id, clock::now());
    cookies::remember(jar, &app.config, device)
}
