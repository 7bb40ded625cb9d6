//! Batches: messages of many sessions that are saved in one transaction.

use deskbell_protocol::{ClientMessageId, ConversationId, Status};
use deskbell_store::conversations::messages::{Heads, Unsaved};
use deskbell_store::conversations::{self, messages};
use deskbell_store::conversations::{Claim, LockedConversation};
use deskbell_store::{DomainEvent, Error, Store, Tx};

use crate::fixture::{Fixture, NOW, client, on_both_engines, sender, words};

/// More rows than one statement takes, so that a batch needs several.
const MANY: u64 = 300;

async fn lock(tx: &mut Tx, ids: &[ConversationId]) -> Heads {
    conversations::lock_all(tx, ids).await.unwrap()
}

fn unsaved(
    fixture: &Fixture,
    conversation_id: ConversationId,
    client_id: ClientMessageId,
) -> Unsaved {
    Unsaved {
        conversation_id,
        sender: sender(&fixture.vera),
        client_id: Some(client_id),
        body: words("Still there?"),
    }
}

#[tokio::test]
async fn a_batch_is_saved_in_the_order_of_its_messages() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let first = fixture.start(&fixture.vera, client(1), "Hello?").await;
        let second = fixture
            .start(&fixture.vera, client(2), "Hello again?")
            .await;
        let ids = [first.id, second.id];
        let batch: Vec<_> = (0..MANY)
            .map(|n| unsaved(&fixture, ids[usize::from(n % 3 == 0)], client(10 + n)))
            .collect();

        let mut tx = fixture.store.begin(NOW + 5).await.unwrap();
        let mut heads = lock(&mut tx, &ids).await;
        let saved = messages::append_all(&mut tx, &mut heads, batch.clone())
            .await
            .unwrap();
        let news = tx.commit_unpublished().await.unwrap().events;

        let said: Vec<_> = saved.iter().map(|message| message.client_id).collect();
        assert_eq!(
            said,
            batch.iter().map(|it| it.client_id).collect::<Vec<_>>()
        );
        for (id, count) in [(first.id, 201), (second.id, 101)] {
            let stored = fixture.all_messages(id).await;
            let seqs: Vec<_> = stored.iter().map(|message| message.seq).collect();
            assert_eq!(seqs, (1..=count).collect::<Vec<_>>());
            let mine: Vec<_> = saved.iter().filter(|it| it.conversation_id == id).collect();
            assert_eq!(stored.iter().skip(1).collect::<Vec<_>>(), mine);
            let head = fixture.head(&fixture.ada, id).await;
            assert_eq!((head.last_seq, head.last_message_at), (count, NOW + 5));
            assert_eq!(head, *heads[&id]);
        }
        let messages = news
            .iter()
            .filter(|it| matches!(it, DomainEvent::MessageCreated { .. }));
        let heads = news
            .iter()
            .filter(|it| matches!(it, DomainEvent::HeadMoved { .. }));
        assert_eq!((messages.count(), heads.count()), (saved.len(), 2));
    })
    .await;
}

#[tokio::test]
async fn saved_messages_are_found_among_many_client_ids() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let first = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        let second = fixture.start(&fixture.viktor, client(2), "Hello?").await.id;
        let mut wanted: Vec<_> = (100..100 + MANY).map(|n| (first, client(n))).collect();
        wanted.extend([(first, client(1)), (second, client(2)), (second, client(1))]);
        let mut reader = fixture.store.read().await.unwrap();
        let found = messages::find_all_by_client_id(&mut reader, &wanted)
            .await
            .unwrap();
        let mut keys: Vec<_> = found.keys().copied().collect();
        keys.sort();
        let mut expected = vec![(first, client(1)), (second, client(2))];
        expected.sort();
        assert_eq!(keys, expected);
        assert_eq!(found[&(second, client(2))].sender, sender(&fixture.viktor));
    })
    .await;
}

