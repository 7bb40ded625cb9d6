//! Presence: the people who are online, and the recipients of its changes.

mod nodes;
mod receipts;
mod typing;

use anyhow::{Context, Result};
use deskbell_protocol::{
    AgentPresence, Availability, Command, ConversationId, Event, Receipts, SeenMarker, Sender,
};
use deskbell_testkit::people::{Person, SNAPSHOT};
use deskbell_testkit::server::Database;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::{North, on_both};

on_both!(an_agents_availability_lasts_until_they_change_it,);

async fn an_agents_availability_lasts_until_they_change_it(database: Database) -> Result<()> {
    let mut north = North::new(database).await?;
    let mut ada = north.ada().await?;
    ada.socket
        .request(Command::SubscribeInbox { after: None })
        .await?;
    ada.socket.request(choose(true)).await?;
    while next_presence(&mut ada, "Ada").await?.availability != Availability::Away {}
    north.server.restart().await?;
    let mut ada = north.ada().await?;
    ada.socket
        .request(Command::SubscribeInbox { after: None })
        .await?;
    assert_eq!(
        next_presence(&mut ada, "Ada").await?.availability,
        Availability::Away
    );
    let mut vera = north.visitor().await?;
    ada.socket.request(choose(false)).await?;
    while !next_team(&mut vera).await? {}
    Ok(())
}

#[tokio::test]
async fn a_visitor_learns_only_whether_an_agent_is_online() -> Result<()> {
    let north = North::new(Database::Sqlite).await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Hello?").await?.id;
    vera.follow(id, None).await?;
    let mut ada = north.ada().await?;
    assert!(next_team(&mut vera).await?);
    ada.socket
        .request(Command::SubscribeInbox { after: None })
        .await?;
    ada.follow(id, None).await?;
    ada.socket.request(receipt(id, 1, 1)).await?;
    ada.socket.request(choose(true)).await?;
    let received = until(&mut vera, |event| {
        matches!(event, Event::Team { online: false })
    })
    .await?;
    for event in &received {
        assert!(!matches!(
            event,
            Event::Presence { .. } | Event::Seen { .. }
        ));
        assert!(!serde_json::to_string(event)?.contains("Ada"), "{event:?}");
    }
    let welcome = welcome(&north, &vera.token).await?;
    assert!(matches!(
        welcome,
        Event::Welcome {
            team_online: Some(false),
            ..
        }
    ));
    Ok(())
}

#[tokio::test]
async fn agents_see_who_is_online_and_which_conversation_they_view() -> Result<()> {
    let north = North::new(Database::Sqlite).await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Hello?").await?.id;
    let mut ada = north.ada().await?;
    ada.socket
        .request(Command::SubscribeInbox { after: None })
        .await?;
    let Event::Presence {
        all: true,
        visitors,
        ..
    } = next_event(&mut ada).await?
    else {
        anyhow::bail!("who is there");
    };
    assert!(visitors.iter().all(|visitor| visitor.online));
    let mut ben = north.ben().await?;
    assert_eq!(
        next_presence(&mut ada, "Ben").await?.availability,
        Availability::Online
    );
    ben.follow(id, None).await?;
    assert_eq!(next_presence(&mut ada, "Ben").await?.viewing, [id]);
    idles(&mut ben, true).await?;
    let idle = next_presence(&mut ada, "Ben").await?;
    assert_eq!(
        (idle.availability, idle.viewing.len()),
        (Availability::Away, 0)
    );

    ada.follow(id, None).await?;
    vera.follow(id, None).await?;
    types(&mut vera, id, true).await?;
    let typing = until(
        &mut ada,
        |event| matches!(event, Event::Presence { typing, .. } if typing == &[id]),
    );
    typing.await?;
    Ok(())
}

#[tokio::test]
async fn colleagues_see_a_new_name_at_once() -> Result<()> {
    let north = North::new(Database::Sqlite).await?;
    let mut ada = north.ada().await?;
    ada.socket.request(SNAPSHOT).await?;
    let _ben = north.ben().await?;
    next_presence(&mut ada, "Ben").await?;
    let token = north.server.add_agent("Ben", "Ada").await?;
    let renamed = north
        .server
        .request(Method::PATCH, "/api/v1/me")
        .bearer_auth(&token)
        .json(&json!({ "name": "Benjamin" }))
        .send()
        .await?;
    assert_eq!(renamed.status(), StatusCode::OK);
    next_presence(&mut ada, "Benjamin").await?;
    Ok(())
}

