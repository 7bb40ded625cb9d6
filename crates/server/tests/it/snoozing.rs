//! Snoozing: until a time, or until the visitor writes.

use anyhow::{Context, Result};
use deskbell_protocol::api::conversations::notifications::Notifications;
use deskbell_protocol::{
    Command, Conversation, ConversationId, ErrorBody, ErrorCode, NotificationKind, Snooze, Status,
    UnixMs, limits,
};
use deskbell_testkit::people::{Person, SNAPSHOT};
use deskbell_testkit::server::Database;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::api::{execute, fetch, request_as};
use crate::{North, on_both};

on_both!(
    a_snooze_ends_at_its_time_and_the_assignee_is_notified,
    a_message_of_the_visitor_ends_a_snooze_and_a_reply_does_not,
    another_status_or_assignee_ends_a_snooze,
    only_an_active_conversation_is_snoozed,
    invalid_times_are_refused_by_name,
    a_visitor_never_sees_a_snooze,
    a_program_snoozes_over_http,
);

fn snoozed(id: ConversationId, until: Option<UnixMs>) -> Command {
    Command::Snooze {
        conversation_id: id,
        snooze: Some(Snooze { until }),
    }
}

fn now() -> UnixMs {
    let passed = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    UnixMs::try_from(passed.as_millis()).unwrap_or(UnixMs::MAX)
}

/// A conversation that Ada has claimed.
async fn claimed(ada: &mut Person, vera: &mut Person) -> Result<ConversationId> {
    let conversation_id = vera.start("Hello?").await?.id;
    ada.change(Command::Claim { conversation_id }).await?;
    Ok(conversation_id)
}

/// The next head of the open conversation without a snooze.
async fn woken(person: &mut Person) -> Result<Conversation> {
    loop {
        let head = person.next_head().await?;
        if head.attributes.snooze.is_none() {
            return Ok(head);
        }
    }
}

async fn a_snooze_ends_at_its_time_and_the_assignee_is_notified(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let mut vera = north.visitor().await?;
    let id = claimed(&mut ada, &mut vera).await?;
    ada.head(id).await?;
    let later = now() + 3_600_000;
    let head = ada.change(snoozed(id, Some(later))).await?;
    assert_eq!(head.attributes.snooze, Some(Snooze { until: Some(later) }));
    let again = ada.change(snoozed(id, Some(later))).await?;
    assert_eq!(again.revision, head.revision, "nothing has changed");
    // As if the hour had passed.
    execute(&north.server, "UPDATE conversations SET snoozed_until = 1").await?;
    let mut north = north;
    north.server.restart().await?;
    let mut ada = north.ada().await?;
    ada.socket.request(SNAPSHOT).await?;
    let head = ada.head(id).await?;
    let head = match head.attributes.snooze {
        Some(_) => woken(&mut ada).await?,
        None => head,
    };
    assert_eq!(
        (head.status, head.attributes.snooze),
        (Status::Active, None)
    );
    let path = "/api/v1/notifications";
    let all: Notifications = fetch(&north.server, Method::GET, path, &north.ada_token).await?;
    let kinds: Vec<_> = all.notifications.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [NotificationKind::Snooze], "once");
    Ok(())
}

async fn a_message_of_the_visitor_ends_a_snooze_and_a_reply_does_not(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let mut vera = north.visitor().await?;
    let id = claimed(&mut ada, &mut vera).await?;
    for until in [None, Some(now() + 3_600_000)] {
        ada.change(snoozed(id, until)).await?;
        ada.send_message(id, "We are looking.").await?;
        let head = ada.head(id).await?;
        assert_eq!(head.attributes.snooze, Some(Snooze { until }));
        vera.send_message(id, "And?").await?;
        assert_eq!(woken(&mut ada).await?.preview, "And?");
        assert_eq!(ada.head(id).await?.attributes.snooze, None);
    }
    Ok(())
}

