//! Receipts: they grow, they never exceed the last message, and each agent has a marker.

use std::collections::BTreeMap;

use deskbell_protocol::{ConversationId, Receipts, SeenMarker};
use deskbell_store::conversations::messages::Unsaved;
use deskbell_store::conversations::receipts::{self, Reading, ReceiptOwner};
use deskbell_store::conversations::{self, messages};
use deskbell_store::workspace::workspaces;
use deskbell_store::{DomainEvent, Store, Tx, VisitorScope, WorkspaceScope, visitors};

use super::availability::{TERMINATE_OTHERS, new_database, run};
use crate::fixture::{Fixture, NOW, agent_sender, client, on_both_engines, words};

#[tokio::test]
async fn receipts_of_both_sides_are_saved_and_emitted_once() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        let said = [
            (agent(&fixture.ada), reading(1, 1)),
            (visitor(&fixture.vera), reading(1, 0)),
        ];
        let news = save(&fixture, id, &said).await;
        let expected = Receipts {
            visitor_delivered: 1,
            visitor_seen: 0,
            agent_delivered: 1,
            agent_seen: 1,
        };
        assert_eq!(told(&news), [expected]);
        assert_eq!(marked(&news), [marker(id, 1, 1)]);
        assert_eq!(kept(&fixture, id).await, expected);
        assert_eq!(save(&fixture, id, &said).await, []);
    })
    .await;
}

#[tokio::test]
async fn publishing_again_includes_receipts_and_the_markers_of_agents() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        save(&fixture, id, &[(agent(&fixture.ada), reading(1, 1))]).await;
        let mut tx = fixture.begin().await;
        conversations::republish_heads(&mut tx, &[id])
            .await
            .unwrap();
        let news = tx.commit_unpublished().await.unwrap().events;
        assert_eq!(told(&news), [kept(&fixture, id).await]);
        assert_eq!(marked(&news), [marker(id, 1, 1)]);
    })
    .await;
}

#[tokio::test]
async fn receipts_never_go_back_and_never_past_the_last_message() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "One").await.id;
        fixture.say(&fixture.vera, id, client(2), "Two").await;
        let ada = agent(&fixture.ada);
        save(&fixture, id, &[(ada, reading(i64::MAX, i64::MAX))]).await;
        save(&fixture, id, &[(ada, reading(1, 1))]).await;
        save(&fixture, id, &[(ada, reading(-5, i64::MIN))]).await;
        let receipts = kept(&fixture, id).await;
        assert_eq!((receipts.agent_delivered, receipts.agent_seen), (2, 2));
        assert_eq!(markers(&fixture, &fixture.ada).await, [marker(id, 2, 2)]);
    })
    .await;
}

#[tokio::test]
async fn a_seen_receipt_implies_a_delivered_one() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "One").await.id;
        save(&fixture, id, &[(agent(&fixture.ada), reading(0, 1))]).await;
        assert_eq!(kept(&fixture, id).await.agent_delivered, 1);
    })
    .await;
}

#[tokio::test]
async fn a_marker_counts_the_visitors_texts_up_to_it() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "One").await.id;
        let mut tx = fixture.begin().await;
        let locked = conversations::lock_for_agent(&mut tx, &fixture.ada, id)
            .await
            .unwrap();
        let from = agent_sender(&fixture.ada);
        messages::append(&mut tx, &locked, &from, Some(client(2)), &words("Two"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        fixture.say(&fixture.vera, id, client(3), "Three").await;
        fixture.say(&fixture.vera, id, client(4), "Four").await;
        assert_eq!(fixture.head(&fixture.ada, id).await.visitor_texts, 3);
        save(&fixture, id, &[(agent(&fixture.ada), reading(3, 3))]).await;
        save(&fixture, id, &[(agent(&fixture.ben), reading(4, 2))]).await;
        assert_eq!(markers(&fixture, &fixture.ada).await, [marker(id, 3, 2)]);
        assert_eq!(markers(&fixture, &fixture.ben).await, [marker(id, 2, 1)]);
        save(&fixture, id, &[(agent(&fixture.ben), reading(4, 4))]).await;
        assert_eq!(markers(&fixture, &fixture.ben).await, [marker(id, 4, 3)]);
        assert_eq!(
            kept(&fixture, id).await.agent_seen,
            4,
            "the team's is the furthest"
        );
    })
    .await;
}

