//! Isolation: a workspace cannot access the rows of another, nor a visitor those of another.

use deskbell_store::conversations::{self, messages};
use deskbell_store::{sites, visitors};

use crate::fixture::{Fixture, NOW, client, not_found, on_both_engines};

#[tokio::test]
async fn south_can_access_no_conversation_of_north() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let norths = fixture.start(&fixture.vera, client(1), "For North").await;
        let mut tx = fixture.begin().await;
        not_found(conversations::get_for_agent(&mut tx, &fixture.stella, norths.id).await);
        not_found(conversations::claim(&mut tx, &fixture.stella, norths.id).await);
        not_found(conversations::lock_for_agent(&mut tx, &fixture.stella, norths.id).await);
        tx.commit().await.unwrap();
        let after = fixture.head(&fixture.ada, norths.id).await;
        assert_eq!(after.for_visitor(), norths);
    })
    .await;
}

#[tokio::test]
async fn south_reads_no_message_of_north() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture
            .start(&fixture.vera, client(1), "For North")
            .await
            .id;
        let south = fixture.stella.workspace_id;
        let mut reader = fixture.store.read().await.unwrap();
        let nothing = (Vec::new(), false);
        assert_eq!(
            messages::page_after(&mut reader, south, id, 0, 10)
                .await
                .unwrap(),
            nothing
        );
        assert_eq!(
            messages::page_before(&mut reader, south, id, None, 10)
                .await
                .unwrap(),
            nothing
        );
        assert_eq!(
            messages::find_by_client_id(&mut reader, south, id, client(1))
                .await
                .unwrap(),
            None
        );
    })
    .await;
}

#[tokio::test]
async fn inboxes_and_sites_are_listed_for_their_own_workspace_only() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let norths = fixture.start(&fixture.vera, client(1), "For North").await;
        let souths = fixture.start(&fixture.sven, client(1), "For South").await;
        let mut reader = fixture.store.read().await.unwrap();
        for (agent, own) in [(&fixture.ada, norths), (&fixture.stella, souths)] {
            let listed = fixture.list(agent, 10).await.into_iter();
            let listed: Vec<_> = listed
                .map(deskbell_protocol::Conversation::for_visitor)
                .collect();
            assert_eq!(listed, [own]);
        }
        assert_eq!(
            sites::list_sites(&mut reader, &fixture.ada).await.unwrap(),
            [fixture.north_site]
        );
        assert_eq!(
            sites::list_sites(&mut reader, &fixture.stella)
                .await
                .unwrap(),
            [fixture.south_site]
        );
    })
    .await;
}

#[tokio::test]
async fn viktor_can_access_no_conversation_of_vera() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let veras = fixture.start(&fixture.vera, client(1), "Vera's own").await;
        let mut tx = fixture.begin().await;
        not_found(conversations::get_for_visitor(&mut tx, &fixture.viktor, veras.id).await);
        not_found(conversations::lock_for_visitor(&mut tx, &fixture.viktor, veras.id).await);
        let asked = (fixture.viktor.workspace_id, fixture.viktor.visitor_id);
        let current = conversations::newest_for_visitors(&mut tx, &[asked])
            .await
            .unwrap();
        assert!(current.is_empty(), "{current:?}");
        assert_eq!(
            conversations::get_for_visitor(&mut tx, &fixture.vera, veras.id)
                .await
                .unwrap(),
            veras
        );
    })
    .await;
}

#[tokio::test]
async fn a_visitor_scope_with_a_foreign_workspace_finds_nothing() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let veras = fixture.start(&fixture.vera, client(1), "Vera's own").await;
        let mut forged = fixture.vera.clone();
        forged.workspace_id = fixture.stella.workspace_id;
        let mut tx = fixture.store.begin(NOW + 5).await.unwrap();
        not_found(conversations::get_for_visitor(&mut tx, &forged, veras.id).await);
        let asked = (forged.workspace_id, forged.visitor_id);
        let current = conversations::newest_for_visitors(&mut tx, &[asked])
            .await
            .unwrap();
        assert!(current.is_empty(), "{current:?}");
        visitors::touch_visitor(&mut tx, &forged).await.unwrap();
        tx.commit().await.unwrap();
        let seen = format!(
            "SELECT COUNT(*) FROM visitors WHERE last_seen_at = {}",
            NOW + 5
        );
        assert_eq!(fixture.store.count(&seen).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_visitor_is_not_found_on_another_site() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut reader = fixture.store.read().await.unwrap();
        let found =
            visitors::find_visit(&mut reader, fixture.south_site.id, fixture.vera.visitor_id)
                .await
                .unwrap()
                .unwrap();
        assert_eq!(found.identity, None);
        assert_eq!(found.scope.workspace_id, fixture.stella.workspace_id);
    })
    .await;
}
