//! The database handle, and the guarantees of a transaction.

use deskbell_store::conversations::{self, messages};
use deskbell_store::{Error, Store};

use crate::fixture::{Fixture, NOW, client, on_both_engines, sender, words};

#[tokio::test]
async fn a_database_answers_and_migrating_it_twice_changes_nothing() {
    on_both_engines(async |store| {
        assert!(["sqlite", "postgres"].contains(&store.engine()));
        store.ping().await.unwrap();
        store.migrate().await.unwrap();
        store.ping().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_transaction_has_one_time() {
    on_both_engines(async |store| {
        assert_eq!(store.begin(NOW).await.unwrap().now(), NOW);
    })
    .await;
}

#[tokio::test]
async fn a_dropped_transaction_is_rolled_back() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let before = fixture.start(&fixture.vera, client(1), "Hello?").await;
        let mut tx = fixture.begin().await;
        let locked = conversations::lock_for_visitor(&mut tx, &fixture.vera, before.id)
            .await
            .unwrap();
        let from = sender(&fixture.vera);
        messages::append(
            &mut tx,
            &locked,
            &from,
            Some(client(2)),
            &words("Never said"),
        )
        .await
        .unwrap();
        conversations::start(&mut tx, &fixture.viktor, client(3), "Never begun")
            .await
            .unwrap();
        drop(tx);

        let after = fixture.head(&fixture.ada, before.id).await;
        assert_eq!(after.for_visitor(), before);
        assert_eq!(
            fixture
                .store
                .count("SELECT COUNT(*) FROM messages")
                .await
                .unwrap(),
            1
        );
        // The sequence number is reused by the next message, so there is no gap.
        assert_eq!(
            fixture
                .say(&fixture.vera, before.id, client(4), "Said")
                .await
                .message
                .seq,
            2
        );
    })
    .await;
}

#[tokio::test]
async fn uncommitted_rows_are_not_visible_to_others() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut tx = fixture.begin().await;
        let started = conversations::start(&mut tx, &fixture.vera, client(1), "Hello?")
            .await
            .unwrap();
        let id = started.conversation.id;
        let mut reader = fixture.store.read().await.unwrap();
        let early = conversations::get_for_agent(&mut reader, &fixture.ada, id).await;
        assert!(matches!(early, Err(Error::NotFound)), "{early:?}");
        // The transaction itself reads its own writes.
        assert_eq!(
            conversations::get_for_agent(&mut tx, &fixture.ada, id)
                .await
                .unwrap(),
            started.conversation
        );
        tx.commit().await.unwrap();
        assert_eq!(
            conversations::get_for_agent(&mut reader, &fixture.ada, id)
                .await
                .unwrap()
                .for_visitor(),
            started.conversation
        );
    })
    .await;
}

#[tokio::test]
async fn a_closed_database_is_unavailable() {
    on_both_engines(async |store| {
        store.close().await;
        let error = store.ping().await.unwrap_err();
        assert!(error.is_unavailable(), "{error:?}");
        assert!(!Error::NotFound.is_unavailable());
    })
    .await;
}

#[tokio::test]
async fn committed_rows_survive_reopening_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deskbell.db");
    let store = Store::open_sqlite(&path).await.unwrap();
    store.migrate().await.unwrap();
    let mut fixture = Fixture::build(store).await;
    let started = fixture.start(&fixture.vera, client(1), "Hello?").await;
    fixture.store.close().await;

    fixture.store = Store::open_sqlite(&path).await.unwrap();
    fixture.store.migrate().await.unwrap();
    let reopened = fixture.head(&fixture.ada, started.id).await;
    assert_eq!(reopened.for_visitor(), started);
}
