//! Absent agents: the notice to their visitors, and the return of their conversations to the queue.

use anyhow::{Context, Result};
use deskbell_protocol::api::workspace::Workspace;
use deskbell_protocol::api::workspace::members::Members;
use deskbell_protocol::{Body, Command, Conversation, ConversationId, Event, Status};
use deskbell_testkit::people::Person;
use deskbell_testkit::server::{Database, TestServer};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::{North, on_both};

on_both!(
    a_visitor_learns_whether_the_assigned_agent_can_be_reached,
    a_reopened_conversation_of_an_absent_agent_waits_for_all_agents,
    a_reopened_conversation_of_a_removed_member_waits_for_all_agents,
    a_conversation_of_an_absent_agent_returns_to_the_queue_once,
    an_away_agent_who_writes_stays_assigned,
    the_return_time_is_a_setting_of_the_workspace,
);

async fn request(server: &TestServer, method: Method, path: &str, by: &str) -> Result<Response> {
    let request = server.request(method, path);
    Ok(request.bearer_auth(by).send().await?)
}

async fn set(north: &North, body: Value) -> Result<Response> {
    let request = north.server.request(Method::PATCH, "/api/v1/workspace");
    let request = request.bearer_auth(&north.ada_token).json(&body);
    Ok(request.send().await?)
}

/// Runs a statement in the server's database.
async fn execute(server: &TestServer, statement: &str) -> Result<()> {
    let store = server.store().await?;
    let mut tx = store.begin(0).await?;
    tx.execute(statement).await?;
    tx.commit().await?;
    store.close().await;
    Ok(())
}

/// Ada has been unreachable for years, and so are the messages.
pub(crate) async fn long_ago(server: &TestServer) -> Result<()> {
    execute(server, "UPDATE messages SET created_at = 1").await?;
    execute(server, "UPDATE memberships SET reachable_at = 0").await
}

/// Vera, who follows her conversation, which is assigned to Ada.
async fn talking(north: &North, ada: &mut Person) -> Result<(Person, ConversationId)> {
    let mut vera = north.visitor().await?;
    let id = vera.start("Hello?").await?.id;
    ada.send_message(id, "Hi, I am Ada.").await?;
    vera.follow(id, None).await?;
    // Ada may have connected just before.
    while !next_assignee(&mut vera).await? {}
    Ok((vera, id))
}

/// The next event about whether the agent can be reached.
async fn next_assignee(visitor: &mut Person) -> Result<bool> {
    loop {
        let news = visitor.socket.next_event().await?;
        if let Event::Assignee { online, .. } = news.context("the connection is open")? {
            return Ok(online);
        }
    }
}

async fn head(visitor: &mut Person, id: ConversationId) -> Result<Conversation> {
    visitor.head(id).await
}

async fn a_visitor_learns_whether_the_assigned_agent_can_be_reached(
    database: Database,
) -> Result<()> {
    let north = North::without_grace(database).await?;
    let mut ada = north.ada().await?;
    let (mut vera, id) = talking(&north, &mut ada).await?;
    let choose = |away| Command::Presence {
        away: Some(away),
        idle: None,
    };
    ada.socket.request(choose(true)).await?;
    assert!(!next_assignee(&mut vera).await?, "away");
    ada.socket.request(choose(false)).await?;
    assert!(next_assignee(&mut vera).await?, "here again");
    drop(ada);
    assert!(!next_assignee(&mut vera).await?, "gone");
    vera.follow(id, None).await?;
    assert!(
        !next_assignee(&mut vera).await?,
        "and it is published again"
    );
    Ok(())
}