async fn another_status_or_assignee_ends_a_snooze(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let mut vera = north.visitor().await?;
    let id = claimed(&mut ada, &mut vera).await?;
    let conversation_id = id;
    ada.change(snoozed(id, None)).await?;
    let released = ada
        .change(Command::Assign {
            conversation_id,
            to: deskbell_protocol::Assignment::Queue,
            from: None,
        })
        .await?;
    assert_eq!(released.attributes.snooze, None);
    ada.change(Command::Claim { conversation_id }).await?;
    ada.change(snoozed(id, None)).await?;
    let resolved = ada.change(Command::Resolve { conversation_id }).await?;
    assert_eq!(resolved.attributes.snooze, None);
    let reopened = ada.change(Command::Reopen { conversation_id }).await?;
    assert_eq!(reopened.attributes.snooze, None);
    Ok(())
}

async fn only_an_active_conversation_is_snoozed(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let conversation_id = north.visitor().await?.start("Hello?").await?.id;
    let refused = ada.refused(snoozed(conversation_id, None)).await?;
    assert_eq!(refused.code, ErrorCode::Conflict, "it waits");
    ada.change(Command::Claim { conversation_id }).await?;
    ada.change(Command::Resolve { conversation_id }).await?;
    let refused = ada.refused(snoozed(conversation_id, None)).await?;
    assert_eq!(refused.code, ErrorCode::Conflict, "it is resolved");
    ada.change(Command::Close { conversation_id }).await?;
    let refused = ada.refused(snoozed(conversation_id, None)).await?;
    assert_eq!(refused.code, ErrorCode::ConversationClosed);
    Ok(())
}

async fn invalid_times_are_refused_by_name(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let mut vera = north.visitor().await?;
    let id = claimed(&mut ada, &mut vera).await?;
    let far = now() + limits::SNOOZE_MS + 3_600_000;
    for until in [UnixMs::MIN, -1, 0, 1, now() - 1_000, far, UnixMs::MAX] {
        let refused = ada.refused(snoozed(id, Some(until))).await?;
        assert_eq!(refused.code, ErrorCode::Invalid, "{until}");
        assert!(refused.fields.contains_key("until"), "{refused:?}");
    }
    assert_eq!(ada.head(id).await?.attributes.snooze, None);
    Ok(())
}

async fn a_visitor_never_sees_a_snooze(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let mut vera = north.visitor().await?;
    let id = claimed(&mut ada, &mut vera).await?;
    vera.follow(id, None).await?;
    ada.change(snoozed(id, None)).await?;
    vera.send_message(id, "And?").await?;
    ada.send_message(id, "Here I am.").await?;
    while vera.next_message().await?.seq < 4 {}
    let leak = vera.socket.received.iter().find(|it| it.contains("snooze"));
    assert_eq!(leak, None);
    Ok(())
}

async fn a_program_snoozes_over_http(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let mut vera = north.visitor().await?;
    let id = claimed(&mut ada, &mut vera).await?;
    let path = format!("/api/v1/conversations/{id}/snooze");
    let send = async |method: Method, body: Option<Value>| -> Result<Response> {
        request_as(&north.server, method, &path, &north.ada_token, body).await
    };
    let later = now() + 3_600_000;
    let done = send(Method::POST, Some(json!({ "until": later }))).await?;
    let head: Conversation = done.error_for_status()?.json().await?;
    assert_eq!(head.attributes.snooze, Some(Snooze { until: Some(later) }));
    let refused = send(Method::POST, Some(json!({ "until": 1 }))).await?;
    assert_eq!(refused.status(), 422);
    let refused: ErrorBody = refused.json().await?;
    refused.fields.get("until").context("the field")?;
    let done = send(Method::DELETE, None).await?;
    let head: Conversation = done.error_for_status()?.json().await?;
    assert_eq!(head.attributes.snooze, None);
    Ok(())
}