#[tokio::test]
async fn locked_heads_know_their_owner_and_missing_ones_are_left_out() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let veras = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        let svens = fixture.start(&fixture.sven, client(2), "Hello?").await.id;
        let nowhere = ConversationId::from_parts(1, [9; 10]);
        let mut tx = fixture.store.begin(NOW).await.unwrap();
        let heads = lock(&mut tx, &[veras, svens, nowhere]).await;
        assert_eq!(heads.len(), 2);
        assert!(heads[&veras].is_of_visitor(&fixture.vera));
        assert!(!heads[&veras].is_of_visitor(&fixture.viktor));
        assert!(heads[&svens].is_of_workspace(fixture.stella.workspace_id));
        assert!(!heads[&svens].is_of_workspace(fixture.ada.workspace_id));
    })
    .await;
}

#[tokio::test]
async fn a_message_for_a_head_that_is_not_locked_is_not_saved() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        let mut tx = fixture.store.begin(NOW).await.unwrap();
        let batch = vec![unsaved(&fixture, id, client(2))];
        let refused = messages::append_all(&mut tx, &mut Heads::new(), batch).await;
        assert!(matches!(refused, Err(Error::NotFound)));
    })
    .await;
}

/// Appends a batch of one message from Vera; returns whether the head was cached, and the message's
/// number.
async fn one_more(
    store: &Store,
    fixture: &Fixture,
    id: ConversationId,
    n: u64,
) -> (LockedConversation, i64) {
    let mut tx = store.begin_batch(NOW).await.unwrap();
    let mut heads = lock(&mut tx, &[id]).await;
    let found = heads[&id].clone();
    let batch = vec![unsaved(fixture, id, client(n))];
    let saved = messages::append_all(&mut tx, &mut heads, batch)
        .await
        .unwrap();
    tx.cache_heads(heads);
    tx.commit().await.unwrap();
    (found, saved[0].seq)
}

#[tokio::test]
async fn consecutive_batches_continue_numbering_and_see_changes_in_between() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        for seq in 2..5 {
            let (found, place) = one_more(&fixture.store, &fixture, id, 10 + seq).await;
            assert_eq!((found.last_seq, place), (seq as i64 - 1, seq as i64));
        }
        let mut tx = fixture.begin().await;
        let claim = conversations::claim(&mut tx, &fixture.ada, id)
            .await
            .unwrap();
        assert!(matches!(claim, Claim::Claimed(_)));
        tx.commit().await.unwrap();
        let (found, place) = one_more(&fixture.store, &fixture, id, 20).await;
        assert_eq!(found.assignee, Some(fixture.ada.user.clone()));
        assert_eq!((found.status, place), (Status::Active, 5));
        assert_eq!(fixture.head(&fixture.ada, id).await.last_seq, 5);
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_is_not_committed_leaves_nothing_behind() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        one_more(&fixture.store, &fixture, id, 2).await;
        let mut tx = fixture.store.begin_batch(NOW).await.unwrap();
        let mut heads = lock(&mut tx, &[id]).await;
        let batch = vec![unsaved(&fixture, id, client(3))];
        messages::append_all(&mut tx, &mut heads, batch)
            .await
            .unwrap();
        tx.cache_heads(heads);
        drop(tx);
        let (found, place) = one_more(&fixture.store, &fixture, id, 3).await;
        assert_eq!((found.last_seq, place), (2, 3));
    })
    .await;
}

#[tokio::test]
async fn a_batch_sees_what_another_process_has_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deskbell.db");
    let here = Store::open_sqlite(&path).await.unwrap();
    here.migrate().await.unwrap();
    let there = Store::open_sqlite(&path).await.unwrap();
    let fixture = Fixture::build(here).await;
    let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
    for (n, store) in [
        &fixture.store,
        &there,
        &fixture.store,
        &fixture.store,
        &there,
    ]
    .into_iter()
    .enumerate()
    {
        let (found, place) = one_more(store, &fixture, id, 10 + n as u64).await;
        assert_eq!((found.last_seq, place), (n as i64 + 1, n as i64 + 2));
    }
}
