//! Deletion of sites: visitors are disconnected and conversations are closed.

use std::time::Duration;

use anyhow::Result;
use deskbell_protocol::api::sites::Site;
use deskbell_protocol::{Body, CloseCode, Command, ErrorCode, Event, Queue, Status};
use deskbell_testkit::people::{Person, SNAPSHOT, visitor, visitor_token};
use deskbell_testkit::server::Database;
use reqwest::{Method, Response};
use serde_json::json;
use tokio::time::timeout;

use crate::api::{execute, request_as};
use crate::{North, on_both};

on_both!(
    a_deleted_site_refuses_visitors_and_its_conversations_are_closed,
    more_conversations_than_one_transaction_closes_are_closed,
    conversations_of_a_site_that_was_deleted_by_an_older_version_are_closed_later,
);

async fn blog(north: &North) -> Result<Site> {
    let body = json!({ "name": "Blog", "allowed_origins": ["https://blog.example"] });
    let (path, ada) = ("/api/v1/sites", &north.ada_token);
    let made = request_as(&north.server, Method::POST, path, ada, Some(body)).await?;
    assert_eq!(made.status(), 201);
    Ok(made.json().await?)
}

async fn delete(north: &North, site: &Site) -> Result<Response> {
    let path = format!("/api/v1/sites/{}", site.id);
    request_as(&north.server, Method::DELETE, &path, &north.ada_token, None).await
}

async fn queue(agent: &mut Person) -> Result<Queue> {
    match agent.socket.request(SNAPSHOT).await? {
        Event::Inbox { queue, .. } => Ok(queue),
        other => anyhow::bail!("the inbox, not {other:?}"),
    }
}

async fn a_deleted_site_refuses_visitors_and_its_conversations_are_closed(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let site = blog(&north).await?;
    let (mut ada, mut ben) = (north.ada().await?, north.ben().await?);
    let mut vera = visitor(&north.server, &site.key).await?;
    let waiting = vera.start("Hello?").await?.id;
    let active = vera.start("Where is my parcel?").await?.id;
    ada.change(Command::Claim {
        conversation_id: active,
    })
    .await?;
    let resolved = vera.start("Thank you!").await?.id;
    ada.change(Command::Resolve {
        conversation_id: resolved,
    })
    .await?;
    let mut viktor = north.visitor().await?;
    let elsewhere = viktor.start("I am on the other site.").await?.id;
    ada.follow(waiting, Some(1)).await?;
    let before = queue(&mut ben).await?;
    assert_eq!((before.waiting, before.active, before.resolved), (2, 1, 1));

    assert_eq!(delete(&north, &site).await?.status(), 204);
    let mut closed = Vec::new();
    while closed.len() < 3 {
        let head = ben.next_head().await?;
        assert_eq!(head.status, Status::Closed);
        closed.push(head.id);
    }
    closed.sort();
    let mut expected = vec![waiting, active, resolved];
    expected.sort();
    assert_eq!(closed, expected);
    let by_ada = Body::Closed {
        name: "Ada".to_owned(),
    };
    assert_eq!(ada.next_message().await?.body, by_ada);
    let after = queue(&mut ben).await?;
    assert_eq!((after.waiting, after.active, after.resolved), (1, 0, 0));
    for conversation_id in [waiting, active, resolved] {
        let head = ada.head(conversation_id).await?;
        assert_eq!(
            (head.status, head.site.name.as_str()),
            (Status::Closed, "Blog")
        );
        let reply = Command::Send {
            conversation_id,
            client_id: ada.next_client_id(),
            text: "Anybody?".to_owned(),
            assignee: None,
        };
        let refused = ada.refused(reply).await?;
        assert_eq!(refused.code, ErrorCode::ConversationClosed);
    }
    assert_eq!(ada.send_message(elsewhere, "Hi Viktor.").await?, 3);

    let gone = Some(CloseCode::Unauthenticated.code());
    assert_eq!(vera.socket.closed().await?, gone);
    assert!(Person::connect(&north.server, &vera.token).await.is_err());
    let renewed = visitor_token(&north.server, &site.key, Some(&vera.token)).await;
    assert!(renewed.is_err());
    assert_eq!(delete(&north, &site).await?.status(), 404);
    Ok(())
}

async fn more_conversations_than_one_transaction_closes_are_closed(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let site = blog(&north).await?;
    let mut vera = visitor(&north.server, &site.key).await?;
    for number in 0..205 {
        vera.start(&format!("Question {number}")).await?;
    }
    let mut ada = north.ada().await?;
    assert_eq!(queue(&mut ada).await?.waiting, 205);
    assert_eq!(delete(&north, &site).await?.status(), 204);
    let rest = timeout(Duration::from_secs(20), async {
        while queue(&mut ada).await?.waiting > 0 {}
        anyhow::Ok(())
    });
    rest.await?
}

async fn conversations_of_a_site_that_was_deleted_by_an_older_version_are_closed_later(
    database: Database,
) -> Result<()> {
    let mut north = North::new(database).await?;
    let site = blog(&north).await?;
    let mut vera = visitor(&north.server, &site.key).await?;
    let id = vera.start("Hello?").await?.id;
    let sql = "UPDATE sites SET deleted_at = 1 WHERE name = 'Blog'";
    execute(&north.server, sql).await?;
    // The background worker starts again.
    north.server.restart().await?;
    let mut ada = north.ada().await?;
    let closed = timeout(Duration::from_secs(20), async {
        loop {
            let head = ada.head(id).await?;
            if head.status == Status::Closed {
                return anyhow::Ok(head);
            }
        }
    });
    assert_eq!(closed.await??.last_seq, 1, "it is not known who closed it");
    Ok(())
}
