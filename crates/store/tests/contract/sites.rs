//! Sites: keys, settings, and the origins that a site has refused.

use deskbell_protocol::api::sites::WidgetSettings;
use deskbell_store::Error;
use deskbell_store::sites::{self, refused_origins};

use crate::fixture::{Fixture, NOW, not_found, on_both_engines};

#[tokio::test]
async fn a_site_is_found_by_its_key_with_its_origins() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut reader = fixture.store.read().await.unwrap();
        let found = sites::find_site_by_key(&mut reader, "north-key")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found, fixture.north_site);
        assert_eq!(found.allowed_origins, ["https://shop.example"]);
        assert_eq!(
            sites::find_site_by_key(&mut reader, "no-key")
                .await
                .unwrap(),
            None
        );
    })
    .await;
}

#[tokio::test]
async fn a_site_key_is_unique_across_workspaces() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut tx = fixture.begin().await;
        let again = sites::create_site(
            &mut tx,
            fixture.stella.workspace_id,
            "Copy",
            "north-key",
            &[],
        )
        .await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    })
    .await;
}

#[tokio::test]
async fn sites_are_listed_oldest_first() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut tx = fixture.store.begin(NOW + 1).await.unwrap();
        let blog = sites::create_site(&mut tx, fixture.ada.workspace_id, "Blog", "blog-key", &[])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let listed = sites::list_sites(&mut fixture.store.read().await.unwrap(), &fixture.ada)
            .await
            .unwrap();
        assert_eq!(listed, [fixture.north_site, blog]);
    })
    .await;
}

#[tokio::test]
async fn a_site_keeps_its_newest_refused_origins() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let site = &fixture.north_site;
        for second in 0..12 {
            let mut tx = fixture.store.begin(NOW + second * 1000).await.unwrap();
            let origin = format!("https://{}.example", second.min(10));
            refused_origins::record_refused_origin(&mut tx, site.workspace_id, site.id, &origin)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        let mut reader = fixture.store.read().await.unwrap();
        let of_site =
            refused_origins::list_refused_origins(&mut reader, site.workspace_id, site.id)
                .await
                .unwrap();
        assert_eq!(of_site.len(), refused_origins::MOST);
        assert_eq!(of_site[0].origin, "https://10.example");
        assert_eq!(of_site[0].last_seen_at, NOW + 11_000);
        assert_eq!(of_site[9].origin, "https://1.example", "the oldest is gone");
        let all = refused_origins::list_all_refused_origins(&mut reader, &fixture.ada)
            .await
            .unwrap();
        assert_eq!(all.len(), of_site.len());
        assert!(all.iter().all(|(id, _)| *id == site.id));
        let south = refused_origins::list_all_refused_origins(&mut reader, &fixture.stella)
            .await
            .unwrap();
        assert!(south.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_site_is_changed_by_its_own_workspace_and_gone_when_it_is_deleted() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let (ada, stella) = (&fixture.ada, &fixture.stella);
        let mut tx = fixture.begin().await;
        let mut site = fixture.north_site.clone();
        site.name = "Corner shop".to_owned();
        site.key = "new-key".to_owned();
        site.identity_salt = Some("salt".to_owned());
        site.widget = WidgetSettings {
            color: Some("#00aa55".to_owned()),
            ..site.widget
        };
        not_found(sites::set_site(&mut tx, stella, &site).await);
        sites::set_site(&mut tx, ada, &site).await.unwrap();
        assert_eq!(sites::get_site(&mut tx, ada, site.id).await.unwrap(), site);
        assert_eq!(
            sites::find_site_by_key(&mut tx, "north-key").await.unwrap(),
            None
        );
        not_found(sites::get_site(&mut tx, stella, site.id).await);
        not_found(sites::delete_site(&mut tx, stella, site.id).await);
        assert_eq!(
            sites::count_sites(&mut tx, ada.workspace_id).await.unwrap(),
            1
        );
        sites::delete_site(&mut tx, ada, site.id).await.unwrap();
        not_found(sites::delete_site(&mut tx, ada, site.id).await);
        assert_eq!(
            sites::find_site_by_key(&mut tx, "new-key").await.unwrap(),
            None
        );
        assert_eq!(
            sites::count_sites(&mut tx, ada.workspace_id).await.unwrap(),
            0
        );
        assert_eq!(sites::list_sites(&mut tx, ada).await.unwrap(), []);
    })
    .await;
}
