//! Assignment of conversations to agents, over the socket and over HTTP.

use anyhow::{Context, Result};
use deskbell_protocol::api::conversations::{Messages, SavedMessage};
use deskbell_protocol::{
    Assignment, Body, Command, Conversation, ConversationId, ErrorBody, ErrorCode, Status, UserId,
};
use deskbell_testkit::people::{Person, SNAPSHOT};
use deskbell_testkit::server::Database;
use futures_util::future::try_join_all;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::api::{fetch, request_as};
use crate::team::{id_of, remove};
use crate::{North, on_both};

on_both!(
    ada_assigns_a_waiting_conversation_to_ben_and_vera_sees_that_he_joined,
    a_released_conversation_waits_again_from_now,
    an_agent_takes_over_only_from_the_colleague_whom_they_see,
    an_assignment_that_is_so_already_changes_nothing,
    only_members_of_the_workspace_can_be_assigned,
    a_resolved_or_closed_conversation_cannot_be_assigned,
    of_twenty_concurrent_assignments_from_the_queue_one_succeeds,
    a_program_works_through_a_conversation_over_http,
    a_message_with_the_same_idempotency_key_is_saved_once,
    messages_are_read_over_http_in_both_directions,
);

fn to_agent(user_id: UserId) -> Assignment {
    Assignment::Agent { user_id }
}

fn assign(id: ConversationId, to: Assignment, from: Option<Assignment>) -> Command {
    Command::Assign {
        conversation_id: id,
        to,
        from,
    }
}

fn name_of_assignee(head: &Conversation) -> Option<&str> {
    head.assignee.as_ref().map(|agent| agent.name.as_str())
}

async fn ada_assigns_a_waiting_conversation_to_ben_and_vera_sees_that_he_joined(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut ben) = (north.ada().await?, north.ben().await?);
    let mut vera = north.visitor().await?;
    ben.socket.request(SNAPSHOT).await?;
    let id = vera.start("Where is my parcel?").await?.id;
    vera.follow(id, Some(1)).await?;
    let to = to_agent(id_of(&north, "Ben").await?);
    let assigned = ada.change(assign(id, to, Some(Assignment::Queue))).await?;
    assert_eq!(assigned.status, Status::Active);
    assert_eq!(assigned.waiting_since, None);
    assert_eq!(name_of_assignee(&assigned), Some("Ben"));
    let told = Body::Assigned {
        name: "Ben".to_owned(),
        by: "Ada".to_owned(),
    };
    assert_eq!(vera.next_message().await?.body, told);
    let shown = loop {
        let head = ben.next_head().await?;
        if head.revision == assigned.revision {
            break head;
        }
    };
    assert_eq!(shown, assigned, "ben's inbox shows it");
    assert_eq!(ben.send_message(id, "I am on it.").await?, 3);
    Ok(())
}

async fn a_released_conversation_waits_again_from_now(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let begun = vera.start("Where is my parcel?").await?;
    ada.change(Command::Claim {
        conversation_id: begun.id,
    })
    .await?;
    vera.follow(begun.id, Some(2)).await?;
    let own = to_agent(id_of(&north, "Ada").await?);
    let released = ada
        .change(assign(begun.id, Assignment::Queue, Some(own)))
        .await?;
    assert_eq!(
        (released.status, released.assignee.clone()),
        (Status::Waiting, None)
    );
    assert!(released.waiting_since >= begun.waiting_since);
    let told = Body::Released {
        name: "Ada".to_owned(),
    };
    assert_eq!(vera.next_message().await?.body, told);
    let mut ben = north.ben().await?;
    let claimed = ben
        .change(Command::Claim {
            conversation_id: begun.id,
        })
        .await?;
    assert_eq!(name_of_assignee(&claimed), Some("Ben"));
    Ok(())
}

