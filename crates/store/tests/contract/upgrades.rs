//! Upgrades: a database with rows, at every migration level, is migrated to the newest one, and the
//! rows are intact.

use deskbell_protocol::{
    AgentView, Body, ConversationId, Queue, Role, SiteId, Status, UserId, VisitorId, WorkspaceId,
};
use deskbell_store::conversations::{self, inboxes, messages, receipts};
use deskbell_store::identity::users;
use deskbell_store::platform::outbox;
use deskbell_store::workspace::workspaces;
use deskbell_store::{Store, VisitorScope, WorkspaceScope};
use deskbell_testkit_db::postgres;
use sqlx::types::Uuid;

use crate::fixture::{NOW, client, on_both_engines, sender, words};

const ROWS: &str = include_str!("upgrades/rows.sql");

/// The rows that can be written once this migration is the newest.
fn rows_after(level: i64, engine: &str) -> Vec<String> {
    let heading = format!("-- after {level:04}\n");
    let Some((_, rows)) = ROWS.split_once(&heading) else {
        return Vec::new();
    };
    let rows = rows.split("-- after").next().unwrap();
    let statements = rows.lines().filter(|line| line.starts_with("INSERT"));
    statements.map(|sql| with_ids(sql, engine)).collect()
}

/// Replaces the ids in a statement by this engine's notation.
fn with_ids(sql: &str, engine: &str) -> String {
    let mut parts = sql.split('#');
    let mut text = parts.next().unwrap().to_owned();
    for part in parts {
        let digits = part.chars().take_while(char::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        let id = id(number.parse().unwrap());
        match engine {
            "sqlite" => text += &format!("X'{}'", id.simple()),
            _ => text += &format!("'{id}'"),
        }
        text += rest;
    }
    text
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Migrates level by level up to `level`, writing rows at each.
async fn fill(store: &Store, level: i64) {
    for step in store.migration_levels().filter(|step| *step <= level) {
        store.migrate_to(step).await.unwrap();
        for sql in rows_after(step, store.engine()) {
            store.execute(&sql).await.unwrap();
        }
    }
}

async fn check(store: &Store, level: i64) {
    let mut reader = store.read().await.unwrap();
    let rows = outbox::read_after(&mut reader, 0, 10).await.unwrap();
    drop(reader);
    let positions: Vec<_> = rows.iter().map(|row| row.position).collect();
    let written: &[i64] = if level < 22 { &[] } else { &[7, 9] };
    assert_eq!(positions, written);
    let workspace_id = WorkspaceId(id(2));
    let ada = WorkspaceScope {
        workspace_id,
        user: AgentView {
            id: UserId(id(1)),
            name: "Ada".to_owned(),
        },
        role: Role::Owner,
    };
    let vera = VisitorScope {
        workspace_id,
        site_id: SiteId(id(3)),
        visitor_id: VisitorId(id(4)),
        name: "Vera".to_owned(),
        address: None,
    };
    let conversation = ConversationId(id(5));
    let mut reader = store.read().await.unwrap();
    let head = conversations::get_for_visitor(&mut reader, &vera, conversation)
        .await
        .unwrap();
    assert_eq!((head.status, head.last_seq), (Status::Active, 3));
    assert_eq!(head.assignee, Some(ada.user.clone()));
    assert_eq!((head.preview.as_str(), head.visitor_texts), ("Hi Vera", 1));
    let (all, more) = messages::page_after(&mut reader, workspace_id, conversation, 0, 9)
        .await
        .unwrap();
    let bodies: Vec<_> = all.iter().map(|message| message.body.clone()).collect();
    let joined = Body::Joined {
        name: "Ada".to_owned(),
    };
    assert_eq!(bodies, [words("Hello?"), joined, words("Hi Vera")]);
    assert!(!more);
    let inbox = inboxes::get_inbox(&mut reader, &ada).await.unwrap();
    let active = Queue {
        active: 1,
        ..Queue::default()
    };
    assert_eq!((inbox.position, inbox.queue), (1, active));
    let user = users::find_user_by_email(&mut reader, "ada@north.example")
        .await
        .unwrap();
    assert_eq!(user.unwrap().name, "Ada");
    let member = workspaces::list_memberships(&mut reader, UserId(id(1)))
        .await
        .unwrap();
    assert_eq!(member.len(), 1);
    let seen = receipts::list_markers(&mut reader, &ada, 9).await.unwrap();
    assert_eq!(seen.len(), usize::from(level >= 4));
    drop(reader);
    for (since, table) in [
        (8, "auth_sessions"),
        (8, "refresh_tokens"),
        (8, "api_tokens"),
        (9, "second_factors"),
        (9, "backup_codes"),
        (9, "links"),
        (9, "mails"),
        (10, "workspace_limits"),
        (10, "invitations"),
        (11, "blocks"),
        (12, "avatars"),
        (13, "platform"),
        (31, "canned_responses"),
        (32, "teams"),
        (32, "team_members"),
        (32, "team_sites"),
        (33, "business_hours"),
    ] {
        let rows = store.count(&format!("SELECT COUNT(*) FROM {table}")).await;
        assert_eq!(rows.unwrap(), i64::from(level >= since), "{table}");
    }
    // The upgraded database accepts new rows.
    let mut tx = store.begin(NOW).await.unwrap();
    let locked = conversations::lock_for_visitor(&mut tx, &vera, conversation)
        .await
        .unwrap();
    let from = sender(&vera);
    let next = messages::append(&mut tx, &locked, &from, Some(client(1)), &words("And now?"))
        .await
        .unwrap();
    assert_eq!(next.message.seq, 4);
    tx.commit().await.unwrap();
}

async fn upgrade(store: Store, level: i64) {
    println!("from level {level} on {}", store.engine());
    fill(&store, level).await;
    store.migrate().await.unwrap();
    check(&store, level).await;
    store.close().await;
}

#[tokio::test]
async fn a_sqlite_file_of_every_level_is_upgraded_and_its_rows_are_intact() {
    let folder = tempfile::tempdir().unwrap();
    let newest = Store::open_sqlite(&folder.path().join("levels.db"))
        .await
        .unwrap();
    for level in newest.migration_levels() {
        let path = folder.path().join(format!("{level}.db"));
        upgrade(Store::open_sqlite(&path).await.unwrap(), level).await;
    }
}

#[tokio::test]
async fn a_postgres_database_of_every_level_is_upgraded_and_its_rows_are_intact() {
    let open = async || {
        let url = tokio::task::spawn_blocking(postgres::new_database);
        Store::open_postgres(&url.await.unwrap()).await.unwrap()
    };
    for level in open().await.migration_levels() {
        upgrade(open().await, level).await;
    }
}

#[tokio::test]
async fn a_database_whose_migrations_are_newer_changed_or_unfinished_is_refused() {
    on_both_engines(async |store| {
        store.migrate().await.unwrap();
        for (damage, repair) in [
            (
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 SELECT version + 1000, description, success, checksum, 0 FROM _sqlx_migrations \
                 WHERE version = 1",
                "DELETE FROM _sqlx_migrations WHERE version = 1001",
            ),
            (
                "UPDATE _sqlx_migrations SET success = FALSE WHERE version = 1",
                "UPDATE _sqlx_migrations SET success = TRUE WHERE version = 1",
            ),
            (
                "UPDATE _sqlx_migrations SET checksum = \
                 (SELECT checksum FROM _sqlx_migrations WHERE version = 2) WHERE version = 1",
                "SELECT 1",
            ),
        ] {
            store.execute(damage).await.unwrap();
            assert!(store.migrate().await.is_err(), "{damage}");
            store.execute(repair).await.unwrap();
        }
    })
    .await;
}
