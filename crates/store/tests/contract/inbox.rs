//! The order of the inbox.

use deskbell_protocol::{ConversationId, Status};
use deskbell_store::conversations;

use crate::house::{House, NOW, client, on_both_engines};

#[tokio::test]
async fn the_longest_wait_comes_first_then_the_newest_words_then_what_is_closed() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let stories = [
            ("waits long", Status::Waiting),
            ("waits a little", Status::Waiting),
            ("active", Status::Active),
            ("resolved, newer than the active one", Status::Resolved),
            ("closed, newest of all", Status::Closed),
        ];
        for (at, (text, status)) in stories.into_iter().enumerate() {
            let id = start(&house, at, text).await;
            set(&house, id, status).await;
        }
        let expected = [
            "waits long",
            "waits a little",
            "resolved, newer than the active one",
            "active",
            "closed, newest of all",
        ];
        assert_eq!(inbox(&house, 10).await, expected);
        assert_eq!(inbox(&house, 3).await, expected[..3]);
        assert_eq!(inbox(&house, 1).await, expected[..1]);
        assert!(inbox(&house, 0).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn new_words_move_a_conversation_up() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        for (at, text) in ["one", "two"].into_iter().enumerate() {
            let id = start(&house, at, text).await;
            set(&house, id, Status::Active).await;
        }
        assert_eq!(inbox(&house, 10).await, ["two", "one"]);
        let first = house.list(&house.ada, 10).await.pop().unwrap().id;
        let mut tx = house.store.begin(NOW + 100).await.unwrap();
        let locked = conversations::lock_for_agent(&mut tx, &house.ada, first)
            .await
            .unwrap();
        let (from, body) = (
            crate::house::agent_sender(&house.ada),
            crate::house::words("one again"),
        );
        deskbell_store::messages::append(&mut tx, &locked, &from, Some(client(99)), &body)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(inbox(&house, 10).await, ["one again", "two"]);
    })
    .await;
}

async fn start(house: &House, at: usize, text: &str) -> ConversationId {
    let offset = i64::try_from(at).unwrap();
    house
        .start_at(NOW + offset, &house.vera, client(at as u64), text)
        .await
        .id
}

/// Leaves a waiting conversation alone: to set it would begin its wait anew.
async fn set(house: &House, id: ConversationId, status: Status) {
    if status == Status::Waiting {
        return;
    }
    let mut tx = house.begin().await;
    let locked = conversations::lock_for_agent(&mut tx, &house.ada, id)
        .await
        .unwrap();
    conversations::set_status(&mut tx, &locked, status, Some(house.ada.user.clone()));
    tx.commit().await.unwrap();
}

async fn inbox(house: &House, limit: usize) -> Vec<String> {
    let rows = house.list(&house.ada, limit).await;
    rows.into_iter().map(|row| row.preview).collect()
}
