//! Notifications of mentions and assignments, and their read state.

use anyhow::{Context, Result};
use deskbell_protocol::api::conversations::notifications::Notifications;
use deskbell_protocol::{
    Assignment, Command, ConversationId, Event, Mention, Notification, NotificationKind, UserId,
    limits,
};
use deskbell_testkit::cluster::Cluster;
use deskbell_testkit::people::{Person, visitor};
use deskbell_testkit::server::{Database, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{execute, fetch, request_as};
use crate::{North, on_both};

on_both!(
    a_mention_notifies_the_member,
    a_mention_of_a_team_notifies_its_members_once,
    an_assignment_notifies_the_assignee_and_not_those_who_assign_to_themselves,
    notifications_are_read_by_conversation_or_all_and_other_windows_learn_it,
    only_the_newest_are_kept_and_listed_in_pages,
    notifications_end_with_the_membership,
    nobody_sees_the_notifications_of_another,
);

async fn id_of(server: &TestServer, token: &str) -> Result<UserId> {
    let me: Value = fetch(server, Method::GET, "/api/v1/me", token).await?;
    Ok(serde_json::from_value(me["user_id"].clone())?)
}

async fn listed(server: &TestServer, token: &str, query: &str) -> Result<Notifications> {
    let path = format!("/api/v1/notifications{query}");
    fetch(server, Method::GET, &path, token).await
}

async fn read(server: &TestServer, token: &str, body: Value) -> Result<()> {
    let path = "/api/v1/notifications/read";
    let done = request_as(server, Method::POST, path, token, Some(body)).await?;
    anyhow::ensure!(done.status() == 204, "{}", done.text().await?);
    Ok(())
}

fn note(by: &Person, id: ConversationId, text: &str, mentions: Vec<Mention>) -> Command {
    Command::Note {
        conversation_id: id,
        client_id: by.next_client_id(),
        text: text.to_owned(),
        mentions,
    }
}

fn mention(id: UserId, name: &str) -> Mention {
    Mention::Member {
        id,
        name: name.to_owned(),
    }
}

async fn write(person: &mut Person, command: Command) -> Result<()> {
    let answer = person.socket.request(command).await?;
    anyhow::ensure!(matches!(answer, Event::NoteSaved { .. }), "{answer:?}");
    Ok(())
}

/// The next notification of a person.
async fn next(person: &mut Person) -> Result<Notification> {
    loop {
        let event = person.socket.next_event().await?;
        if let Event::Notified { notification } = event.context("a notification")? {
            return Ok(notification);
        }
    }
}

/// Waits until the person is asked to request their notifications again.
async fn changed(person: &mut Person) -> Result<()> {
    let is_it = |event: &Event| matches!(event, Event::NotificationsChanged);
    while !is_it(&person.socket.next_event().await?.context("the event")?) {}
    Ok(())
}

async fn a_mention_notifies_the_member(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let (mut ada, mut ben) = (north.ada().await?, north.ben().await?);
    let bens_id = id_of(server, &ben.token).await?;
    let id = north.visitor().await?.start("Hello?").await?.id;
    let text = "@Ben and @Ada: can you call?";
    let adas_id = id_of(server, &ada.token).await?;
    let mentions = vec![mention(bens_id, "Ben"), mention(adas_id, "Ada")];
    let command = note(&ada, id, text, mentions);
    write(&mut ada, command.clone()).await?;
    let notified = next(&mut ben).await?;
    assert_eq!(notified.kind, NotificationKind::Mention);
    assert_eq!(
        (notified.conversation_id, notified.text.as_str()),
        (id, text)
    );
    assert_eq!(notified.by.name, "Ada");
    let all = listed(server, &ben.token, "").await?;
    assert_eq!(
        (all.notifications, all.unread, all.more),
        (vec![notified], 1, false)
    );
    write(&mut ada, command).await?;
    assert_eq!(
        listed(server, &ben.token, "").await?.unread,
        1,
        "the same note"
    );
    let own = listed(server, &ada.token, "").await?;
    assert_eq!(own.unread, 0, "nobody is notified of what they wrote");
    Ok(())
}

async fn a_mention_of_a_team_notifies_its_members_once(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let (mut ada, mut ben) = (north.ada().await?, north.ben().await?);
    let carla = server.add_agent("Carla", "Ada").await?;
    let (adas, bens) = (
        id_of(server, &ada.token).await?,
        id_of(server, &ben.token).await?,
    );
    let body = json!({ "name": "Returns", "member_ids": [adas, bens] });
    let made = request_as(
        server,
        Method::POST,
        "/api/v1/teams",
        &ada.token,
        Some(body),
    )
    .await?;
    let team: Value = made.error_for_status()?.json().await?;
    let id = north.visitor().await?.start("Hello?").await?.id;
    let team = Mention::Team {
        id: serde_json::from_value(team["id"].clone())?,
        name: "Returns".to_owned(),
    };
    let mentions = vec![team, mention(bens, "Ben")];
    let command = note(&ada, id, "@Returns, above all @Ben", mentions);
    write(&mut ada, command).await?;
    next(&mut ben).await?;
    assert_eq!(listed(server, &ben.token, "").await?.unread, 1, "once");
    assert_eq!(listed(server, &ada.token, "").await?.unread, 0);
    assert_eq!(
        listed(server, &carla, "").await?.unread,
        0,
        "not in the team"
    );
    Ok(())
}

async fn an_assignment_notifies_the_assignee_and_not_those_who_assign_to_themselves(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let (mut ada, mut ben) = (north.ada().await?, north.ben().await?);
    let (adas, bens) = (
        id_of(server, &ada.token).await?,
        id_of(server, &ben.token).await?,
    );
    let id = north.visitor().await?.start("Hello?").await?.id;
    let assign = |user_id| Command::Assign {
        conversation_id: id,
        to: Assignment::Agent { user_id },
        from: None,
    };
    ada.change(assign(bens)).await?;
    let notified = next(&mut ben).await?;
    assert_eq!(notified.kind, NotificationKind::Assignment);
    assert_eq!(notified.text, "Hello?");
    ada.change(assign(bens)).await?;
    assert_eq!(
        listed(server, &ben.token, "").await?.unread,
        1,
        "it was his already"
    );
    ada.change(assign(adas)).await?;
    assert_eq!(listed(server, &ada.token, "").await?.unread, 0);
    Ok(())
}

/// Ada assigns new conversations to Ben.
async fn assign_to_ben(north: &North, ada: &mut Person, bens: UserId) -> Result<ConversationId> {
    let id = north.visitor().await?.start("Hello?").await?.id;
    ada.change(Command::Assign {
        conversation_id: id,
        to: Assignment::Agent { user_id: bens },
        from: None,
    })
    .await?;
    Ok(id)
}

async fn notifications_are_read_by_conversation_or_all_and_other_windows_learn_it(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let (mut ada, mut ben) = (north.ada().await?, north.ben().await?);
    let bens = id_of(server, &ben.token).await?;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(assign_to_ben(&north, &mut ada, bens).await?);
    }
    read(server, &ben.token, json!({ "conversation_id": ids[1] })).await?;
    changed(&mut ben).await?;
    let all = listed(server, &ben.token, "").await?;
    let unread: Vec<_> = all.notifications.iter().map(|it| !it.read).collect();
    assert_eq!((unread, all.unread), (vec![true, false, true], 2));
    let foreign = ConversationId::from_parts(1, [7; 10]);
    read(server, &ben.token, json!({ "conversation_id": foreign })).await?;
    read(server, &ben.token, json!({})).await?;
    changed(&mut ben).await?;
    assert_eq!(listed(server, &ben.token, "").await?.unread, 0);
    Ok(())
}

