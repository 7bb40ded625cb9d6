//! The order of the inbox.

use deskbell_protocol::{ConversationId, Status};
use deskbell_store::conversations;

use crate::fixture::{Fixture, NOW, client, on_both_engines};

#[tokio::test]
async fn the_inbox_lists_the_longest_wait_first_then_the_newest_message_then_closed_ones() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let stories = [
            ("waits long", Status::Waiting),
            ("waits a little", Status::Waiting),
            ("active", Status::Active),
            ("resolved, newer than the active one", Status::Resolved),
            ("closed, newest of all", Status::Closed),
        ];
        for (at, (text, status)) in stories.into_iter().enumerate() {
            let id = start(&fixture, at, text).await;
            set(&fixture, id, status).await;
        }
        let expected = [
            "waits long",
            "waits a little",
            "resolved, newer than the active one",
            "active",
            "closed, newest of all",
        ];
        assert_eq!(inbox(&fixture, 10).await, expected);
        assert_eq!(inbox(&fixture, 3).await, expected[..3]);
        assert_eq!(inbox(&fixture, 1).await, expected[..1]);
        assert!(inbox(&fixture, 0).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_new_message_moves_a_conversation_up() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        for (at, text) in ["one", "two"].into_iter().enumerate() {
            let id = start(&fixture, at, text).await;
            set(&fixture, id, Status::Active).await;
        }
        assert_eq!(inbox(&fixture, 10).await, ["two", "one"]);
        let first = fixture.list(&fixture.ada, 10).await.pop().unwrap().id;
        let mut tx = fixture.store.begin(NOW + 100).await.unwrap();
        let locked = conversations::lock_for_agent(&mut tx, &fixture.ada, first)
            .await
            .unwrap();
        let (from, body) = (
            crate::fixture::agent_sender(&fixture.ada),
            crate::fixture::words("one again"),
        );
        deskbell_store::conversations::messages::append(
            &mut tx,
            &locked,
            &from,
            Some(client(99)),
            &body,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(inbox(&fixture, 10).await, ["one again", "two"]);
    })
    .await;
}

async fn start(fixture: &Fixture, at: usize, text: &str) -> ConversationId {
    let offset = i64::try_from(at).unwrap();
    fixture
        .start_at(NOW + offset, &fixture.vera, client(at as u64), text)
        .await
        .id
}

/// Does not set a conversation that is waiting already, because its wait would start again.
async fn set(fixture: &Fixture, id: ConversationId, status: Status) {
    if status == Status::Waiting {
        return;
    }
    let mut tx = fixture.begin().await;
    let locked = conversations::lock_for_agent(&mut tx, &fixture.ada, id)
        .await
        .unwrap();
    conversations::set_status(&mut tx, &locked, status, Some(fixture.ada.user.clone()));
    tx.commit().await.unwrap();
}

async fn inbox(fixture: &Fixture, limit: usize) -> Vec<String> {
    let rows = fixture.list(&fixture.ada, limit).await;
    rows.into_iter().map(|row| row.preview).collect()
}