async fn an_agent_takes_over_only_from_the_colleague_whom_they_see(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut ben) = (north.ada().await?, north.ben().await?);
    let id = north.visitor().await?.start("Hello?").await?.id;
    let (ada_id, ben_id) = (id_of(&north, "Ada").await?, id_of(&north, "Ben").await?);
    ada.change(Command::Claim {
        conversation_id: id,
    })
    .await?;
    let outdated = assign(id, to_agent(ben_id), Some(Assignment::Queue));
    let refused = ben.refused(outdated).await?;
    assert_eq!(refused.code, ErrorCode::AlreadyClaimed);
    assert_eq!(refused.winner.map(|it| it.name).as_deref(), Some("Ada"));
    let taken = ben
        .change(assign(id, to_agent(ben_id), Some(to_agent(ada_id))))
        .await?;
    assert_eq!(name_of_assignee(&taken), Some("Ben"));
    let late = assign(id, Assignment::Queue, Some(to_agent(ada_id)));
    let refused = ada.refused(late).await?;
    assert_eq!(refused.message, "This conversation is assigned to Ben now.");
    ben.change(assign(id, Assignment::Queue, None)).await?;
    let late = assign(id, to_agent(ada_id), Some(to_agent(ben_id)));
    let refused = ada.refused(late).await?;
    assert_eq!(
        (refused.code, refused.winner),
        (ErrorCode::AlreadyClaimed, None)
    );
    Ok(())
}

async fn an_assignment_that_is_so_already_changes_nothing(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let id = north.visitor().await?.start("Hello?").await?.id;
    let begun = ada.head(id).await?;
    let own = to_agent(id_of(&north, "Ada").await?);
    let queued = ada
        .change(assign(begun.id, Assignment::Queue, None))
        .await?;
    assert_eq!(queued, begun);
    let assigned = ada.change(assign(begun.id, own, None)).await?;
    let repeated = ada
        .change(assign(begun.id, own, Some(Assignment::Queue)))
        .await?;
    assert_eq!(repeated, assigned, "although it names an old assignment");
    Ok(())
}

async fn only_members_of_the_workspace_can_be_assigned(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let id = north.visitor().await?.start("Hello?").await?.id;
    north.ben().await?;
    let ben = id_of(&north, "Ben").await?;
    let removed = remove(&north, &north.ada_token, ben, "").await?;
    assert_eq!(removed.status(), 204);
    let stranger = UserId::from_parts(1_700_000_000_000, [7; 10]);
    for nobody in [ben, stranger] {
        let refused = ada.refused(assign(id, to_agent(nobody), None)).await?;
        assert_eq!(refused.code, ErrorCode::Invalid);
        assert!(refused.fields.contains_key("to"), "{refused:?}");
    }
    let head = ada.head(id).await?;
    assert_eq!((head.status, head.last_seq), (Status::Waiting, 1));
    Ok(())
}

async fn a_resolved_or_closed_conversation_cannot_be_assigned(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let conversation_id = north.visitor().await?.start("Hello?").await?.id;
    let own = to_agent(id_of(&north, "Ada").await?);
    ada.change(Command::Claim { conversation_id }).await?;
    for (command, code) in [
        (Command::Resolve { conversation_id }, ErrorCode::Conflict),
        (
            Command::Close { conversation_id },
            ErrorCode::ConversationClosed,
        ),
    ] {
        ada.change(command).await?;
        for to in [own, Assignment::Queue] {
            let refused = ada.refused(assign(conversation_id, to, None)).await?;
            assert_eq!(refused.code, code);
        }
    }
    Ok(())
}

async fn of_twenty_concurrent_assignments_from_the_queue_one_succeeds(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Hello?").await?.id;
    north.ben().await?;
    let ids = [id_of(&north, "Ada").await?, id_of(&north, "Ben").await?];
    let people = try_join_all((0..20).map(|_| north.ada())).await?;
    let tries = people.into_iter().enumerate().map(|(index, mut ada)| {
        let command = assign(id, to_agent(ids[index % 2]), Some(Assignment::Queue));
        async move { ada.socket.request(command).await }
    });
    let answers = try_join_all(tries).await?;
    let head = vera.head(id).await?;
    let owner = head.assignee.clone().context("an owner")?;
    assert_eq!(head.last_seq, 2, "one system message");
    for answer in answers {
        match answer {
            deskbell_protocol::Event::Changed { conversation } => {
                assert_eq!(conversation.assignee, head.assignee);
            }
            deskbell_protocol::Event::Error { error } => {
                assert_eq!(error.code, ErrorCode::AlreadyClaimed);
                assert_eq!(error.winner.as_ref(), Some(&owner));
            }
            other => anyhow::bail!("{other:?}"),
        }
    }
    Ok(())
}

async fn post(
    north: &North,
    id: ConversationId,
    what: &str,
    body: Option<Value>,
) -> Result<Response> {
    let path = format!("/api/v1/conversations/{id}/{what}");
    request_as(&north.server, Method::POST, &path, &north.ada_token, body).await
}

