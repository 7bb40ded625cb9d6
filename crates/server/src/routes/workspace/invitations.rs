//! Routes of invitations: `/api/v1/invitations`, and the two under `/api/v1/auth` for the invited
//! person.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum_extra::extract::CookieJar;
use deskbell_domain::workspace::invitations;
use deskbell_protocol::ErrorBody;
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::api::workspace::invitations::{
    AcceptInvitation, CreateInvitation, FindInvitation, Invitation, InvitationView, Invitations,
};
use deskbell_protocol::{ErrorCode, InvitationId};

use crate::app::App;
use crate::auth::client_info::Client;
use crate::auth::member::Member;
use crate::auth::permission::{ManageMembers, OwnAccount};
use crate::auth::same_origin::is_same_origin;
use crate::client_address::FromAddress;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Body, Path};
use crate::openapi::refusals::Refusals;
use crate::routes::identity::auth::{known_device, set_access_cookie, set_cookies};

/// Lists the invitations, the newest first.
#[utoipa::path(
    get, path = "/api/v1/invitations", tag = "members",
    responses((status = 200, body = Invitations), Refusals),
    security(("session" = []), ("bearer" = ["members:write"]))
)]
pub async fn list(
    State(app): State<App>,
    admin: Member<ManageMembers>,
) -> ApiResult<Json<Invitations>> {
    Ok(Json(invitations::list(&app.core, &admin.scope).await?))
}

/// Creates an invitation, by e-mail or with a link to share.
#[utoipa::path(
    post, path = "/api/v1/invitations", tag = "members", request_body = CreateInvitation,
    responses((status = 201, body = Invitation), (status = 409, body = ErrorBody, description = "The address belongs to a member or has an open invitation; `fields.email` says which"), Refusals),
    security(("session" = []), ("bearer" = ["members:write"]))
)]
pub async fn create(
    State(app): State<App>,
    admin: Member<ManageMembers>,
    Body(body): Body<CreateInvitation>,
) -> ApiResult<(StatusCode, Json<Invitation>)> {
    let made = invitations::create(&app.core, &admin.scope, &admin.actor, body).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Replaces the link by a new one for another 7 days.
#[utoipa::path(
    post, path = "/api/v1/invitations/{id}/resend", tag = "members",
    params(("id" = InvitationId, Path)),
    responses((status = 200, body = Invitation), (status = 409, body = ErrorBody, description = "The address belongs to a member or has an open invitation; `fields.email` says which"), (status = 410, body = ErrorBody, description = "It was accepted or revoked"), Refusals),
    security(("session" = []), ("bearer" = ["members:write"]))
)]
pub async fn resend(
    State(app): State<App>,
    admin: Member<ManageMembers>,
    Path(id): Path<InvitationId>,
) -> ApiResult<Json<Invitation>> {
    let made = invitations::resend(&app.core, &admin.scope, &admin.actor, id).await?;
    Ok(Json(made))
}

/// Revokes an invitation.
#[utoipa::path(
    delete, path = "/api/v1/invitations/{id}", tag = "members",
    params(("id" = InvitationId, Path)),
    responses((status = 204), (status = 410, body = ErrorBody, description = "It was accepted or revoked"), Refusals),
    security(("session" = []), ("bearer" = ["members:write"]))
)]
pub async fn revoke(
    State(app): State<App>,
    admin: Member<ManageMembers>,
    Path(id): Path<InvitationId>,
) -> ApiResult<StatusCode> {
    invitations::revoke(&app.core, &admin.scope, &admin.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Describes the invitation of a link.
#[utoipa::path(
    post, path = "/api/v1/auth/invitation", tag = "auth", request_body = FindInvitation,
    responses((status = 200, body = InvitationView), (status = 410, body = ErrorBody, description = "The link was used or revoked, has expired, or is unknown"), Refusals), security(())
)]
pub async fn find(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    Body(body): Body<FindInvitation>,
) -> ApiResult<Json<InvitationView>> {
    app.core.limits.credential_attempt(from)?;
    Ok(Json(invitations::find(&app.core, &body.token).await?))
}

/// Joins a workspace: with the account that is signed in, with the one whose password is given, or
/// with a new one. Sets two cookies. With a link that was sent to an address by e-mail, an account
/// whose address was never confirmed is replaced by the new one.
#[utoipa::path(
    post, path = "/api/v1/auth/accept-invitation", tag = "auth", request_body = AcceptInvitation,
    responses((status = 200, body = Me), (status = 409, body = ErrorBody, description = "The user is already a member"), (status = 410, body = ErrorBody, description = "The link was used or revoked, has expired, or is unknown"), Refusals), security((), ("session" = []))
)]
pub async fn accept(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    Client(origin): Client,
    headers: HeaderMap,
    jar: CookieJar,
    member: Result<Member<OwnAccount>, ApiError>,
    Body(body): Body<AcceptInvitation>,
) -> ApiResult<(CookieJar, Json<Me>)> {
    if !is_same_origin(&app.config, &headers) {
        return Err(ApiError::new(
            ErrorCode::Forbidden,
            "Accept the invitation on Deskbell's own page.",
        ));
    }
    if body.password.is_some() || body.name.is_some() {
        let device = known_device(&app, &headers);
        let signed_in =
            invitations::accept_with_password(&app.core, body, from, device, &origin).await?;
        let jar = set_cookies(&app, jar, &signed_in.me, signed_in.pair);
        return Ok((jar, Json(signed_in.me)));
    }
    app.core.limits.credential_attempt(from)?;
    let member = member?;
    let switched = invitations::accept(&app.core, &member.me, &member.actor, &body.token).await?;
    Ok(set_access_cookie(&app, jar, switched))
}
