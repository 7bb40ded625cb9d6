//! The database itself, and what a transaction promises.

use deskbell_store::{Error, Store, conversations, messages};

use crate::house::{House, NOW, client, on_both_engines, sender, words};

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
async fn what_is_dropped_has_never_happened() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let before = house.start(&house.vera, client(1), "Hello?").await;
        let mut tx = house.begin().await;
        let locked = conversations::lock_for_visitor(&mut tx, &house.vera, before.id)
            .await
            .unwrap();
        let from = sender(&house.vera);
        messages::append(
            &mut tx,
            &locked,
            &from,
            Some(client(2)),
            &words("Never said"),
        )
        .await
        .unwrap();
        conversations::start(&mut tx, &house.viktor, client(3), "Never begun")
            .await
            .unwrap();
        drop(tx);

        assert_eq!(house.head(&house.ada, before.id).await, before);
        assert_eq!(
            house
                .store
                .count("SELECT COUNT(*) FROM messages")
                .await
                .unwrap(),
            1
        );
        // Its place is given to the next message: no gap.
        assert_eq!(
            house
                .say(&house.vera, before.id, client(4), "Said")
                .await
                .message
                .seq,
            2
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_reads_what_is_not_committed() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let mut tx = house.begin().await;
        let started = conversations::start(&mut tx, &house.vera, client(1), "Hello?")
            .await
            .unwrap();
        let id = started.conversation.id;
        let mut reader = house.store.read().await.unwrap();
        let early = conversations::get_for_agent(&mut reader, &house.ada, id).await;
        assert!(matches!(early, Err(Error::NotFound)), "{early:?}");
        // The transaction itself does.
        assert_eq!(
            conversations::get_for_agent(&mut tx, &house.ada, id)
                .await
                .unwrap(),
            started.conversation
        );
        tx.commit().await.unwrap();
        assert_eq!(
            conversations::get_for_agent(&mut reader, &house.ada, id)
                .await
                .unwrap(),
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
async fn what_was_committed_is_there_when_the_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deskbell.db");
    let store = Store::open_sqlite(&path).await.unwrap();
    store.migrate().await.unwrap();
    let mut house = House::build(store).await;
    let started = house.start(&house.vera, client(1), "Hello?").await;
    house.store.close().await;

    house.store = Store::open_sqlite(&path).await.unwrap();
    house.store.migrate().await.unwrap();
    assert_eq!(house.head(&house.ada, started.id).await, started);
}