async fn posted(
    north: &North,
    id: ConversationId,
    what: &str,
    body: Option<Value>,
) -> Result<Conversation> {
    let response = post(north, id, what, body).await?;
    anyhow::ensure!(
        response.status() == 200,
        "{what}: {}",
        response.text().await?
    );
    Ok(response.json().await?)
}

async fn a_program_works_through_a_conversation_over_http(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Where is my parcel?").await?.id;
    north.ben().await?;
    let ben = id_of(&north, "Ben").await?;
    let claimed = posted(&north, id, "claim", None).await?;
    assert_eq!(name_of_assignee(&claimed), Some("Ada"));
    let to = json!({ "to": { "kind": "agent", "user_id": ben } });
    let assigned = posted(&north, id, "assign", Some(to)).await?;
    assert_eq!(name_of_assignee(&assigned), Some("Ben"));
    let refused = post(&north, id, "claim", None).await?;
    assert_eq!(refused.status(), 409);
    let refused: ErrorBody = refused.json().await?;
    assert_eq!(refused.winner.map(|it| it.name).as_deref(), Some("Ben"));
    let released = posted(&north, id, "release", None).await?;
    assert_eq!(released.status, Status::Waiting);
    posted(&north, id, "claim", None).await?;
    let resolved = posted(&north, id, "resolve", None).await?;
    assert_eq!(resolved.status, Status::Resolved);
    assert_eq!(
        posted(&north, id, "reopen", None).await?.status,
        Status::Active
    );
    let closed = posted(&north, id, "close", None).await?;
    assert_eq!(closed.status, Status::Closed);
    let path = format!("/api/v1/conversations/{id}");
    let read: Conversation = fetch(&north.server, Method::GET, &path, &north.ada_token).await?;
    assert_eq!(read, closed);
    let refused = post(&north, id, "messages", Some(json!({ "text": "Hello." }))).await?;
    assert_eq!(refused.status(), 409);
    Ok(())
}

async fn send_with_key(
    north: &North,
    id: ConversationId,
    key: &str,
    text: &str,
) -> Result<Response> {
    let path = format!("/api/v1/conversations/{id}/messages");
    let request = north.server.request(Method::POST, &path);
    let request = request
        .bearer_auth(&north.ada_token)
        .header("idempotency-key", key);
    Ok(request.json(&json!({ "text": text })).send().await?)
}

async fn a_message_with_the_same_idempotency_key_is_saved_once(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Where is my parcel?").await?.id;
    let other = north.visitor().await?.start("Hello?").await?.id;
    let mut saved = Vec::new();
    for _ in 0..2 {
        let response = send_with_key(&north, id, "order-4711", "It is on its way.").await?;
        assert_eq!(response.status(), 201);
        saved.push(response.json::<SavedMessage>().await?);
    }
    assert_eq!(saved[0], saved[1]);
    assert_eq!(saved[0].seq, 3, "after vera's text and the system message");
    let elsewhere = send_with_key(&north, other, "order-4711", "It is on its way.").await?;
    assert_eq!(
        elsewhere.status(),
        201,
        "a key names a message of one conversation"
    );
    assert_eq!(vera.head(id).await?.last_seq, 3);
    for key in ["", "two words", &"k".repeat(201)] {
        let refused = send_with_key(&north, id, key, "Hello.").await?;
        assert_eq!(refused.status(), 422);
        let refused: ErrorBody = refused.json().await?;
        assert!(refused.fields.contains_key("Idempotency-Key"));
    }
    Ok(())
}

async fn messages_are_read_over_http_in_both_directions(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera: Person = north.visitor().await?;
    let id = vera.start("1").await?.id;
    for number in 2..=60 {
        vera.send_message(id, &number.to_string()).await?;
    }
    let read = async |query: &str| -> Result<(Vec<i64>, bool)> {
        let path = format!("/api/v1/conversations/{id}/messages{query}");
        let page: Messages = fetch(&north.server, Method::GET, &path, &north.ada_token).await?;
        Ok((page.messages.iter().map(|it| it.seq).collect(), page.more))
    };
    assert_eq!(read("").await?, ((11..=60).collect(), true));
    assert_eq!(read("?before_seq=11").await?, ((1..=10).collect(), false));
    assert_eq!(read("?after_seq=58").await?, (vec![59, 60], false));
    let both = format!("/api/v1/conversations/{id}/messages?before_seq=5&after_seq=1");
    let refused = request_as(&north.server, Method::GET, &both, &north.ada_token, None).await?;
    assert_eq!(refused.status(), 422);
    Ok(())
}
