//! The outbox: every event exactly once, in order.

use std::time::Duration;

use deskbell_protocol::{ConversationId, Status};
use deskbell_store::conversations::messages::{self, Unsaved};
use deskbell_store::platform::outbox::{self, OutboxEvent, OutboxRow};
use deskbell_store::{Store, conversations};

use crate::fixture::{Fixture, NOW, client, on_both_engines, sender, words};

/// Reads until there are this many rows. On Postgres a transaction of another test, in another
/// database, may delay the newest ones for a moment.
async fn read(store: &Store, after: i64, count: usize) -> Vec<OutboxRow> {
    let read = async {
        loop {
            let mut reader = store.read().await.unwrap();
            let rows = outbox::read_after(&mut reader, after, 100).await.unwrap();
            if rows.len() >= count {
                return rows;
            }
            tokio::task::yield_now().await;
        }
    };
    let rows = tokio::time::timeout(Duration::from_secs(30), read).await;
    let rows = rows.expect("the rows come");
    assert_eq!(rows.len(), count);
    rows
}

async fn count(store: &Store) -> i64 {
    store.count("SELECT COUNT(*) FROM outbox").await.unwrap()
}

async fn advance(store: &Store, consumer: &str, position: i64) {
    let mut tx = store.begin(NOW).await.unwrap();
    outbox::advance(&mut tx, consumer, position).await.unwrap();
    tx.commit().await.unwrap();
}

async fn prune(store: &Store, before: i64) -> u64 {
    let mut tx = store.begin(NOW).await.unwrap();
    let pruned = outbox::prune(&mut tx, before, 100).await.unwrap();
    tx.commit().await.unwrap();
    pruned
}

#[tokio::test]
async fn a_transaction_appends_one_row_however_many_heads_it_writes() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut after = 0;
        // One, three in four padded rows, and more than one statement takes; one of them resolved.
        for (batch, size) in [(1_u64, 1_u64), (2, 3), (3, 257), (4, 300)] {
            let mut tx = fixture.store.begin(NOW + 5).await.unwrap();
            let mut ids = Vec::new();
            for number in 0..size {
                let started = conversations::start(
                    &mut tx,
                    &fixture.vera,
                    client(batch * 1_000 + number),
                    "Hello?",
                );
                ids.push(started.await.unwrap().conversation.id);
            }
            tx.commit().await.unwrap();
            after = read(&fixture.store, after, 1).await[0].position;

            let mut tx = fixture.store.begin(NOW + 7).await.unwrap();
            let mut heads = conversations::lock_all(&mut tx, &ids).await.unwrap();
            let messages = ids.iter().zip(500..).map(|(id, number)| Unsaved {
                conversation_id: *id,
                sender: sender(&fixture.vera),
                client_id: Some(client(batch * 1_000 + number)),
                body: words("Still there?"),
            });
            messages::append_all(&mut tx, &mut heads, messages.collect())
                .await
                .unwrap();
            conversations::set_status(&mut tx, &heads[&ids[0]], Status::Resolved, None);
            tx.commit().await.unwrap();

            let rows = read(&fixture.store, after, 1).await;
            let row = &rows[0];
            after = row.position;
            assert_eq!(row.created_at, NOW + 7);
            let mut found: Vec<_> = row.events.iter().filter_map(created).collect();
            found.sort_unstable();
            found.dedup();
            ids.sort_unstable();
            assert_eq!(found, ids, "{size} conversations");
            let changed = row
                .events
                .iter()
                .filter(|event| matches!(event, OutboxEvent::ConversationChanged { .. }));
            assert_eq!(changed.count(), 1);
        }
    })
    .await;
}

/// The conversation of an event about messages.
fn created(event: &OutboxEvent) -> Option<ConversationId> {
    match event {
        OutboxEvent::MessagesCreated {
            conversation_id, ..
        } => Some(*conversation_id),
        _ => None,
    }
}

#[tokio::test]
async fn each_transaction_appends_its_events_with_their_ids() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let workspace_id = fixture.ada.workspace_id;
        let conversation_id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        let mut tx = fixture.store.begin(NOW + 5).await.unwrap();
        conversations::claim(&mut tx, &fixture.ada, conversation_id)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut dropped = fixture.begin().await;
        conversations::start(&mut dropped, &fixture.viktor, client(2), "Never said")
            .await
            .unwrap();
        drop(dropped);

        let rows = read(&fixture.store, 0, 2).await;
        let revision = fixture.head(&fixture.ada, conversation_id).await.revision;
        assert_eq!(
            rows[0].events,
            [
                OutboxEvent::ConversationStarted {
                    workspace_id,
                    conversation_id
                },
                OutboxEvent::MessagesCreated {
                    workspace_id,
                    conversation_id,
                    first_seq: 1,
                    last_seq: 1
                },
            ]
        );
        assert_eq!(
            rows[1].events,
            [OutboxEvent::ConversationChanged {
                workspace_id,
                conversation_id,
                revision
            }]
        );
        assert_eq!((rows[0].created_at, rows[1].created_at), (NOW, NOW + 5));
        assert!(rows[0].position < rows[1].position);
        assert_eq!(read(&fixture.store, rows[0].position, 1).await, rows[1..]);
    })
    .await;
}

