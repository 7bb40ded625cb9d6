//! `/api/v1/conversations/{id}/notes`: the notes of a conversation, for programs that do not use the
//! socket.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use deskbell_base::clock;
use deskbell_base::scope::Scope;
use deskbell_domain::conversations::notes;
use deskbell_protocol::api::conversations::{ListNotes, Notes, WriteNote};
use deskbell_protocol::{ClientMessageId, ConversationId, ErrorBody, Note};

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::{ReadConversations, WriteConversations};
use crate::client_address::FromAddress;
use crate::error::ApiResult;
use crate::extract::idempotency_key::IdempotencyKey;
use crate::extract::{Body, Path, Query};
use crate::openapi::refusals::Refusals;

/// Lists notes in the order in which they were written.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/notes", tag = "conversations", params(("id" = ConversationId, Path), ListNotes),
    responses((status = 200, body = Notes), Refusals),
    security(("session" = []), ("bearer" = ["conversations:read"]))
)]
pub async fn list(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    agent: Member<ReadConversations>,
    Path(id): Path<ConversationId>,
    Query(query): Query<ListNotes>,
) -> ApiResult<Json<Notes>> {
    let scope = Scope::Agent(agent.scope.clone());
    app.core.limits.read(&scope, from)?;
    let page = notes::read_after(&app.core, &agent.scope, id, query.after_seq).await?;
    Ok(Json(Notes {
        notes: page.notes,
        more: page.more,
    }))
}

/// Writes a note, which no visitor sees.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/notes", tag = "conversations", request_body = WriteNote,
    params(("id" = ConversationId, Path), ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 ASCII characters: a request with the same key adds nothing and gets the same answer")),
    responses((status = 201, body = Note), (status = 409, body = ErrorBody, description = "The conversation is closed, or another note has this client_id"), Refusals),
    security(("session" = []), ("bearer" = ["conversations:write"]))
)]
pub async fn write(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    agent: Member<WriteConversations>,
    Path(id): Path<ConversationId>,
    key: IdempotencyKey,
    Body(body): Body<WriteNote>,
) -> ApiResult<(StatusCode, Json<Note>)> {
    let client_id = key
        .message_id(agent.scope.user.id, id)
        .or(body.client_id)
        .unwrap_or_else(|| ClientMessageId::from_parts(clock::now(), clock::random()));
    let scope = Scope::Agent(agent.scope.clone());
    app.core.limits.send(&scope, from)?;
    let draft = notes::Draft {
        client_id,
        text: body.text,
        mentions: body.mentions,
    };
    let note = notes::write(&app.core, &agent.scope, id, draft).await?;
    Ok((StatusCode::CREATED, Json(note)))
}
