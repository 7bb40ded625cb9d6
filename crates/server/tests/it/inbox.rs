//! The inbox: a snapshot, then changes by position; and the list over HTTP.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use deskbell_protocol::api::conversations::Conversations;
use deskbell_protocol::{
    Command, Conversation, ErrorBody, ErrorCode, Event, Position, Queue, SeenMarker, Status, limits,
};
use deskbell_testkit::people::{Person, SNAPSHOT};
use deskbell_testkit::server::Database;
use reqwest::{Method, StatusCode};

use crate::{North, on_both};

on_both!(
    an_agent_who_reconnects_gets_missed_changes_in_order,
    an_agent_who_missed_too_many_changes_gets_a_snapshot,
    an_agent_with_a_position_that_does_not_exist_gets_a_snapshot,
    concurrent_changes_arrive_by_position_and_are_counted,
    a_visitor_receives_no_inbox_events,
    no_event_of_north_reaches_the_inbox_of_south,
    paging_the_changing_list_misses_nothing,
    the_list_continues_where_the_snapshot_ends,
    a_snapshot_contains_the_agents_own_conversations_however_many_wait,
    the_list_is_filtered_by_status,
    a_cursor_is_valid_for_its_own_list_only,
    only_agents_read_the_list,
);

async fn an_agent_who_reconnects_gets_missed_changes_in_order(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(vera.start(&format!("{n}")).await?.id);
    }
    let mut ada = north.ada().await?;
    let seen = snapshot(&mut ada).await?;
    assert_eq!((seen.position, seen.queue.waiting), (6, 6));
    drop(ada);

    let mut expected = Vec::new();
    for n in 0..30 {
        // Two of them are not changed.
        let id = ids[n * 7 % 4];
        vera.send_message(id, &format!("Again {n}")).await?;
        expected.retain(|other| *other != id);
        expected.push(id);
    }
    let mut ada = north.ada().await?;
    let after = Some(seen.position);
    let Event::InboxChanges {
        conversations,
        position,
        queue,
    } = ada
        .socket
        .request(Command::SubscribeInbox { after })
        .await?
    else {
        anyhow::bail!("what changed");
    };
    let missed: Vec<_> = conversations.iter().map(|it| it.id).collect();
    assert_eq!((missed, position, queue), (expected, 36, seen.queue));

    vera.send_message(ids[5], "Live").await?;
    let (position, conversation, _) = next_change(&mut ada).await?;
    assert_eq!((position, conversation.id), (37, ids[5]));
    let after = Some(position);
    let Event::InboxChanges { conversations, .. } = ada
        .socket
        .request(Command::SubscribeInbox { after })
        .await?
    else {
        anyhow::bail!("what changed");
    };
    assert!(conversations.is_empty());
    Ok(())
}

async fn an_agent_who_missed_too_many_changes_gets_a_snapshot(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    vera.start("Before").await?;
    let mut ada = north.ada().await?;
    let seen = snapshot(&mut ada).await?;
    for n in 0..=limits::INBOX_ROWS {
        vera.start(&format!("{n}")).await?;
    }
    let mut back = north.ada().await?;
    let after = Some(seen.position);
    let answer = back
        .socket
        .request(Command::SubscribeInbox { after })
        .await?;
    let Event::Inbox {
        conversations,
        position,
        next_cursor,
        ..
    } = answer
    else {
        anyhow::bail!("a snapshot");
    };
    assert_eq!(conversations.len(), limits::INBOX_ROWS);
    assert_eq!(position, i64::try_from(limits::INBOX_ROWS)? + 2);
    assert!(next_cursor.is_some());
    Ok(())
}

async fn an_agent_with_a_position_that_does_not_exist_gets_a_snapshot(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    north.visitor().await?.start("Hello?").await?;
    let mut ada = north.ada().await?;
    for after in [2, i64::MAX, -1, i64::MIN] {
        let after = Some(after);
        let answer = ada
            .socket
            .request(Command::SubscribeInbox { after })
            .await?;
        assert!(
            matches!(answer, Event::Inbox { position: 1, .. }),
            "{answer:?}"
        );
    }
    Ok(())
}