#[tokio::test]
async fn republished_events_are_not_appended_again() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        let mut tx = fixture.begin().await;
        conversations::republish_heads(&mut tx, &[id])
            .await
            .unwrap();
        assert!(!tx.collected().events.is_empty());
        tx.commit().await.unwrap();
        assert_eq!(count(&fixture.store).await, 1);
    })
    .await;
}

fn started(row: &OutboxRow) -> Option<ConversationId> {
    row.events.iter().find_map(|event| match event {
        OutboxEvent::ConversationStarted {
            conversation_id, ..
        } => Some(*conversation_id),
        _ => None,
    })
}

#[tokio::test]
async fn a_transaction_that_commits_late_is_not_skipped() {
    let url = tokio::task::spawn_blocking(deskbell_testkit_db::postgres::new_database)
        .await
        .unwrap();
    let store = Store::open_postgres(&url).await.unwrap();
    store.migrate().await.unwrap();
    let fixture = Fixture::build(store).await;
    // Vera's transaction starts to write first and commits last.
    let mut early = fixture.begin().await;
    let veras = conversations::start(&mut early, &fixture.vera, client(1), "Hello?")
        .await
        .unwrap();
    let svens = fixture.start(&fixture.sven, client(2), "Hello?").await.id;
    let mut reader = fixture.store.read().await.unwrap();
    let rows = outbox::read_after(&mut reader, 0, 100).await.unwrap();
    assert_eq!(rows, [], "a consumer would pass by what is not committed");
    drop(reader);
    early.commit().await.unwrap();
    let rows = read(&fixture.store, 0, 2).await;
    let order: Vec<_> = rows.iter().filter_map(started).collect();
    assert_eq!(order, [veras.conversation.id, svens]);
}

#[tokio::test]
async fn after_a_restore_into_another_cluster_new_rows_stand_after_old_ones() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        fixture.start(&fixture.vera, client(1), "Hello?").await;
        let far = "UPDATE outbox SET position = position + 1000000000";
        fixture.store.execute(far).await.unwrap();
        let old = fixture
            .store
            .count("SELECT MAX(position) FROM outbox")
            .await
            .unwrap();
        advance(&fixture.store, "webhooks", old).await;
        fixture.store.migrate().await.unwrap();
        let id = fixture.start(&fixture.viktor, client(2), "Hello?").await.id;
        let rows = read(&fixture.store, old, 1).await;
        assert_eq!(started(&rows[0]), Some(id));
    })
    .await;
}

#[tokio::test]
async fn a_cursor_never_goes_back_and_is_removed_with_its_consumer() {
    on_both_engines(async |store| {
        let cursor = async |name: &str| {
            let mut reader = store.read().await.unwrap();
            outbox::find_cursor(&mut reader, name).await.unwrap()
        };
        assert_eq!(cursor("search").await, None);
        advance(&store, "search", 0).await;
        assert_eq!(cursor("search").await, Some(0));
        advance(&store, "search", 7).await;
        advance(&store, "search", 3).await;
        assert_eq!(cursor("search").await, Some(7));
        assert_eq!(cursor("webhooks").await, None);
        let mut tx = store.begin(NOW).await.unwrap();
        outbox::remove_consumer(&mut tx, "search").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(cursor("search").await, None);
    })
    .await;
}

#[tokio::test]
async fn rows_are_pruned_once_all_consumers_have_read_them_or_if_there_are_none() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        for (n, status) in (1..).zip([Status::Resolved, Status::Waiting, Status::Closed]) {
            let mut tx = fixture.store.begin(NOW + n).await.unwrap();
            let locked = conversations::lock_for_agent(&mut tx, &fixture.ada, id)
                .await
                .unwrap();
            conversations::set_status(&mut tx, &locked, status, None);
            tx.commit().await.unwrap();
        }
        let rows = read(&fixture.store, 0, 4).await;
        assert_eq!(prune(&fixture.store, NOW).await, 0, "nothing is old");
        assert_eq!(prune(&fixture.store, NOW + 1).await, 1, "nobody reads");
        advance(&fixture.store, "search", rows[2].position).await;
        advance(&fixture.store, "webhooks", rows[1].position).await;
        assert_eq!(
            prune(&fixture.store, NOW + 99).await,
            1,
            "webhooks reads on"
        );
        assert_eq!(read(&fixture.store, 0, 2).await, rows[2..]);
        advance(&fixture.store, "webhooks", rows[3].position).await;
        advance(&fixture.store, "search", rows[3].position).await;
        assert_eq!(prune(&fixture.store, 0).await, 1);
        assert_eq!(
            read(&fixture.store, 0, 1).await,
            rows[3..],
            "the newest one stays, for the next number"
        );
    })
    .await;
}
