//! Pictures of users: `/api/v1/me/avatar` and `/avatars/{id}`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use deskbell_base::error::AppError;
use deskbell_domain::identity::avatars;
use deskbell_protocol::ErrorCode;
use deskbell_protocol::api::identity::account::Avatar;

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::OwnAccount;
use crate::error::ApiResult;
use crate::extract::Path;
use crate::openapi::refusals::Refusals;

/// Sets the user's picture: the body is a PNG, JPEG or WebP.
#[utoipa::path(
    put, path = "/api/v1/me/avatar", tag = "account",
    request_body(content_type = "application/octet-stream", description = "At most 256 KB and 2048 pixels each way"),
    responses((status = 200, body = Avatar), Refusals), security(("session" = []))
)]
pub async fn set(
    State(app): State<App>,
    member: Member<OwnAccount>,
    content: Result<Bytes, BytesRejection>,
) -> ApiResult<Json<Avatar>> {
    let content = content.map_err(|_| {
        AppError::new(
            ErrorCode::TooLarge,
            "This picture is larger than 256 KB. Choose a smaller one.",
        )
    })?;
    let avatar_url =
        avatars::set(&app.core, &member.actor, member.me.user_id, content.into()).await?;
    Ok(Json(Avatar { avatar_url }))
}

/// Deletes the user's picture.
#[utoipa::path(
    delete, path = "/api/v1/me/avatar", tag = "account",
    responses((status = 204), Refusals), security(("session" = []))
)]
pub async fn delete(State(app): State<App>, member: Member<OwnAccount>) -> ApiResult<StatusCode> {
    avatars::delete(&app.core, &member.actor, member.me.user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Serves a picture. Its URL is known to everyone who may see the person, and never changes its
/// content.
pub async fn get(State(app): State<App>, Path(id): Path<String>) -> ApiResult<Response> {
    let avatar = avatars::get(&app.core, &id).await?;
    let headers = [
        (CONTENT_TYPE, avatar.media_type),
        (
            CACHE_CONTROL,
            "private, max-age=31536000, immutable".to_owned(),
        ),
    ];
    Ok((headers, avatar.content).into_response())
}
