//! `/api/v1/auth/*` with links in mails: verified addresses and forgotten passwords.

use axum::extract::State;
use axum::http::StatusCode;
use deskbell_domain::identity::{accounts, emails, passwords};
use deskbell_protocol::ErrorBody;
use deskbell_protocol::api::identity::auth::{ForgotPassword, ResetPassword, SignIn, TokenBody};

use crate::app::App;
use crate::auth::client_info::Client;
use crate::client_address::FromAddress;
use crate::error::ApiResult;
use crate::extract::Body;
use crate::openapi::refusals::Refusals;

/// Verifies the address of an account with the token of a link; the user can sign in from now on.
#[utoipa::path(
    post, path = "/api/v1/auth/verify-email", tag = "auth", request_body = TokenBody,
    responses((status = 204), (status = 410, body = ErrorBody, description = "The link was used or taken back, has expired, or was never one of ours"), Refusals), security(())
)]
pub async fn verify_email(
    State(app): State<App>,
    Client(origin): Client,
    Body(body): Body<TokenBody>,
) -> ApiResult<StatusCode> {
    emails::verify(&app.core, &body.token, origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends another verification link to a registered user who knows the password.
#[utoipa::path(
    post, path = "/api/v1/auth/send-verification", tag = "auth", request_body = SignIn,
    responses((status = 202), (status = 401, body = ErrorBody, description = "The e-mail or the password is wrong"), (status = 409, body = ErrorBody, description = "The e-mail is already confirmed"), Refusals), security(())
)]
pub async fn send_verification(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    Client(origin): Client,
    Body(body): Body<SignIn>,
) -> ApiResult<StatusCode> {
    accounts::resend_verification(&app.core, body, from, &origin).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Sends a reset link to the address. The answer is the same if it has no account.
#[utoipa::path(
    post, path = "/api/v1/auth/forgot-password", tag = "auth", request_body = ForgotPassword,
    responses((status = 202), Refusals), security(())
)]
pub async fn forgot_password(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    Body(body): Body<ForgotPassword>,
) -> ApiResult<StatusCode> {
    passwords::send_reset_link(&app.core, &body.email, from).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Sets a new password and ends every session.
#[utoipa::path(
    post, path = "/api/v1/auth/reset-password", tag = "auth", request_body = ResetPassword,
    responses((status = 204), (status = 410, body = ErrorBody, description = "The link was used or taken back, has expired, or was never one of ours"), Refusals), security(())
)]
pub async fn reset_password(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    Client(origin): Client,
    Body(body): Body<ResetPassword>,
) -> ApiResult<StatusCode> {
    passwords::reset(&app.core, body, from, origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Verifies the new address of an account with the token of a link, and changes it.
#[utoipa::path(
    post, path = "/api/v1/auth/confirm-email", tag = "auth", request_body = TokenBody,
    responses((status = 204), (status = 410, body = ErrorBody, description = "The link was used or taken back, has expired, or was never one of ours"), Refusals), security(())
)]
pub async fn confirm_email(
    State(app): State<App>,
    Client(origin): Client,
    Body(body): Body<TokenBody>,
) -> ApiResult<StatusCode> {
    emails::confirm(&app.core, &body.token, origin).await?;
    Ok(StatusCode::NO_CONTENT)
}