async fn a_reopened_conversation_of_an_absent_agent_waits_for_all_agents(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    for (away, idle) in [(Some(true), None), (Some(false), Some(true))] {
        let (mut vera, conversation_id) = talking(&north, &mut ada).await?;
        ada.change(Command::Resolve { conversation_id }).await?;
        ada.socket.request(Command::Presence { away, idle }).await?;
        vera.send_message(conversation_id, "One more question.")
            .await?;
        let head = head(&mut vera, conversation_id).await?;
        assert_eq!((head.status, head.assignee), (Status::Waiting, None));
        let back = Command::Presence {
            away: Some(false),
            idle: Some(false),
        };
        ada.socket.request(back).await?;
    }
    Ok(())
}

async fn a_reopened_conversation_of_a_removed_member_waits_for_all_agents(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut ben = north.ben().await?;
    let (mut vera, conversation_id) = talking(&north, &mut ben).await?;
    ben.change(Command::Resolve { conversation_id }).await?;
    let members = request(
        &north.server,
        Method::GET,
        "/api/v1/members",
        &north.ada_token,
    )
    .await?;
    let members: Members = members.error_for_status()?.json().await?;
    let member = members.members.iter().find(|member| member.name == "Ben");
    let path = format!("/api/v1/members/{}", member.context("a member")?.user_id);
    let removed = request(&north.server, Method::DELETE, &path, &north.ada_token).await?;
    assert!(removed.status().is_success(), "{}", removed.status());
    vera.send_message(conversation_id, "One more question.")
        .await?;
    let head = head(&mut vera, conversation_id).await?;
    assert_eq!((head.status, head.assignee), (Status::Waiting, None));
    Ok(())
}

async fn a_conversation_of_an_absent_agent_returns_to_the_queue_once(
    database: Database,
) -> Result<()> {
    let north = North::without_grace(database).await?;
    let mut ada = north.ada().await?;
    let (mut vera, id) = talking(&north, &mut ada).await?;
    drop(ada);
    assert!(!next_assignee(&mut vera).await?, "gone");
    long_ago(&north.server).await?;
    let returned = Body::Returned {
        name: "Ada".to_owned(),
    };
    assert_eq!(vera.next_message().await?.body, returned);
    let head = head(&mut vera, id).await?;
    assert_eq!((head.status, head.assignee), (Status::Waiting, None));
    assert!(head.waiting_since.is_some());
    let mut ada = north.ada().await?;
    assert_eq!(
        ada.send_message(id, "I am back.").await?,
        6,
        "returned once, joined again"
    );
    Ok(())
}

async fn an_away_agent_who_writes_stays_assigned(database: Database) -> Result<()> {
    let north = North::without_grace(database).await?;
    let (mut ada, mut ben) = (north.ada().await?, north.ben().await?);
    let (mut vera, gone) = talking(&north, &mut ben).await?;
    let (_, kept) = talking(&north, &mut ada).await?;
    let away = Command::Presence {
        away: Some(true),
        idle: None,
    };
    ada.socket.request(away).await?;
    drop(ben);
    assert!(!next_assignee(&mut vera).await?, "Ben is gone");
    long_ago(&north.server).await?;
    ada.send_message(kept, "I am still here.").await?;
    // Ben's conversation, which is older, was returned, so Ada's was checked, too.
    vera.next_message().await?;
    let still = ada.head(kept).await?;
    assert_eq!(still.status, Status::Active);
    assert_eq!(ada.head(gone).await?.status, Status::Waiting);
    Ok(())
}

async fn the_return_time_is_a_setting_of_the_workspace(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let seen = request(
        &north.server,
        Method::GET,
        "/api/v1/workspace",
        &north.ada_token,
    )
    .await?;
    let seen: Workspace = seen.error_for_status()?.json().await?;
    assert_eq!(seen.return_after_minutes, 15, "at first");
    let changed = set(&north, json!({ "return_after_minutes": 0 })).await?;
    let changed: Workspace = changed.error_for_status()?.json().await?;
    assert_eq!(changed.return_after_minutes, 0);
    let refused = set(&north, json!({ "return_after_minutes": 10_081 })).await?;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    Ok(())
}
