//! What one workspace does, the other does not see; what one visitor writes, neither does another.

use deskbell_store::{Error, Result, conversations, messages, sites, visitors};

use crate::house::{House, NOW, client, on_both_engines};

fn not_found<T: std::fmt::Debug>(result: Result<T>) {
    assert!(matches!(result, Err(Error::NotFound)), "{result:?}");
}

#[tokio::test]
async fn south_reaches_no_conversation_of_north() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let norths = house.start(&house.vera, client(1), "For North").await;
        let mut tx = house.begin().await;
        not_found(conversations::get_for_agent(&mut tx, &house.stella, norths.id).await);
        not_found(conversations::claim(&mut tx, &house.stella, norths.id).await);
        not_found(conversations::lock_for_agent(&mut tx, &house.stella, norths.id).await);
        tx.commit().await.unwrap();
        assert_eq!(house.head(&house.ada, norths.id).await, norths);
    })
    .await;
}

#[tokio::test]
async fn south_reads_no_message_of_north() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let id = house.start(&house.vera, client(1), "For North").await.id;
        let south = house.stella.workspace_id;
        let mut reader = house.store.read().await.unwrap();
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
async fn each_inbox_and_each_list_of_sites_is_its_workspaces_own() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let norths = house.start(&house.vera, client(1), "For North").await;
        let souths = house.start(&house.sven, client(1), "For South").await;
        let mut reader = house.store.read().await.unwrap();
        assert_eq!(house.list(&house.ada, 10).await, [norths]);
        assert_eq!(house.list(&house.stella, 10).await, [souths]);
        assert_eq!(
            sites::list_sites(&mut reader, &house.ada).await.unwrap(),
            [house.north_site]
        );
        assert_eq!(
            sites::list_sites(&mut reader, &house.stella).await.unwrap(),
            [house.south_site]
        );
    })
    .await;
}

#[tokio::test]
async fn viktor_reaches_no_conversation_of_veras() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let veras = house.start(&house.vera, client(1), "Vera's own").await;
        let mut tx = house.begin().await;
        not_found(conversations::get_for_visitor(&mut tx, &house.viktor, veras.id).await);
        not_found(conversations::lock_for_visitor(&mut tx, &house.viktor, veras.id).await);
        let asked = (house.viktor.workspace_id, house.viktor.visitor_id);
        let current = conversations::newest_for_visitors(&mut tx, &[asked])
            .await
            .unwrap();
        assert!(current.is_empty(), "{current:?}");
        assert_eq!(
            conversations::get_for_visitor(&mut tx, &house.vera, veras.id)
                .await
                .unwrap(),
            veras
        );
    })
    .await;
}

#[tokio::test]
async fn a_visitor_with_a_foreign_workspace_reaches_nothing() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let veras = house.start(&house.vera, client(1), "Vera's own").await;
        let mut forged = house.vera.clone();
        forged.workspace_id = house.stella.workspace_id;
        let mut tx = house.store.begin(NOW + 5).await.unwrap();
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
        assert_eq!(house.store.count(&seen).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_visitor_is_not_found_on_another_site() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let mut reader = house.store.read().await.unwrap();
        let found = visitors::find_visit(&mut reader, house.south_site.id, house.vera.visitor_id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.identity, None);
        assert_eq!(found.scope.workspace_id, house.stella.workspace_id);
    })
    .await;
}