async fn only_the_newest_are_kept_and_listed_in_pages(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let (mut ada, ben) = (north.ada().await?, north.ben().await?);
    let bens = id_of(server, &ben.token).await?;
    let id = assign_to_ben(&north, &mut ada, bens).await?;
    // As if he had been assigned as many as are kept, all before this one.
    let store = server.store().await?;
    for number in 1..=limits::NOTIFICATIONS {
        let insert = format!(
            "INSERT INTO notifications (id, workspace_id, user_id, kind, conversation_id, by_id, by_name, text, \
             created_at, read) SELECT {}, workspace_id, user_id, kind, conversation_id, by_id, by_name, text, 1, FALSE \
             FROM notifications WHERE created_at > 1",
            uuid(database, number)
        );
        store.execute(&insert).await?;
    }
    store.close().await;
    assign_to_ben(&north, &mut ada, bens).await?;
    let (mut all, mut query) = (Vec::new(), String::new());
    loop {
        let page = listed(server, &ben.token, &query).await?;
        assert!(page.notifications.len() <= limits::PAGE_NOTIFICATIONS);
        all.extend(page.notifications);
        match all.last().filter(|_| page.more) {
            Some(last) => query = format!("?before={}", last.id),
            None => break,
        }
    }
    assert_eq!(all.len(), limits::NOTIFICATIONS);
    assert!(all.is_sorted_by(|one, next| one.id > next.id));
    assert_eq!(all[1].conversation_id, id);
    Ok(())
}