#[tokio::test]
async fn a_visitor_whose_conversation_is_closed_is_unlisted_until_they_start_another() -> Result<()>
{
    let north = North::new(Database::Sqlite).await?;
    let mut ada = north.ada().await?;
    ada.socket.request(SNAPSHOT).await?;
    let mut vera = north.visitor().await?;
    let conversation_id = vera.start("Hello?").await?.id;
    vera.follow(conversation_id, None).await?;
    until(&mut ada, |event| lists_a_visitor(event, true)).await?;
    ada.change(Command::Claim { conversation_id }).await?;
    ada.change(Command::Close { conversation_id }).await?;
    until(&mut ada, |event| lists_a_visitor(event, false)).await?;

    let mut ben = north.ben().await?;
    ben.socket.request(SNAPSHOT).await?;
    let now = next_event(&mut ben).await?;
    assert!(
        matches!(&now, Event::Presence { all: true, visitors, .. } if visitors.is_empty()),
        "{now:?}"
    );
    vera.start("One more thing.").await?;
    until(&mut ben, |event| lists_a_visitor(event, true)).await?;
    Ok(())
}

#[tokio::test]
async fn a_reload_does_not_end_presence() -> Result<()> {
    let north = North::new(Database::Sqlite).await?;
    let mut ada = north.ada().await?;
    ada.socket
        .request(Command::SubscribeInbox { after: None })
        .await?;
    let ben = north.ben().await?;
    next_presence(&mut ada, "Ben").await?;
    drop(ben);
    let mut ben = north.ben().await?;
    idles(&mut ben, true).await?;
    let next = next_presence(&mut ada, "Ben").await?;
    assert_eq!(
        next.availability,
        Availability::Away,
        "and not offline before"
    );
    Ok(())
}

#[tokio::test]
async fn a_visitor_who_does_not_return_goes_offline_with_a_last_seen_time() -> Result<()> {
    let north = North::without_grace(Database::Sqlite).await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Hello?").await?.id;
    let mut ada = north.ada().await?;
    ada.socket
        .request(Command::SubscribeInbox { after: None })
        .await?;
    let ben = north.ben().await?;
    next_presence(&mut ada, "Ben").await?;
    drop(ben);
    let gone = next_presence(&mut ada, "Ben").await?;
    assert_eq!(gone.availability, Availability::Offline);

    drop(vera);
    let left = until(
        &mut ada,
        |event| matches!(event, Event::Presence { visitors, .. } if visitors.iter().any(|it| !it.online)),
    );
    left.await?;
    ada.follow(id, None).await?;
    let Event::Presence { visitors, .. } = next_event(&mut ada).await? else {
        anyhow::bail!("whether she is there");
    };
    assert!(!visitors[0].online && visitors[0].last_seen_at > 1_700_000_000_000);
    Ok(())
}

#[tokio::test]
async fn agents_of_south_receive_no_presence_of_north() -> Result<()> {
    let north = North::new(Database::Sqlite).await?;
    let stella = north.server.register("Stella", "South").await?;
    let mut stella = Person::connect(&north.server, &stella).await?;
    stella
        .socket
        .request(Command::SubscribeInbox { after: None })
        .await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Hello?").await?.id;
    let mut ada = north.ada().await?;
    ada.socket
        .request(Command::SubscribeInbox { after: None })
        .await?;
    ada.follow(id, None).await?;
    ada.socket.request(receipt(id, 1, 1)).await?;
    ada.socket.request(choose(true)).await?;
    until(&mut ada, |event| matches!(event, Event::Seen { .. })).await?;
    while next_presence(&mut ada, "Ada").await?.availability != Availability::Away {}
    stella.socket.request(choose(true)).await?;
    let mine = |event: &Event| {
        matches!(event, Event::Presence { agents, .. }
            if agents.iter().any(|it| it.availability == Availability::Away))
    };
    for event in until(&mut stella, mine).await? {
        let Event::Presence {
            agents, visitors, ..
        } = event
        else {
            anyhow::bail!("only presence, not {event:?}");
        };
        assert!(visitors.is_empty());
        assert!(agents.iter().all(|it| it.agent.name == "Stella"));
    }
    Ok(())
}

