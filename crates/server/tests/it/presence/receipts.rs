//! Receipts: the last delivered and seen messages, and the recipients of their changes.

use anyhow::Result;
use deskbell_protocol::api::conversations::poll::Poll;
use deskbell_protocol::{
    ClientFrame, ClientMessageId, Command, ConversationId, ErrorCode, Event, LEVEL, Receipts,
    SeenMarker,
};
use deskbell_testkit::people::{Person, SNAPSHOT};
use deskbell_testkit::server::Database;

use super::{next_receipts, next_seen, receipt, until_head};
use crate::{North, on_both};

on_both!(
    receipts_reach_the_other_side_and_never_go_back,
    receipts_survive_a_restart,
    concurrent_receipts_are_saved_in_one_batch,
    an_agents_read_marker_reaches_all_their_connections,
    an_agents_reply_over_http_is_read_by_that_agent_alone,
);

#[tokio::test]
async fn typing_and_receipts_require_a_subscription() -> Result<()> {
    let north = North::new(Database::Sqlite).await?;
    let (mut vera, mut viktor) = (north.visitor().await?, north.visitor().await?);
    let id = vera.start("Mine.").await?.id;
    for person in [&mut vera, &mut viktor] {
        let typing = Command::Typing {
            conversation_id: id,
            active: true,
        };
        assert_eq!(person.refused(typing).await?.code, ErrorCode::NotFound);
        assert_eq!(
            person.refused(receipt(id, 1, 1)).await?.code,
            ErrorCode::NotFound
        );
    }
    let away = Command::Presence {
        away: Some(true),
        idle: None,
    };
    assert_eq!(vera.refused(away).await?.code, ErrorCode::Forbidden);
    Ok(())
}

async fn receipts_reach_the_other_side_and_never_go_back(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut vera, mut ada) = (north.visitor().await?, north.ada().await?);
    let id = vera.start("Has anybody read this?").await?.id;
    vera.follow(id, None).await?;
    ada.follow(id, None).await?;
    ada.socket.request(receipt(id, 1, 1)).await?;
    let expected = Receipts {
        agent_delivered: 1,
        agent_seen: 1,
        ..Receipts::default()
    };
    assert_eq!(next_receipts(&mut vera).await?, expected);
    assert_eq!(next_receipts(&mut ada).await?, expected);

    vera.send_message(id, "Hello?").await?;
    ada.socket.request(receipt(id, 0, 0)).await?;
    vera.socket.request(receipt(id, 9_999, 2)).await?;
    let update = next_receipts(&mut ada).await?;
    assert_eq!(
        (update.visitor_delivered, update.visitor_seen),
        (2, 2),
        "no more than there is"
    );
    assert_eq!(
        (update.agent_delivered, update.agent_seen),
        (1, 1),
        "nor less than before"
    );
    Ok(())
}

async fn receipts_survive_a_restart(database: Database) -> Result<()> {
    let mut north = North::new(database).await?;
    let (mut vera, mut ada) = (north.visitor().await?, north.ada().await?);
    let id = vera.start("Has anybody read this?").await?.id;
    vera.follow(id, None).await?;
    ada.follow(id, None).await?;
    ada.socket.request(receipt(id, 1, 1)).await?;
    let update = next_receipts(&mut vera).await?;
    north.server.restart().await?;
    let mut vera = Person::connect(&north.server, &vera.token).await?;
    assert_eq!(receipts_of(&mut vera, id).await?, update);
    let mut ada = north.ada().await?;
    ada.socket
        .request(Command::SubscribeInbox { after: None })
        .await?;
    let marker = SeenMarker {
        conversation_id: id,
        seq: 1,
        visitor_texts: 1,
    };
    assert_eq!(next_seen(&mut ada).await?, [marker]);
    Ok(())
}

async fn concurrent_receipts_are_saved_in_one_batch(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut vera, mut ada) = (north.visitor().await?, north.ada().await?);
    let id = vera.start("One").await?.id;
    for n in 2..=60 {
        vera.send_message(id, &format!("{n}")).await?;
    }
    vera.follow(id, None).await?;
    ada.follow(id, None).await?;
    for n in 1..=60 {
        let command = serde_json::to_value(receipt(id, n, n))?;
        let frame = serde_json::json!({ "id": 1_000 + n, "command": command });
        ada.socket.send_text(&frame.to_string()).await?;
    }
    let mut updates = 0;
    loop {
        updates += 1;
        if next_receipts(&mut vera).await?.agent_seen == 60 {
            break;
        }
    }
    assert!(updates < 12, "60 receipts made {updates} changes");
    Ok(())
}