#[tokio::test]
async fn an_agents_own_message_moves_only_their_marker_and_never_back() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "One").await.id;
        save(&fixture, id, &[(agent(&fixture.ben), reading(1, 1))]).await;
        fixture.say(&fixture.vera, id, client(2), "Two").await;
        let mut tx = fixture.begin().await;
        let mut heads = conversations::lock_all(&mut tx, &[id]).await.unwrap();
        let batch = (3..=5).map(|n| Unsaved {
            conversation_id: id,
            sender: agent_sender(&fixture.ada),
            client_id: Some(client(n)),
            body: words("Hello Vera"),
        });
        messages::append_all(&mut tx, &mut heads, batch.collect())
            .await
            .unwrap();
        let news = tx.commit_unpublished().await.unwrap().events;
        assert_eq!(marked(&news), [marker(id, 5, 2)], "the last one counts");
        save(&fixture, id, &[(agent(&fixture.ada), reading(2, 2))]).await;
        assert_eq!(markers(&fixture, &fixture.ada).await, [marker(id, 5, 2)]);
        assert_eq!(markers(&fixture, &fixture.ben).await, [marker(id, 1, 1)]);
    })
    .await;
}

#[tokio::test]
async fn an_agents_reply_moves_their_marker_only_past_unread_texts() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "One").await.id;
        assert_eq!(reply(&fixture, id, 2).await, [marker(id, 2, 1)]);
        assert_eq!(reply(&fixture, id, 3).await, []);
        fixture.say(&fixture.vera, id, client(4), "Two").await;
        assert_eq!(reply(&fixture, id, 5).await, [marker(id, 5, 2)]);
        fixture.say(&fixture.vera, id, client(6), "Three").await;
        save(&fixture, id, &[(agent(&fixture.ada), reading(6, 6))]).await;
        assert_eq!(reply(&fixture, id, 7).await, [], "the receipt was enough");
        assert_eq!(markers(&fixture, &fixture.ada).await, [marker(id, 6, 3)]);
    })
    .await;
}

#[tokio::test]
async fn a_marker_that_was_rolled_back_moves_with_the_next_reply() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "One").await.id;
        let mut tx = fixture.begin().await;
        append_reply(&mut tx, &fixture, id, 2).await;
        drop(tx);
        assert_eq!(markers(&fixture, &fixture.ada).await, []);
        assert_eq!(reply(&fixture, id, 2).await, [marker(id, 2, 1)]);
    })
    .await;
}

#[tokio::test]
async fn after_a_failover_that_lost_a_marker_the_next_reply_moves_it() {
    let url = new_database().await;
    let admin = Store::open_postgres(&url).await.unwrap();
    admin.migrate().await.unwrap();
    let fixture = Fixture::build(Store::open_postgres(&url).await.unwrap()).await;
    let id = fixture.start(&fixture.vera, client(1), "One").await.id;
    assert_eq!(reply(&fixture, id, 2).await, [marker(id, 2, 1)]);
    assert_eq!(reply(&fixture, id, 3).await, []);

    admin.execute("DELETE FROM seen_markers").await.unwrap();
    run(&admin, TERMINATE_OTHERS).await;
    // A broken connection is detected at its first use.
    while fixture.store.ping().await.is_err() {}
    assert_eq!(reply(&fixture, id, 4).await, [marker(id, 4, 1)]);
}

#[tokio::test]
async fn receipts_for_foreign_conversations_are_ignored() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "One").await.id;
        let elsewhere = ReceiptOwner::Agent(fixture.stella.workspace_id, fixture.ada.user.id);
        let strangers = [
            (visitor(&fixture.viktor), reading(1, 1)),
            (visitor(&fixture.sven), reading(1, 1)),
            (agent(&fixture.stella), reading(1, 1)),
            (elsewhere, reading(1, 1)),
        ];
        assert_eq!(save(&fixture, id, &strangers).await, []);
        assert!(kept(&fixture, id).await.is_empty());
        assert_eq!(markers(&fixture, &fixture.stella).await, []);
    })
    .await;
}

#[tokio::test]
async fn many_conversations_are_saved_at_once() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut said = BTreeMap::new();
        for n in 0..70 {
            let id = fixture.start(&fixture.vera, client(n), "One").await.id;
            said.insert((id, agent(&fixture.ada)), reading(1, 1));
            said.insert((id, visitor(&fixture.vera)), reading(1, 1));
        }
        let mut tx = fixture.begin().await;
        receipts::save_all(&mut tx, &said).await.unwrap();
        let news = tx.commit_unpublished().await.unwrap().events;
        assert_eq!((told(&news).len(), marked(&news).len()), (70, 70));
        assert_eq!(markers(&fixture, &fixture.ada).await.len(), 70);
    })
    .await;
}