fn receipt(conversation_id: ConversationId, delivered: i64, seen: i64) -> Command {
    Command::Receipt {
        conversation_id,
        delivered: Some(delivered),
        seen: Some(seen),
    }
}

fn choose(away: bool) -> Command {
    Command::Presence {
        away: Some(away),
        idle: None,
    }
}

async fn idles(person: &mut Person, idle: bool) -> Result<()> {
    let command = Command::Presence {
        away: None,
        idle: Some(idle),
    };
    done(person.socket.request(command).await?)
}

async fn types(person: &mut Person, conversation_id: ConversationId, active: bool) -> Result<()> {
    let command = Command::Typing {
        conversation_id,
        active,
    };
    done(person.socket.request(command).await?)
}

fn done(answer: Event) -> Result<()> {
    anyhow::ensure!(answer == Event::Done, "done, not {answer:?}");
    Ok(())
}

async fn next_event(person: &mut Person) -> Result<Event> {
    let next = person.socket.next_event().await?;
    next.context("the connection is open")
}

/// All events up to and including the awaited one.
async fn until(person: &mut Person, is_it: impl Fn(&Event) -> bool) -> Result<Vec<Event>> {
    let mut received = Vec::new();
    loop {
        let event = next_event(person).await?;
        let is_last = is_it(&event);
        received.push(event);
        if is_last {
            return Ok(received);
        }
    }
}

async fn until_message(person: &mut Person) -> Result<Vec<Event>> {
    let is_text = |event: &Event| match event {
        Event::MessageCreated { message } => message.client_id.is_some(),
        _ => false,
    };
    until(person, is_text).await
}

async fn until_head(person: &mut Person, texts: i64) -> Result<Vec<Event>> {
    until(person, |event| {
        matches!(event, Event::InboxChanged { conversation, .. }
            if conversation.visitor_texts == texts)
    })
    .await
}

async fn next_typing(person: &mut Person) -> Result<(ConversationId, Sender, bool)> {
    loop {
        if let Event::Typing {
            conversation_id,
            sender,
            active,
        } = next_event(person).await?
        {
            return Ok((conversation_id, sender, active));
        }
    }
}

async fn next_receipts(person: &mut Person) -> Result<Receipts> {
    loop {
        if let Event::Receipts { receipts, .. } = next_event(person).await? {
            return Ok(receipts);
        }
    }
}

async fn next_seen(person: &mut Person) -> Result<Vec<SeenMarker>> {
    loop {
        if let Event::Seen { markers } = next_event(person).await? {
            return Ok(markers);
        }
    }
}

async fn next_team(person: &mut Person) -> Result<bool> {
    loop {
        if let Event::Team { online } = next_event(person).await? {
            return Ok(online);
        }
    }
}

/// The next presence event of a colleague.
async fn next_presence(person: &mut Person, name: &str) -> Result<AgentPresence> {
    loop {
        if let Event::Presence { agents, .. } = next_event(person).await?
            && let Some(presence) = agents.into_iter().find(|it| it.agent.name == name)
        {
            return Ok(presence);
        }
    }
}

async fn welcome(north: &North, token: &str) -> Result<Event> {
    let mut socket = deskbell_testkit::socket::Socket::open(&north.server.host()).await?;
    let hello = Command::Hello {
        level: deskbell_protocol::LEVEL,
        token: Some(token.to_owned()),
    };
    socket.request(hello).await
}

fn lists_a_visitor(event: &Event, wanted: bool) -> bool {
    matches!(event, Event::Presence { visitors, .. } if visitors.iter().any(|it| it.online == wanted))
}

fn is_of_visitor(event: &Event) -> bool {
    matches!(
        event,
        Event::Typing {
            sender: Sender::Visitor { .. },
            ..
        }
    )
}
