//! `/api/v1/conversations`: the list of conversations, and what agents do with one.

pub mod canned_responses;
pub mod messages;
pub mod notes;
pub mod notifications;
pub mod poll;
pub mod socket;

use axum::Json;
use axum::extract::State;
use deskbell_base::client_address::ClientAddress;
use deskbell_base::scope::Scope;
use deskbell_domain::conversations::{self, assignment, attributes, inbox, snoozing};
use deskbell_protocol::api::conversations::{
    Assign, Conversations, ListConversations, SetPriority, UpdateConversation,
};
use deskbell_protocol::{Assignment, Conversation, ConversationId, ErrorBody, Snooze};
use deskbell_store::WorkspaceScope;

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::{ReadConversations, WriteConversations};
use crate::client_address::FromAddress;
use crate::error::ApiResult;
use crate::extract::{Body, Path, Query};
use crate::openapi::refusals::Refusals;

/// Lists the conversations of the workspace, in pages.
#[utoipa::path(
    get, path = "/api/v1/conversations", tag = "conversations", params(ListConversations),
    responses((status = 200, body = Conversations), Refusals),
    security(("session" = []), ("bearer" = ["conversations:read"]))
)]
pub async fn list(
    State(app): State<App>,
    agent: Member<ReadConversations>,
    Query(query): Query<ListConversations>,
) -> ApiResult<Json<Conversations>> {
    Ok(Json(inbox::list(&app.core, &agent.scope, query).await?))
}

/// Gets a conversation, without its messages.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}", tag = "conversations", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Conversation), Refusals),
    security(("session" = []), ("bearer" = ["conversations:read"]))
)]
pub async fn get(
    State(app): State<App>,
    agent: Member<ReadConversations>,
    Path(id): Path<ConversationId>,
) -> ApiResult<Json<Conversation>> {
    let scope = Scope::Agent(agent.scope);
    Ok(Json(conversations::access(&app.core, &scope, id).await?))
}

/// Changes attributes of a conversation.
#[utoipa::path(
    patch, path = "/api/v1/conversations/{id}", tag = "conversations", params(("id" = ConversationId, Path)), request_body = UpdateConversation,
    responses((status = 200, body = Conversation), (status = 409, body = ErrorBody, description = "It is closed"), Refusals),
    security(("session" = []), ("bearer" = ["conversations:write"]))
)]
pub async fn update(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    agent: Member<WriteConversations>,
    Path(id): Path<ConversationId>,
    Body(body): Body<UpdateConversation>,
) -> ApiResult<Json<Conversation>> {
    let agent = counted(&app, agent, from)?;
    Ok(Json(attributes::update(&app.core, &agent, id, body).await?))
}

/// Sets the priority of a conversation.
#[utoipa::path(
    put, path = "/api/v1/conversations/{id}/priority", tag = "conversations", params(("id" = ConversationId, Path)), request_body = SetPriority,
    responses((status = 200, body = Conversation), (status = 409, body = ErrorBody, description = "It is closed"), Refusals),
    security(("session" = []), ("bearer" = ["conversations:write"]))
)]
pub async fn set_priority(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    agent: Member<WriteConversations>,
    Path(id): Path<ConversationId>,
    Body(body): Body<SetPriority>,
) -> ApiResult<Json<Conversation>> {
    let agent = counted(&app, agent, from)?;
    let changes = UpdateConversation {
        priority: Some(body.priority),
        subject: None,
    };
    Ok(Json(
        attributes::update(&app.core, &agent, id, changes).await?,
    ))
}

/// Claims a waiting conversation.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/claim", tag = "conversations", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Conversation), (status = 409, body = ErrorBody, description = "Another agent has claimed it, who is the `winner`; or it is closed"), Refusals),
    security(("session" = []), ("bearer" = ["conversations:write"]))
)]
pub async fn claim(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    agent: Member<WriteConversations>,
    Path(id): Path<ConversationId>,
) -> ApiResult<Json<Conversation>> {
    let agent = counted(&app, agent, from)?;
    Ok(Json(assignment::claim(&app.core, &agent, id).await?))
}

