//! Attributes of conversations that only agents see: number, priority and subject.

use anyhow::{Context, Result};
use deskbell_protocol::api::conversations::Conversations;
use deskbell_protocol::{
    Attributes, Command, Conversation, ConversationId, ErrorBody, ErrorCode, Event, Priority,
    Status,
};
use deskbell_testkit::people::{Person, SNAPSHOT};
use deskbell_testkit::server::Database;
use futures_util::future::try_join_all;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::api::{execute, fetch, request_as};
use crate::{North, on_both};

on_both!(
    numbers_are_dense_although_forty_visitors_start_at_once,
    a_conversation_of_an_older_node_gets_its_number_with_the_next_message,
    the_queue_is_in_the_order_of_priority_and_then_of_the_wait,
    a_conversation_that_waits_for_too_long_counts_one_step_higher,
    a_conversation_that_waits_again_counts_as_its_priority_says,
    an_agent_sets_priority_and_subject_and_colleagues_see_it,
    a_visitor_never_sees_attributes,
    invalid_attributes_are_refused_with_the_name_of_the_field,
    a_program_sets_attributes_over_http,
);

fn prioritised(id: ConversationId, priority: Priority) -> Command {
    Command::Update {
        conversation_id: id,
        priority: Some(priority),
        subject: None,
    }
}

async fn listed(north: &North, query: &str) -> Result<Conversations> {
    let path = format!("/api/v1/conversations{query}");
    fetch(&north.server, Method::GET, &path, &north.ada_token).await
}

fn texts(conversations: &[Conversation]) -> Vec<&str> {
    let texts = conversations.iter().map(|it| it.preview.as_str());
    texts.collect()
}

async fn numbers_are_dense_although_forty_visitors_start_at_once(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let starts = (0..40).map(async |_| {
        let mut visitor = north.visitor().await?;
        visitor.start("Hello?").await
    });
    try_join_all(starts).await?;
    let all = listed(&north, "").await?.conversations;
    let mut numbers: Vec<_> = all.iter().map(|it| it.attributes.number).collect();
    numbers.sort_unstable();
    let expected: Vec<_> = (1..=40).map(Some).collect();
    assert_eq!(numbers, expected);
    Ok(())
}

async fn a_conversation_of_an_older_node_gets_its_number_with_the_next_message(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Hello?").await?.id;
    execute(&north.server, "UPDATE conversations SET number = 0").await?;
    execute(&north.server, "UPDATE inboxes SET last_number = 0").await?;
    let mut north = north;
    north.server.restart().await?;
    let mut vera = Person::connect(&north.server, &vera.token).await?;
    vera.send_message(id, "Anybody?").await?;
    drop(ada);
    ada = north.ada().await?;
    assert_eq!(ada.head(id).await?.attributes.number, Some(1));
    Ok(())
}