#[tokio::test]
async fn the_last_seen_time_of_visitors_never_goes_back() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "One").await.id;
        let (workspace_id, vera) = (fixture.vera.workspace_id, fixture.vera.visitor_id);
        for (workspace_id, seen_at) in [
            (workspace_id, NOW + 5),
            (workspace_id, NOW + 3),
            (fixture.stella.workspace_id, NOW + 9),
        ] {
            let mut tx = fixture.begin().await;
            let seen = [(workspace_id, vera, seen_at)];
            visitors::touch_visitors(&mut tx, &seen).await.unwrap();
            tx.commit().await.unwrap();
        }
        let mut reader = fixture.store.read().await.unwrap();
        let seen = visitors::last_seen(&mut reader, &fixture.ada, id)
            .await
            .unwrap();
        assert_eq!(seen, (vera, NOW + 5));
        assert!(
            visitors::last_seen(&mut reader, &fixture.stella, id)
                .await
                .is_err()
        );
    })
    .await;
}

#[tokio::test]
async fn an_agents_choice_to_be_away_is_saved() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        for away in [true, false] {
            let mut tx = fixture.begin().await;
            workspaces::set_away(&mut tx, &fixture.ada, away)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            let mut reader = fixture.store.read().await.unwrap();
            for (agent, expected) in [(&fixture.ada, away), (&fixture.ben, false)] {
                let found =
                    workspaces::find_membership(&mut reader, agent.user.id, agent.workspace_id)
                        .await
                        .unwrap();
                assert_eq!(found.unwrap().away, expected);
            }
        }
    })
    .await;
}

async fn save(
    fixture: &Fixture,
    id: ConversationId,
    said: &[(ReceiptOwner, Reading)],
) -> Vec<DomainEvent> {
    let said = said
        .iter()
        .map(|(reader, reading)| ((id, *reader), *reading));
    let mut tx = fixture.begin().await;
    receipts::save_all(&mut tx, &said.collect()).await.unwrap();
    tx.commit_unpublished().await.unwrap().events
}

async fn kept(fixture: &Fixture, id: ConversationId) -> Receipts {
    let mut reader = fixture.store.read().await.unwrap();
    receipts::get(&mut reader, fixture.ada.workspace_id, id)
        .await
        .unwrap()
}

async fn markers(fixture: &Fixture, agent: &WorkspaceScope) -> Vec<SeenMarker> {
    let mut reader = fixture.store.read().await.unwrap();
    receipts::list_markers(&mut reader, agent, 200)
        .await
        .unwrap()
}

/// Saves a reply of Ada and returns the markers that moved.
async fn reply(fixture: &Fixture, id: ConversationId, n: u64) -> Vec<SeenMarker> {
    let mut tx = fixture.begin().await;
    append_reply(&mut tx, fixture, id, n).await;
    marked(&tx.commit_unpublished().await.unwrap().events)
}

async fn append_reply(tx: &mut Tx, fixture: &Fixture, conversation_id: ConversationId, n: u64) {
    let mut heads = conversations::lock_all(tx, &[conversation_id])
        .await
        .unwrap();
    let reply = Unsaved {
        conversation_id,
        sender: agent_sender(&fixture.ada),
        client_id: Some(client(n)),
        body: words("Hello Vera"),
    };
    messages::append_all(tx, &mut heads, vec![reply])
        .await
        .unwrap();
}

fn told(news: &[DomainEvent]) -> Vec<Receipts> {
    let receipts = news.iter().filter_map(|news| match news {
        DomainEvent::ReceiptsMoved { receipts, .. } => Some(*receipts),
        _ => None,
    });
    receipts.collect()
}

fn marked(news: &[DomainEvent]) -> Vec<SeenMarker> {
    let markers = news.iter().filter_map(|news| match news {
        DomainEvent::SeenMoved { marker, .. } => Some(*marker),
        _ => None,
    });
    markers.collect()
}

fn reading(delivered: i64, seen: i64) -> Reading {
    Reading { delivered, seen }
}

fn marker(conversation_id: ConversationId, seq: i64, visitor_texts: i64) -> SeenMarker {
    SeenMarker {
        conversation_id,
        seq,
        visitor_texts,
    }
}

fn agent(scope: &WorkspaceScope) -> ReceiptOwner {
    ReceiptOwner::Agent(scope.workspace_id, scope.user.id)
}

fn visitor(scope: &VisitorScope) -> ReceiptOwner {
    ReceiptOwner::Visitor(scope.workspace_id, scope.visitor_id)
}