async fn an_agents_read_marker_reaches_all_their_connections(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut vera, mut ada) = (north.visitor().await?, north.ada().await?);
    let id = vera.start("One").await?.id;
    let mut elsewhere = north.ada().await?;
    elsewhere
        .socket
        .request(Command::SubscribeInbox { after: None })
        .await?;
    let mut ben = north.ben().await?;
    ben.socket
        .request(Command::SubscribeInbox { after: None })
        .await?;
    ada.follow(id, None).await?;
    vera.send_message(id, "Two").await?;
    vera.send_message(id, "Three").await?;
    ada.socket.request(receipt(id, 2, 2)).await?;
    let marker = |seq| SeenMarker {
        conversation_id: id,
        seq,
        visitor_texts: seq,
    };
    assert_eq!(next_seen(&mut elsewhere).await?, [marker(2)]);
    ada.socket.request(receipt(id, 3, 3)).await?;
    assert_eq!(next_seen(&mut elsewhere).await?, [marker(3)]);
    let head = ada
        .change(Command::Claim {
            conversation_id: id,
        })
        .await?;
    assert_eq!(head.visitor_texts, 3);

    vera.follow(id, None).await?;
    vera.send_message(id, "Four").await?;
    let received = until_head(&mut ben, 4).await?;
    assert!(
        !received
            .iter()
            .any(|event| matches!(event, Event::Seen { .. }))
    );
    Ok(())
}

/// A reply comes from a program that reports no receipts: the dashboard of that agent must not count
/// what they have replied to, and the dashboard of a colleague must.
async fn an_agents_reply_over_http_is_read_by_that_agent_alone(database: Database) -> Result<()> {
    let mut north = North::new(database).await?;
    let (mut vera, mut ada) = (north.visitor().await?, north.ada().await?);
    let mut ben = north.ben().await?;
    ada.socket.request(SNAPSHOT).await?;
    ben.socket.request(SNAPSHOT).await?;
    let id = vera.start("One").await?.id;
    vera.follow(id, None).await?;
    vera.send_message(id, "Two").await?;
    reply_over_http(&north, id).await?;
    let read = next_seen(&mut ada).await?;
    let [marker] = read[..] else {
        anyhow::bail!("one marker, not {read:?}");
    };
    assert_eq!((marker.conversation_id, marker.visitor_texts), (id, 2));

    vera.send_message(id, "Three").await?;
    let received = until_head(&mut ben, 3).await?;
    assert!(
        !received
            .iter()
            .any(|event| matches!(event, Event::Seen { .. })),
        "{received:?}"
    );

    north.server.restart().await?;
    let mut ada = north.ada().await?;
    ada.socket.request(SNAPSHOT).await?;
    assert_eq!(next_seen(&mut ada).await?, [marker]);
    Ok(())
}

/// Sends a reply of Ada as a program does that polls.
async fn reply_over_http(north: &North, conversation_id: ConversationId) -> Result<()> {
    let hello = Command::Hello {
        level: LEVEL,
        token: Some(north.ada_token.clone()),
    };
    let reply = Command::Send {
        conversation_id,
        client_id: ClientMessageId::from_parts(1, [7; 10]),
        text: "On my way".to_owned(),
        assignee: None,
    };
    let commands = [hello, reply];
    let frames = (1..).zip(commands);
    let frames: Vec<_> = frames
        .map(|(id, command)| ClientFrame { id, command })
        .collect();
    let poll = Poll {
        session: None,
        frames,
        wait: true,
        number: None,
        wait_ms: None,
    };
    let server = &north.server;
    let answer = server.post("/api/v1/poll", serde_json::to_value(poll)?);
    answer.await?.error_for_status()?;
    Ok(())
}

async fn receipts_of(person: &mut Person, conversation_id: ConversationId) -> Result<Receipts> {
    let subscribe = Command::Subscribe {
        conversation_id,
        after_seq: None,
    };
    match person.socket.request(subscribe).await? {
        Event::Subscribed { receipts, .. } => Ok(receipts),
        other => anyhow::bail!("subscribed, not {other:?}"),
    }
}