async fn the_queue_is_in_the_order_of_priority_and_then_of_the_wait(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let priorities = [
        ("first", None),
        ("low", Some(Priority::Low)),
        ("second", None),
        ("urgent", Some(Priority::Urgent)),
        ("high", Some(Priority::High)),
        ("also urgent", Some(Priority::Urgent)),
    ];
    for (text, priority) in priorities {
        let id = north.visitor().await?.start(text).await?.id;
        if let Some(priority) = priority {
            ada.change(prioritised(id, priority)).await?;
        }
    }
    let expected = ["urgent", "also urgent", "high", "first", "second", "low"];
    let Event::Inbox { conversations, .. } = ada.socket.request(SNAPSHOT).await? else {
        anyhow::bail!("the inbox");
    };
    assert_eq!(texts(&conversations), expected);
    let mut paged = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page = listed(&north, &query).await?;
        paged.extend(page.conversations);
        match page.next_cursor {
            Some(cursor) => query = format!("?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(texts(&paged), expected, "in pages, too");
    Ok(())
}

/// The next change of a conversation that the inbox of this agent shows and that `is` is true of.
async fn next_with(ada: &mut Person, is: impl Fn(&Conversation) -> bool) -> Result<Conversation> {
    loop {
        let head = ada.next_head().await?;
        if is(&head) {
            return Ok(head);
        }
    }
}

async fn a_conversation_that_waits_for_too_long_counts_one_step_higher(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let old = north.visitor().await?.start("old").await?;
    let high = north.visitor().await?.start("high").await?;
    ada.change(prioritised(high.id, Priority::High)).await?;
    ada.socket.request(SNAPSHOT).await?;
    let path = "/api/v1/workspace";
    let body = json!({ "escalate_after_minutes": 1 });
    let set = request_as(
        &north.server,
        Method::PATCH,
        path,
        &north.ada_token,
        Some(body),
    )
    .await?;
    assert_eq!(set.status(), 200);
    let sql = format!(
        "UPDATE conversations SET waiting_since = waiting_since - 61000 WHERE id IN \
         (SELECT id FROM conversations WHERE number = {})",
        1
    );
    execute(&north.server, &sql).await?;
    let head = next_with(&mut ada, |it| it.attributes.escalated).await?;
    assert_eq!(
        (head.id, head.attributes.priority),
        (old.id, Priority::Normal)
    );
    let list = listed(&north, "?status=waiting").await?.conversations;
    assert_eq!(
        texts(&list),
        ["old", "high"],
        "now it counts as high, and has waited longer"
    );
    let too_long = json!({ "escalate_after_minutes": 10_081 });
    let refused = request_as(
        &north.server,
        Method::PATCH,
        path,
        &north.ada_token,
        Some(too_long),
    )
    .await?;
    assert_eq!(refused.status(), 422);
    Ok(())
}

async fn a_conversation_that_waits_again_counts_as_its_priority_says(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let id = north.visitor().await?.start("Hello?").await?.id;
    execute(&north.server, "UPDATE conversations SET waiting_since = 1").await?;
    ada.socket.request(SNAPSHOT).await?;
    next_with(&mut ada, |it| it.attributes.escalated).await?;
    ada.change(Command::Claim {
        conversation_id: id,
    })
    .await?;
    let released = ada
        .change(Command::Assign {
            conversation_id: id,
            to: deskbell_protocol::Assignment::Queue,
            from: None,
        })
        .await?;
    assert_eq!(released.status, Status::Waiting);
    assert!(!released.attributes.escalated);
    Ok(())
}

async fn an_agent_sets_priority_and_subject_and_colleagues_see_it(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut ben) = (north.ada().await?, north.ben().await?);
    let begun = north.visitor().await?.start("Hello?").await?;
    ben.head(begun.id).await?;
    let changed = ada
        .change(Command::Update {
            conversation_id: begun.id,
            priority: Some(Priority::Urgent),
            subject: Some("  Parcel 4711 ".to_owned()),
        })
        .await?;
    let attributes = Attributes {
        number: Some(1),
        priority: Priority::Urgent,
        escalated: false,
        subject: "Parcel 4711".to_owned(),
        snooze: None,
    };
    assert_eq!(changed.attributes, attributes);
    let shown = ben.next_head().await?;
    assert_eq!(shown, changed, "the open conversation, with all attributes");
    let again = ada.change(prioritised(begun.id, Priority::Urgent)).await?;
    assert_eq!(again.revision, changed.revision, "nothing has changed");
    Ok(())
}

async fn a_visitor_never_sees_attributes(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Hello?").await?.id;
    let mut other_tab = Person::connect(&north.server, &vera.token).await?;
    vera.follow(id, None).await?;
    other_tab.follow(id, None).await?;
    let secret = Command::Update {
        conversation_id: id,
        priority: Some(Priority::Urgent),
        subject: Some("A difficult person".to_owned()),
    };
    ada.change(secret).await?;
    for command in [
        Command::Claim {
            conversation_id: id,
        },
        Command::Resolve {
            conversation_id: id,
        },
    ] {
        ada.change(command).await?;
    }
    for person in [&mut vera, &mut other_tab] {
        let shown = person.next_head().await?;
        assert_eq!(shown.attributes, Attributes::default());
        assert_eq!(person.head(id).await?.attributes, Attributes::default());
    }
    let welcomed = Person::connect(&north.server, &vera.token).await?;
    for socket in [&vera.socket, &other_tab.socket, &welcomed.socket] {
        for word in ["urgent", "difficult", "\"number\"", "escalated"] {
            let leak = socket.received.iter().find(|frame| frame.contains(word));
            assert_eq!(leak, None);
        }
    }
    Ok(())
}

async fn invalid_attributes_are_refused_with_the_name_of_the_field(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let id = north.visitor().await?.start("Hello?").await?.id;
    let subject = |subject: String| Command::Update {
        conversation_id: id,
        priority: None,
        subject: Some(subject),
    };
    for (command, field) in [
        (prioritised(id, Priority::from_word("now")), "priority"),
        (subject("x".repeat(201)), "subject"),
        (subject("two\nlines".to_owned()), "subject"),
        (subject("left \u{202e}thgir".to_owned()), "subject"),
    ] {
        let refused = ada.refused(command).await?;
        assert_eq!(refused.code, ErrorCode::Invalid);
        assert!(refused.fields.contains_key(field), "{refused:?}");
    }
    for conversation_id in [id] {
        ada.change(Command::Claim { conversation_id }).await?;
        ada.change(Command::Close { conversation_id }).await?;
    }
    let refused = ada.refused(prioritised(id, Priority::High)).await?;
    assert_eq!(refused.code, ErrorCode::ConversationClosed);
    Ok(())
}

async fn send(north: &North, method: Method, path: &str, body: Value) -> Result<Response> {
    request_as(&north.server, method, path, &north.ada_token, Some(body)).await
}

async fn a_program_sets_attributes_over_http(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let id = north.visitor().await?.start("Hello?").await?.id;
    let path = format!("/api/v1/conversations/{id}");
    let body = json!({ "priority": "low", "subject": "Parcel" });
    let changed = send(&north, Method::PATCH, &path, body).await?;
    let changed: Conversation = changed.error_for_status()?.json().await?;
    assert_eq!(changed.attributes.subject, "Parcel");
    let to_high = format!("{path}/priority");
    let changed = send(&north, Method::PUT, &to_high, json!({ "priority": "high" })).await?;
    let changed: Conversation = changed.error_for_status()?.json().await?;
    assert_eq!(changed.attributes.priority, Priority::High);
    assert_eq!(changed.attributes.subject, "Parcel", "it stays");
    let refused = send(&north, Method::PUT, &to_high, json!({ "priority": "now" })).await?;
    assert_eq!(refused.status(), 422);
    let refused: ErrorBody = refused.json().await?;
    refused.fields.get("priority").context("the field")?;
    Ok(())
}
