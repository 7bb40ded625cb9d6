//! `/api/v1/me/*`: the account of the signed-in user.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use deskbell_base::error::{AppError, AppResult};
use deskbell_domain::identity::{
    accounts, current_user, emails, password_check, passwords, profile, second_factor, sessions,
};
use deskbell_protocol::api::identity::account::{
    BackupCodes, BeginTwoFactor, ChangeEmail, ChangePassword, ChangeProfile, ConfirmTwoFactor,
    EndTwoFactor, SignedInSessions, TwoFactor, TwoFactorSecret,
};
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::{ErrorBody, SessionId};
use deskbell_store::identity::users::User;

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::OwnAccount;
use crate::client_address::FromAddress;
use crate::error::ApiResult;
use crate::extract::{Body, Path};
use crate::openapi::refusals::Refusals;

/// Loads the signed-in user from the database.
async fn load_user(app: &App, member: &Member<OwnAccount>) -> AppResult<User> {
    accounts::get(&app.core, member.me.user_id).await
}

/// The session of the request; API tokens have no access here.
fn this_session(member: &Member<OwnAccount>) -> AppResult<SessionId> {
    member.actor.session.ok_or_else(AppError::unauthenticated)
}

/// Changes the name.
#[utoipa::path(
    patch, path = "/api/v1/me", tag = "account", request_body = ChangeProfile,
    responses((status = 200, body = Me), Refusals), security(("session" = []))
)]
pub async fn change_profile(
    State(app): State<App>,
    member: Member<OwnAccount>,
    Body(body): Body<ChangeProfile>,
) -> ApiResult<Json<Me>> {
    let me = profile::change(&app.core, &member.actor, member.me, body).await?;
    Ok(Json(current_user::with_workspaces(&app.core, me).await?))
}

/// Changes the password and ends every other session.
#[utoipa::path(
    put, path = "/api/v1/me/password", tag = "account", request_body = ChangePassword,
    responses((status = 204), Refusals), security(("session" = []))
)]
pub async fn change_password(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    member: Member<OwnAccount>,
    Body(body): Body<ChangePassword>,
) -> ApiResult<StatusCode> {
    let user = load_user(&app, &member).await?;
    let kept = this_session(&member)?;
    passwords::change(&app.core, &member.actor, user, kept, body, from).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Starts a change of the address, which takes effect when the mailed link is used.
#[utoipa::path(
    post, path = "/api/v1/me/email", tag = "account", request_body = ChangeEmail,
    responses((status = 202), Refusals), security(("session" = []))
)]
pub async fn change_email(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    member: Member<OwnAccount>,
    Body(body): Body<ChangeEmail>,
) -> ApiResult<StatusCode> {
    let user = load_user(&app, &member).await?;
    emails::change(&app.core, &member.actor, user, body, from).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Whether sign-in requires a code.
#[utoipa::path(
    get, path = "/api/v1/me/two-factor", tag = "account",
    responses((status = 200, body = TwoFactor), Refusals), security(("session" = []))
)]
pub async fn two_factor(
    State(app): State<App>,
    member: Member<OwnAccount>,
) -> ApiResult<Json<TwoFactor>> {
    Ok(Json(
        second_factor::state(&app.core, member.me.user_id).await?,
    ))
}

/// Creates a secret for an authenticator app. No code is required before one was confirmed.
#[utoipa::path(
    post, path = "/api/v1/me/two-factor", tag = "account", request_body = BeginTwoFactor,
    responses((status = 200, body = TwoFactorSecret), (status = 409, body = ErrorBody, description = "One is in use"), Refusals),
    security(("session" = []))
)]
pub async fn begin_two_factor(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    member: Member<OwnAccount>,
    Body(body): Body<BeginTwoFactor>,
) -> ApiResult<Json<TwoFactorSecret>> {
    let user = load_user(&app, &member).await?;
    password_check::confirm(&app.core, &user, "password", body.password, from).await?;
    Ok(Json(second_factor::begin(&app.core, &user).await?))
}

/// Confirms the authenticator app: sign-in requires a code from now on. Returns ten backup codes.
#[utoipa::path(
    post, path = "/api/v1/me/two-factor/confirm", tag = "account", request_body = ConfirmTwoFactor,
    responses((status = 200, body = BackupCodes), (status = 409, body = ErrorBody, description = "There is nothing to confirm"), Refusals), security(("session" = []))
)]
pub async fn confirm_two_factor(
    State(app): State<App>,
    member: Member<OwnAccount>,
    Body(body): Body<ConfirmTwoFactor>,
) -> ApiResult<Json<BackupCodes>> {
    let user = load_user(&app, &member).await?;
    let codes = second_factor::confirm(&app.core, &member.actor, &user, &body.code).await?;
    Ok(Json(codes))
}

/// Replaces the backup codes by ten new ones.
#[utoipa::path(
    post, path = "/api/v1/me/two-factor/backup-codes", tag = "account", request_body = ConfirmTwoFactor,
    responses((status = 200, body = BackupCodes), (status = 409, body = ErrorBody, description = "No second factor is in use"), Refusals), security(("session" = []))
)]
pub async fn renew_backup_codes(
    State(app): State<App>,
    member: Member<OwnAccount>,
    Body(body): Body<ConfirmTwoFactor>,
) -> ApiResult<Json<BackupCodes>> {
    let user = load_user(&app, &member).await?;
    let codes = second_factor::renew_codes(&app.core, &member.actor, &user, &body.code).await?;
    Ok(Json(codes))
}

/// Turns two-factor authentication off.
#[utoipa::path(
    delete, path = "/api/v1/me/two-factor", tag = "account", request_body = EndTwoFactor,
    responses((status = 204), (status = 409, body = ErrorBody, description = "No second factor is in use"), Refusals), security(("session" = []))
)]
pub async fn end_two_factor(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    member: Member<OwnAccount>,
    Body(body): Body<EndTwoFactor>,
) -> ApiResult<StatusCode> {
    let user = load_user(&app, &member).await?;
    password_check::confirm(&app.core, &user, "password", body.password, from).await?;
    second_factor::end(&app.core, &member.actor, &user, &body.code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the sessions of the user.
#[utoipa::path(
    get, path = "/api/v1/me/sessions", tag = "account",
    responses((status = 200, body = SignedInSessions), Refusals), security(("session" = []))
)]
pub async fn list_sessions(
    State(app): State<App>,
    member: Member<OwnAccount>,
) -> ApiResult<Json<SignedInSessions>> {
    let this = this_session(&member)?;
    let sessions = sessions::list(&app.core, member.me.user_id, this).await?;
    Ok(Json(SignedInSessions { sessions }))
}

/// Ends one session of the user; its sockets close.
#[utoipa::path(
    delete, path = "/api/v1/me/sessions/{id}", tag = "account", params(("id" = SessionId, Path)),
    responses((status = 204), Refusals), security(("session" = []))
)]
pub async fn end_session(
    State(app): State<App>,
    member: Member<OwnAccount>,
    Path(id): Path<SessionId>,
) -> ApiResult<StatusCode> {
    sessions::end_one(&app.core, &member.actor, member.me.user_id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all sessions of the user except this one; their sockets close.
#[utoipa::path(
    delete, path = "/api/v1/me/sessions", tag = "account",
    responses((status = 204), Refusals), security(("session" = []))
)]
pub async fn end_other_sessions(
    State(app): State<App>,
    member: Member<OwnAccount>,
) -> ApiResult<StatusCode> {
    let kept = this_session(&member)?;
    sessions::end_all_others(&app.core, &member.actor, member.me.user_id, kept).await?;
    Ok(StatusCode::NO_CONTENT)
}
