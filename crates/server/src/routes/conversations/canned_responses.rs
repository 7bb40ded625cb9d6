//! `/api/v1/canned-responses`: texts that agents insert into replies.

use axum::Json;
use axum::body::{Body as HttpBody, Bytes};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use deskbell_base::error::AppError;
use deskbell_domain::conversations::canned_responses;
use deskbell_protocol::api::conversations::canned_responses::{
    CannedResponse, CannedResponses, CreateCannedResponse, FilledResponse, ImportCannedResponses,
    ImportedResponses, ListCannedResponses, SetCannedResponse, UseCannedResponse,
};
use deskbell_protocol::{CannedResponseId, ErrorBody, ErrorCode};
use futures_util::StreamExt;

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::{ReadCannedResponses, ReadConversations, WriteCannedResponses};
use crate::error::ApiResult;
use crate::extract::{Body, Path, Query};
use crate::openapi::refusals::Refusals;

/// Lists your own canned responses and those of your teams and of the workspace, in pages, by their shortcuts.
#[utoipa::path(
    get, path = "/api/v1/canned-responses", tag = "conversations", params(ListCannedResponses),
    responses((status = 200, body = CannedResponses), Refusals),
    security(("session" = []), ("bearer" = ["canned_responses:read"]))
)]
pub async fn list(
    State(app): State<App>,
    agent: Member<ReadCannedResponses>,
    Query(query): Query<ListCannedResponses>,
) -> ApiResult<Json<CannedResponses>> {
    let found = canned_responses::list(&app.core, &agent.scope, query).await?;
    Ok(Json(found))
}

/// Creates a canned response: your own, or as an administrator one of a team or of the workspace.
#[utoipa::path(
    post, path = "/api/v1/canned-responses", tag = "conversations", request_body = CreateCannedResponse,
    responses((status = 201, body = CannedResponse), (status = 404, body = ErrorBody, description = "There is no such team"), (status = 409, body = ErrorBody, description = "The shortcut is used in this scope"), Refusals),
    security(("session" = []), ("bearer" = ["canned_responses:write"]))
)]
pub async fn create(
    State(app): State<App>,
    agent: Member<WriteCannedResponses>,
    Body(body): Body<CreateCannedResponse>,
) -> ApiResult<(StatusCode, Json<CannedResponse>)> {
    let made = canned_responses::create(&app.core, &agent.scope, &agent.actor, body).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Gets a canned response.
#[utoipa::path(
    get, path = "/api/v1/canned-responses/{id}", tag = "conversations", params(("id" = CannedResponseId, Path)),
    responses((status = 200, body = CannedResponse), Refusals),
    security(("session" = []), ("bearer" = ["canned_responses:read"]))
)]
pub async fn get(
    State(app): State<App>,
    agent: Member<ReadCannedResponses>,
    Path(id): Path<CannedResponseId>,
) -> ApiResult<Json<CannedResponse>> {
    let found = canned_responses::get(&app.core, &agent.scope, id).await?;
    Ok(Json(found))
}

/// Changes the given fields of a canned response.
#[utoipa::path(
    patch, path = "/api/v1/canned-responses/{id}", tag = "conversations", params(("id" = CannedResponseId, Path)),
    request_body = SetCannedResponse,
    responses((status = 200, body = CannedResponse), (status = 409, body = ErrorBody, description = "The shortcut is used in this scope"), Refusals),
    security(("session" = []), ("bearer" = ["canned_responses:write"]))
)]
pub async fn set(
    State(app): State<App>,
    agent: Member<WriteCannedResponses>,
    Path(id): Path<CannedResponseId>,
    Body(body): Body<SetCannedResponse>,
) -> ApiResult<Json<CannedResponse>> {
    let set = canned_responses::set(&app.core, &agent.scope, &agent.actor, id, body).await?;
    Ok(Json(set))
}

/// Deletes a canned response.
#[utoipa::path(
    delete, path = "/api/v1/canned-responses/{id}", tag = "conversations", params(("id" = CannedResponseId, Path)),
    responses((status = 204), Refusals),
    security(("session" = []), ("bearer" = ["canned_responses:write"]))
)]
pub async fn delete(
    State(app): State<App>,
    agent: Member<WriteCannedResponses>,
    Path(id): Path<CannedResponseId>,
) -> ApiResult<StatusCode> {
    canned_responses::delete(&app.core, &agent.scope, &agent.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Fills the variables of a canned response for a conversation, and counts the use.
#[utoipa::path(
    post, path = "/api/v1/canned-responses/{id}/use", tag = "conversations", params(("id" = CannedResponseId, Path)),
    request_body = UseCannedResponse,
    responses((status = 200, body = FilledResponse), Refusals),
    security(("session" = []), ("bearer" = ["canned_responses:read", "conversations:read"]))
)]
pub async fn fill(
    State(app): State<App>,
    agent: Member<ReadCannedResponses>,
    // The values come from the conversation.
    _: Member<ReadConversations>,
    Path(id): Path<CannedResponseId>,
    Body(body): Body<UseCannedResponse>,
) -> ApiResult<Json<FilledResponse>> {
    let conversation = body.conversation_id;
    let filled = canned_responses::fill(&app.core, &agent.scope, id, conversation).await?;
    Ok(Json(filled))
}

/// Exports the canned responses that you see as a CSV file, which can be imported again. An apostrophe
/// precedes cells that spreadsheets would evaluate, and those that begin with one; the import removes it.
#[utoipa::path(
    get, path = "/api/v1/canned-responses/export", tag = "conversations",
    params(
        ("scope" = Option<String>, Query, description = "Only those of this scope: `own`, `team` or `workspace`."),
        ("category" = Option<String>, Query, description = "Only those of this category."),
    ),
    responses((status = 200, description = "The file", content((String = "text/csv"))), Refusals),
    security(("session" = []), ("bearer" = ["canned_responses:read"]))
)]
pub async fn export(
    State(app): State<App>,
    agent: Member<ReadCannedResponses>,
    Query(query): Query<ListCannedResponses>,
) -> ApiResult<Response> {
    let pages = canned_responses::export(&app.core, &agent.scope, query).await?;
    let pages = pages.map(|page| {
        page.map_err(|error| {
            error.log();
            std::io::Error::other(error.body.message)
        })
    });
    let name = "attachment; filename=\"canned-responses.csv\"";
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, name),
    ];
    Ok((headers, HttpBody::from_stream(pages)).into_response())
}

/// Imports canned responses: all rows of the file, or none if one has an error. A row whose shortcut exists
/// in its scope changes that response.
#[utoipa::path(
    post, path = "/api/v1/canned-responses/import", tag = "conversations", params(ImportCannedResponses),
    request_body(content = String, content_type = "text/csv", description = "At most 2 MB in UTF-8. The first line names the columns: `shortcut`, `content`, and if wanted `title`, `category`, `scope` (`own` if empty) and `team` (its name)"),
    responses((status = 200, body = ImportedResponses), Refusals),
    security(("session" = []), ("bearer" = ["canned_responses:write"]))
)]
pub async fn import(
    State(app): State<App>,
    agent: Member<WriteCannedResponses>,
    Query(query): Query<ImportCannedResponses>,
    file: Result<Bytes, BytesRejection>,
) -> ApiResult<Json<ImportedResponses>> {
    let file = file.map_err(|_| {
        let message = "This file is larger than 2 MB. Split it into several files.";
        AppError::new(ErrorCode::TooLarge, message)
    })?;
    let (scope, actor) = (&agent.scope, &agent.actor);
    let done = canned_responses::import(&app.core, scope, actor, &file, query.dry_run).await?;
    Ok(Json(done))
}
