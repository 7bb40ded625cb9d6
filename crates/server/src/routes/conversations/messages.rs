//! `/api/v1/conversations/{id}/messages`: the messages of a conversation, for programs that do not use
//! the socket.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use deskbell_base::clock;
use deskbell_base::error::AppError;
use deskbell_base::scope::Scope;
use deskbell_domain::conversations;
use deskbell_domain::conversations::writing::OutgoingMessage;
use deskbell_protocol::api::conversations::{ListMessages, Messages, SavedMessage, SendMessage};
use deskbell_protocol::{ClientMessageId, ConversationId, ErrorBody};

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::{ReadConversations, WriteConversations};
use crate::client_address::FromAddress;
use crate::error::ApiResult;
use crate::extract::idempotency_key::IdempotencyKey;
use crate::extract::{Body, Path, Query};
use crate::openapi::refusals::Refusals;

/// Lists messages: the newest page, older ones, or newer ones.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/messages", tag = "conversations", params(("id" = ConversationId, Path), ListMessages),
    responses((status = 200, body = Messages), Refusals),
    security(("session" = []), ("bearer" = ["conversations:read"]))
)]
pub async fn list(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    agent: Member<ReadConversations>,
    Path(id): Path<ConversationId>,
    Query(query): Query<ListMessages>,
) -> ApiResult<Json<Messages>> {
    let scope = Scope::Agent(agent.scope);
    app.core.limits.read(&scope, from)?;
    if query.before_seq.is_some() && query.after_seq.is_some() {
        let advice = "Use before_seq or after_seq, not both.";
        return Err(AppError::invalid("after_seq", advice).into());
    }
    let page = match query.before_seq {
        Some(before) => conversations::read_before(&app.core, &scope, id, before).await?,
        None => {
            let page = conversations::read_from(&app.core, &scope, id, query.after_seq).await?;
            (page.messages, page.more)
        }
    };
    let (messages, more) = page;
    Ok(Json(Messages { messages, more }))
}

/// Sends a message.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/messages", tag = "conversations", request_body = SendMessage,
    params(("id" = ConversationId, Path), ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 ASCII characters: a request with the same key adds nothing and gets the same answer")),
    responses((status = 201, body = SavedMessage), (status = 409, body = ErrorBody, description = "It is assigned to someone else, who is the `winner`, or closed"), Refusals),
    security(("session" = []), ("bearer" = ["conversations:write"]))
)]
pub async fn send(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    agent: Member<WriteConversations>,
    Path(id): Path<ConversationId>,
    key: IdempotencyKey,
    Body(body): Body<SendMessage>,
) -> ApiResult<(StatusCode, Json<SavedMessage>)> {
    let client_id = key
        .message_id(agent.scope.user.id, id)
        .or(body.client_id)
        .unwrap_or_else(|| ClientMessageId::from_parts(clock::now(), clock::random()));
    let scope = Scope::Agent(agent.scope);
    app.core.limits.send(&scope, from)?;
    let message = OutgoingMessage {
        conversation_id: id,
        client_id,
        text: body.text,
        assignee: body.assignee,
    };
    let saved = app.realtime.messages.send(&scope, message).await?;
    let saved = saved.message().await?;
    let saved = SavedMessage {
        id: saved.id,
        client_id,
        seq: saved.seq,
        created_at: saved.created_at,
    };
    Ok((StatusCode::CREATED, Json(saved)))
}