/// An id of this number as a literal; lower than every new one.
fn uuid(database: Database, number: usize) -> String {
    match database {
        Database::Sqlite => format!("x'{number:032x}'"),
        Database::Postgres => format!("'{number:032x}'"),
    }
}

async fn notifications_end_with_the_membership(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let (mut ada, ben) = (north.ada().await?, north.ben().await?);
    let bens = id_of(server, &ben.token).await?;
    assign_to_ben(&north, &mut ada, bens).await?;
    let path = format!("/api/v1/members/{bens}");
    let removed = request_as(server, Method::DELETE, &path, &ada.token, None).await?;
    assert!(removed.status().is_success());
    let store = server.store().await?;
    assert_eq!(store.count("SELECT COUNT(*) FROM notifications").await?, 0);
    store.close().await;
    Ok(())
}

async fn nobody_sees_the_notifications_of_another(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let (mut ada, ben) = (north.ada().await?, north.ben().await?);
    let stella = server.register("Stella", "South").await?;
    let bens = id_of(server, &ben.token).await?;
    assign_to_ben(&north, &mut ada, bens).await?;
    for token in [&ada.token, &stella] {
        assert_eq!(listed(server, token, "").await?.notifications, []);
        read(server, token, json!({})).await?;
    }
    assert_eq!(listed(server, &ben.token, "").await?.unread, 1);
    execute(
        server,
        "UPDATE notifications SET kind = 'of a newer version'",
    )
    .await?;
    let all = listed(server, &ben.token, "").await?;
    assert!(matches!(
        all.notifications[0].kind,
        NotificationKind::Other(_)
    ));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_is_notified_on_every_node() -> Result<()> {
    let cluster = Cluster::new(3).await?;
    let (done, ada_token) = cluster.nodes[0].set_up("Ada", "North").await?;
    let bens_token = cluster.nodes[0].add_agent("Ben", "Ada").await?;
    let bens = id_of(&cluster.nodes[0], &bens_token).await?;
    let mut windows = Vec::new();
    for node in &cluster.nodes {
        windows.push(Person::connect(node, &bens_token).await?);
    }
    let id = visitor(&cluster.nodes[1], &done.site.key)
        .await?
        .start("Hello?")
        .await?
        .id;
    let mut ada = Person::connect(&cluster.nodes[2], &ada_token).await?;
    ada.change(Command::Assign {
        conversation_id: id,
        to: Assignment::Agent { user_id: bens },
        from: None,
    })
    .await?;
    for window in &mut windows {
        assert_eq!(next(window).await?.conversation_id, id);
    }
    read(&cluster.nodes[1], &bens_token, json!({})).await?;
    for window in &mut windows {
        changed(window).await?;
    }
    Ok(())
}