async fn concurrent_changes_arrive_by_position_and_are_counted(database: Database) -> Result<()> {
    const WRITERS: usize = 10;
    const EACH: usize = 12;
    let north = North::new(database).await?;
    let mut ada = north.ada().await?;
    let start = snapshot(&mut ada).await?;
    let mut tasks = Vec::new();
    for n in 0..WRITERS {
        let (mut visitor, mut ben) = (north.visitor().await?, north.ada().await?);
        tasks.push(tokio::spawn(async move {
            let conversation_id = visitor.start("Hello?").await?.id;
            for word in 0..EACH {
                visitor
                    .send_message(conversation_id, &format!("{word}"))
                    .await?;
            }
            if n % 2 == 0 {
                ben.change(Command::Claim { conversation_id }).await?;
            }
            if n % 4 == 0 {
                ben.change(Command::Resolve { conversation_id }).await?;
            }
            anyhow::Ok(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    let end = snapshot(&mut north.ada().await?).await?;
    let queue = Queue {
        waiting: 5,
        active: 2,
        resolved: 3,
    };
    assert_eq!(end.queue, queue);

    let (mut at, mut known) = (start.position, BTreeMap::new());
    while at < end.position {
        let (position, conversation, queue) = next_change(&mut ada).await?;
        assert!(position > at, "{position} after {at}");
        at = position;
        known.insert(conversation.id, conversation);
        if at == end.position {
            assert_eq!(queue, end.queue);
        }
    }
    let wanted: BTreeMap<_, _> = end.rows.into_iter().map(|row| (row.id, row)).collect();
    assert_eq!(known, wanted);
    Ok(())
}

async fn a_visitor_receives_no_inbox_events(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let id = vera.start("Hello?").await?.id;
    vera.follow(id, None).await?;
    for command in [
        Command::Claim {
            conversation_id: id,
        },
        Command::Resolve {
            conversation_id: id,
        },
        Command::Close {
            conversation_id: id,
        },
    ] {
        ada.change(command).await?;
    }
    let after = Some(0);
    let refused = vera.refused(Command::SubscribeInbox { after }).await?;
    assert_eq!(refused.code, ErrorCode::Forbidden);
    let mut closed = false;
    while !closed {
        match vera.socket.next_event().await? {
            Some(Event::MessageCreated { .. } | Event::Team { .. }) => {}
            Some(Event::ConversationChanged { conversation }) => {
                closed = conversation.status == Status::Closed;
            }
            other => anyhow::bail!("{other:?} is not a visitor's"),
        }
    }
    Ok(())
}

async fn no_event_of_north_reaches_the_inbox_of_south(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let token = north.server.register("Stella", "South").await?;
    let mut stella = Person::connect(&north.server, &token).await?;
    let empty = snapshot(&mut stella).await?;
    assert_eq!((empty.position, empty.rows.len()), (0, 0));
    let mut vera = north.visitor().await?;
    for n in 0..3 {
        vera.start(&format!("{n}")).await?;
    }
    let after = Some(0);
    assert_eq!(
        stella
            .socket
            .request(Command::SubscribeInbox { after })
            .await?,
        Event::InboxChanges {
            conversations: Vec::new(),
            position: 0,
            queue: Queue::default(),
        }
    );
    assert_eq!(stella.socket.request(Command::Ping).await?, Event::Pong);
    let page = list(&north, &token, "").await?;
    assert!(page.conversations.is_empty());
    Ok(())
}

async fn paging_the_changing_list_misses_nothing(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let mut ids = Vec::new();
    for n in 0..30 {
        let conversation_id = vera.start(&format!("{n}")).await?.id;
        ids.push(conversation_id);
        if n % 3 > 0 {
            ada.change(Command::Claim { conversation_id }).await?;
        }
        if n % 3 == 2 {
            ada.change(Command::Close { conversation_id }).await?;
        }
    }
    let (mut seen, mut moved): (Vec<Conversation>, _) = (Vec::new(), BTreeSet::new());
    let mut query = "limit=7".to_owned();
    for round in 0.. {
        let page = list(&north, &north.ada_token, &query).await?;
        seen.extend(page.conversations);
        let Some(cursor) = page.next_cursor else {
            break;
        };
        query = format!("limit=7&cursor={cursor}");
        if round < 5 {
            let id = ids[round * 6 + 1];
            vera.send_message(id, "Me first!").await?;
            moved.insert(id);
        }
    }
    for id in ids {
        let copies: Vec<_> = seen.iter().filter(|row| row.id == id).collect();
        let limit = if moved.contains(&id) { 2 } else { 1 };
        assert!((1..=limit).contains(&copies.len()), "{copies:?}");
        let is = ada.head(id).await?;
        assert_eq!(copies.last(), Some(&&is), "the last copy is the newest");
    }
    Ok(())
}

async fn the_list_continues_where_the_snapshot_ends(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let mut ids = BTreeSet::new();
    for n in 0..limits::INBOX_ROWS + 30 {
        ids.insert(vera.start(&format!("{n}")).await?.id);
    }
    let mut ada = north.ada().await?;
    let Event::Inbox {
        conversations,
        next_cursor: Some(cursor),
        ..
    } = ada.socket.request(SNAPSHOT).await?
    else {
        anyhow::bail!("a snapshot of more than fits in");
    };
    let rest = list(&north, &north.ada_token, &format!("cursor={cursor}")).await?;
    assert_eq!((rest.conversations.len(), rest.next_cursor), (30, None));
    let all = conversations.iter().chain(&rest.conversations);
    assert_eq!(all.map(|row| row.id).collect::<BTreeSet<_>>(), ids);
    Ok(())
}

async fn a_snapshot_contains_the_agents_own_conversations_however_many_wait(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let conversation_id = vera.start("Is this mine?").await?.id;
    ada.change(Command::Claim { conversation_id }).await?;
    ada.follow(conversation_id, None).await?;
    let read = Command::Receipt {
        conversation_id,
        delivered: None,
        seen: Some(1),
    };
    ada.socket.request(read).await?;
    let marker = SeenMarker {
        conversation_id,
        seq: 1,
        visitor_texts: 1,
    };
    assert_eq!(markers(&mut ada).await?, [marker]);
    for n in 0..limits::INBOX_ROWS {
        vera.start(&format!("{n}")).await?;
    }

    let mut ada = north.ada().await?;
    let seen = snapshot(&mut ada).await?;
    assert_eq!(seen.rows.len(), limits::INBOX_ROWS + 1);
    assert_eq!(seen.rows.last().map(|row| row.id), Some(conversation_id));
    assert_eq!(markers(&mut ada).await?, [marker], "how far she has read");
    let mut ben = north.ben().await?;
    assert_eq!(
        snapshot(&mut ben).await?.rows.len(),
        limits::INBOX_ROWS,
        "it is not his"
    );
    let page = list(&north, &north.ada_token, "status=active").await?;
    assert_eq!(page.seen, [marker], "so in the list");
    let page = list(&north, &north.ada_token, "status=waiting").await?;
    assert_eq!(page.seen, [], "nothing was read of those that wait");
    Ok(())
}

async fn the_list_is_filtered_by_status(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    for claimed in [false, false, true] {
        let conversation_id = vera.start("Hello?").await?.id;
        if claimed {
            ada.change(Command::Claim { conversation_id }).await?;
        }
    }
    for (status, count) in [
        ("waiting", 2),
        ("active", 1),
        ("resolved", 0),
        ("closed", 0),
    ] {
        let page = list(&north, &north.ada_token, &format!("status={status}")).await?;
        assert_eq!(page.conversations.len(), count, "{status}");
        let stand = page.conversations.iter().map(|row| row.status.as_str());
        assert!(stand.into_iter().all(|word| word == status));
    }
    for (query, field) in [
        ("status=open", "status"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
    ] {
        let refused = refused(&north, &north.ada_token, query).await?;
        assert!(refused.fields.contains_key(field), "{query}: {refused:?}");
    }
    let refused = refused(&north, &north.ada_token, "limit=many").await?;
    assert_eq!(refused.code, ErrorCode::BadRequest);
    Ok(())
}

async fn a_cursor_is_valid_for_its_own_list_only(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let south_token = north.server.register("Stella", "South").await?;
    let mut vera = north.visitor().await?;
    for n in 0..3 {
        vera.start(&format!("{n}")).await?;
    }
    let first = list(&north, &north.ada_token, "limit=1").await?;
    let cursor = first.next_cursor.unwrap_or_default();
    let damaged: String = cursor.chars().rev().collect();
    let longer = format!("{cursor}AAAA");
    for (token, query) in [
        (&south_token, format!("cursor={cursor}")),
        (&north.ada_token, format!("cursor={cursor}&status=waiting")),
        (&north.ada_token, format!("cursor={damaged}")),
        (&north.ada_token, format!("cursor={longer}")),
        (&north.ada_token, format!("cursor={}", &cursor[4..])),
        (&north.ada_token, "cursor=".to_owned()),
        (&north.ada_token, "cursor=%01%ff".to_owned()),
    ] {
        let refused = refused(&north, token, &query).await?;
        assert_eq!(refused.code, ErrorCode::Invalid, "{query}");
        assert!(refused.fields.contains_key("cursor"), "{query}");
    }
    let second = list(&north, &north.ada_token, &format!("cursor={cursor}")).await?;
    assert_eq!(second.conversations.len(), 2);
    Ok(())
}

async fn only_agents_read_the_list(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let vera = north.visitor().await?;
    let path = "/api/v1/conversations";
    let request = || north.server.request(Method::GET, path);
    let cookie = format!("deskbell_access={}", north.ada_token);
    for (request, status) in [
        (request(), StatusCode::UNAUTHORIZED),
        (request().bearer_auth(&vera.token), StatusCode::UNAUTHORIZED),
        (request().bearer_auth(&north.ada_token), StatusCode::OK),
        (request().header("cookie", cookie), StatusCode::OK),
    ] {
        assert_eq!(request.send().await?.status(), status);
    }
    Ok(())
}

struct Snapshot {
    position: Position,
    queue: Queue,
    rows: Vec<Conversation>,
}

async fn snapshot(agent: &mut Person) -> Result<Snapshot> {
    match agent.socket.request(SNAPSHOT).await? {
        Event::Inbox {
            conversations: rows,
            position,
            queue,
            ..
        } => Ok(Snapshot {
            position,
            queue,
            rows,
        }),
        other => anyhow::bail!("a snapshot, not {other:?}"),
    }
}

async fn next_change(agent: &mut Person) -> Result<(Position, Conversation, Queue)> {
    loop {
        match agent.socket.next_event().await? {
            Some(Event::InboxChanged {
                position,
                queue,
                conversation,
            }) => return Ok((position, conversation, queue)),
            Some(Event::Presence { .. } | Event::Seen { .. }) => {}
            other => anyhow::bail!("a change, not {other:?}"),
        }
    }
}

async fn markers(agent: &mut Person) -> Result<Vec<SeenMarker>> {
    loop {
        let news = agent.socket.next_event().await?;
        if let Event::Seen { markers } = news.context("the connection is open")? {
            return Ok(markers);
        }
    }
}

async fn list(north: &North, token: &str, query: &str) -> Result<Conversations> {
    let path = format!("/api/v1/conversations?{query}");
    let request = north.server.request(Method::GET, &path).bearer_auth(token);
    Ok(request.send().await?.error_for_status()?.json().await?)
}

async fn refused(north: &North, token: &str, query: &str) -> Result<ErrorBody> {
    let path = format!("/api/v1/conversations?{query}");
    let request = north.server.request(Method::GET, &path).bearer_auth(token);
    let response = request.send().await?;
    anyhow::ensure!(response.status().is_client_error(), "{}", response.status());
    Ok(response.json().await?)
}
