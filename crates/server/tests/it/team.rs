//! Requests about the team of a workspace, shared by the tests: members, invitations and switching.

use anyhow::{Context, Result};
use deskbell_protocol::api::workspace::invitations::Invitation;
use deskbell_protocol::api::workspace::members::{Member, Members};
use deskbell_protocol::{InvitationId, UserId, WorkspaceId};
use deskbell_testkit::server::{PASSWORD, email};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::North;
use crate::api::{fetch, request_as};

pub(crate) async fn members(north: &North) -> Result<Vec<Member>> {
    let all: Members = fetch(
        &north.server,
        Method::GET,
        "/api/v1/members",
        &north.ada_token,
    )
    .await?;
    Ok(all.members)
}

pub(crate) async fn id_of(north: &North, name: &str) -> Result<UserId> {
    let members = members(north).await?;
    let member = members.iter().find(|member| member.name == name);
    Ok(member.context("a member")?.user_id)
}

pub(crate) async fn set_role(
    north: &North,
    by: &str,
    user: UserId,
    role: &str,
) -> Result<Response> {
    let path = format!("/api/v1/members/{user}");
    request_as(
        &north.server,
        Method::PATCH,
        &path,
        by,
        Some(json!({ "role": role })),
    )
    .await
}

pub(crate) async fn remove(north: &North, by: &str, user: UserId, query: &str) -> Result<Response> {
    let path = format!("/api/v1/members/{user}{query}");
    request_as(&north.server, Method::DELETE, &path, by, None).await
}

pub(crate) async fn invite(north: &North, by: &str, body: Value) -> Result<Response> {
    request_as(
        &north.server,
        Method::POST,
        "/api/v1/invitations",
        by,
        Some(body),
    )
    .await
}

/// An invitation by Ada, and the token of its link.
pub(crate) async fn invited(north: &North, body: Value) -> Result<(Invitation, String)> {
    let response = invite(north, &north.ada_token, body).await?;
    assert_eq!(response.status(), 201, "{}", response.text().await?);
    let invitation: Invitation = response.json().await?;
    let token = token_of(&invitation)?;
    Ok((invitation, token))
}

pub(crate) async fn resend(north: &North, by: &str, id: InvitationId) -> Result<Response> {
    let path = format!("/api/v1/invitations/{id}/resend");
    request_as(&north.server, Method::POST, &path, by, None).await
}

pub(crate) async fn revoke(north: &North, by: &str, id: InvitationId) -> Result<Response> {
    let path = format!("/api/v1/invitations/{id}");
    request_as(&north.server, Method::DELETE, &path, by, None).await
}

pub(crate) fn token_of(invitation: &Invitation) -> Result<String> {
    let link = invitation.link.as_deref().context("a link")?;
    let (_, token) = link.split_once("/app/invitation#").context("behind #")?;
    Ok(token.to_owned())
}

pub(crate) async fn accept(north: &North, body: Value) -> Result<Response> {
    north
        .server
        .post("/api/v1/auth/accept-invitation", body)
        .await
}

pub(crate) async fn accept_as(north: &North, by: &str, token: &str) -> Result<Response> {
    let path = "/api/v1/auth/accept-invitation";
    request_as(
        &north.server,
        Method::POST,
        path,
        by,
        Some(json!({ "token": token })),
    )
    .await
}

pub(crate) fn nora(token: &str) -> Value {
    json!({ "token": token, "name": "Nora", "email": email("Nora"), "password": PASSWORD })
}

pub(crate) async fn switch(north: &North, by: &str, to: WorkspaceId) -> Result<Response> {
    let body = json!({ "workspace_id": to });
    request_as(
        &north.server,
        Method::POST,
        "/api/v1/auth/switch-workspace",
        by,
        Some(body),
    )
    .await
}