/// Assigns a conversation to an agent, or returns it to the queue.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/assign", tag = "conversations", params(("id" = ConversationId, Path)), request_body = Assign,
    responses((status = 200, body = Conversation), (status = 409, body = ErrorBody, description = "It is assigned to someone else by now, who is the `winner`; or it is resolved or closed"), Refusals),
    security(("session" = []), ("bearer" = ["conversations:write"]))
)]
pub async fn assign(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    agent: Member<WriteConversations>,
    Path(id): Path<ConversationId>,
    Body(body): Body<Assign>,
) -> ApiResult<Json<Conversation>> {
    let agent = counted(&app, agent, from)?;
    let assigned = assignment::assign(&app.core, &agent, id, body.to, body.from).await?;
    Ok(Json(assigned))
}

/// Returns a conversation to the queue.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/release", tag = "conversations", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Conversation), (status = 409, body = ErrorBody, description = "It is resolved or closed"), Refusals),
    security(("session" = []), ("bearer" = ["conversations:write"]))
)]
pub async fn release(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    agent: Member<WriteConversations>,
    Path(id): Path<ConversationId>,
) -> ApiResult<Json<Conversation>> {
    let agent = counted(&app, agent, from)?;
    let to = Assignment::Queue;
    Ok(Json(
        assignment::assign(&app.core, &agent, id, to, None).await?,
    ))
}

/// Snoozes an active conversation until a time, or until the visitor writes.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/snooze", tag = "conversations", params(("id" = ConversationId, Path)), request_body = Snooze,
    responses((status = 200, body = Conversation), (status = 409, body = ErrorBody, description = "It is not active"), Refusals),
    security(("session" = []), ("bearer" = ["conversations:write"]))
)]
pub async fn snooze(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    agent: Member<WriteConversations>,
    Path(id): Path<ConversationId>,
    Body(body): Body<Snooze>,
) -> ApiResult<Json<Conversation>> {
    let agent = counted(&app, agent, from)?;
    let snoozed = snoozing::snooze(&app.core, &agent, id, Some(body)).await?;
    Ok(Json(snoozed))
}

/// Ends the snooze of a conversation.
#[utoipa::path(
    delete, path = "/api/v1/conversations/{id}/snooze", tag = "conversations", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Conversation), (status = 409, body = ErrorBody, description = "It is closed"), Refusals),
    security(("session" = []), ("bearer" = ["conversations:write"]))
)]
pub async fn end_snooze(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    agent: Member<WriteConversations>,
    Path(id): Path<ConversationId>,
) -> ApiResult<Json<Conversation>> {
    let agent = counted(&app, agent, from)?;
    Ok(Json(snoozing::snooze(&app.core, &agent, id, None).await?))
}

/// Resolves a conversation.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/resolve", tag = "conversations", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Conversation), (status = 409, body = ErrorBody, description = "It is closed"), Refusals),
    security(("session" = []), ("bearer" = ["conversations:write"]))
)]
pub async fn resolve(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    agent: Member<WriteConversations>,
    Path(id): Path<ConversationId>,
) -> ApiResult<Json<Conversation>> {
    let agent = counted(&app, agent, from)?;
    Ok(Json(conversations::resolve(&app.core, &agent, id).await?))
}

/// Reopens a resolved conversation and assigns it to the caller; shortly after the caller has resolved it,
/// restores its previous state.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/reopen", tag = "conversations", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Conversation), (status = 409, body = ErrorBody, description = "It is waiting or closed"), Refusals),
    security(("session" = []), ("bearer" = ["conversations:write"]))
)]
pub async fn reopen(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    agent: Member<WriteConversations>,
    Path(id): Path<ConversationId>,
) -> ApiResult<Json<Conversation>> {
    let agent = counted(&app, agent, from)?;
    Ok(Json(conversations::reopen(&app.core, &agent, id).await?))
}

/// Closes a conversation for good.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/close", tag = "conversations", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Conversation), Refusals),
    security(("session" = []), ("bearer" = ["conversations:write"]))
)]
pub async fn close(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    agent: Member<WriteConversations>,
    Path(id): Path<ConversationId>,
) -> ApiResult<Json<Conversation>> {
    let agent = counted(&app, agent, from)?;
    Ok(Json(conversations::close(&app.core, &agent, id).await?))
}

/// Counts a change as the same command on the socket is counted.
fn counted(
    app: &App,
    agent: Member<WriteConversations>,
    from: ClientAddress,
) -> ApiResult<WorkspaceScope> {
    let scope = Scope::Agent(agent.scope.clone());
    app.core.limits.read(&scope, from)?;
    Ok(agent.scope)
}
