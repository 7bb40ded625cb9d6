//! Visitors: when a visitor is stored, and their identity.

use deskbell_protocol::api::workspace::IpMode;
use deskbell_protocol::{SiteId, Status, VisitorId};
use deskbell_store::visitors::{self, Identity, UNNAMED};
use deskbell_store::{Error, VisitorScope, conversations, sites};

use crate::fixture::{Fixture, NOW, client, on_both_engines};

/// A visitor who has not written.
fn nora(fixture: &Fixture) -> VisitorScope {
    VisitorScope {
        visitor_id: VisitorId::from_parts(NOW, [9; 10]),
        address: Some("203.0.113.9".to_owned()),
        ..fixture.vera.clone()
    }
}

fn known_as(external_id: &str, verified: bool) -> Identity {
    Identity {
        name: "Vera".to_owned(),
        external_id: Some(external_id.to_owned()),
        verified,
        email: Some("vera@shop.example".to_owned()),
        email_verified: false,
    }
}

#[tokio::test]
async fn a_visitor_is_not_stored_before_their_first_message() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let nora = nora(&fixture);
        let mut tx = fixture.begin().await;
        visitors::touch_visitor(&mut tx, &nora).await.unwrap();
        let visit = visitors::find_visit(&mut tx, nora.site_id, nora.visitor_id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((visit.identity, visit.ip_mode), (None, IpMode::Full));
        assert_eq!(visit.scope.name, UNNAMED);
        let unknown = visitors::get_visitor(&mut tx, &fixture.ada, nora.visitor_id).await;
        assert!(matches!(unknown, Err(Error::NotFound)), "{unknown:?}");

        conversations::start(&mut tx, &nora, client(1), "Hello.")
            .await
            .unwrap();
        let known = visitors::get_visitor(&mut tx, &fixture.ada, nora.visitor_id)
            .await
            .unwrap();
        assert_eq!(
            (known.name.as_str(), known.address.as_deref()),
            (UNNAMED, Some("203.0.113.9"))
        );
        let foreign = visitors::get_visitor(&mut tx, &fixture.stella, nora.visitor_id).await;
        assert!(matches!(foreign, Err(Error::NotFound)), "{foreign:?}");
        visitors::forget_addresses(&mut tx, fixture.ada.workspace_id)
            .await
            .unwrap();
        let known = visitors::get_visitor(&mut tx, &fixture.ada, nora.visitor_id)
            .await
            .unwrap();
        assert_eq!(known.address, None);
    })
    .await;
}

#[tokio::test]
async fn many_visits_are_looked_up_at_once() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let older = fixture.start(&fixture.vera, client(1), "One.").await;
        let later = NOW + 1;
        let newer = fixture
            .start_at(later, &fixture.vera, client(2), "Two.")
            .await;
        let viktors = fixture.start(&fixture.viktor, client(3), "Three.").await;
        assert_ne!(older.id, newer.id);
        let mut tx = fixture.begin().await;
        let viktors = conversations::lock_for_agent(&mut tx, &fixture.ada, viktors.id)
            .await
            .unwrap();
        conversations::set_status(&mut tx, &viktors, Status::Closed, None);
        tx.commit().await.unwrap();
        let mut tx = fixture.begin().await;
        visitors::set_identity(&mut tx, &fixture.vera, &known_as("7", true))
            .await
            .unwrap();
        let site = fixture.vera.site_id;
        let (vera, viktor) = (fixture.vera.visitor_id, fixture.viktor.visitor_id);
        let nowhere = SiteId::from_parts(NOW, [7; 10]);
        let strangers = (0..300).map(|n| (site, VisitorId::from_parts(NOW + n, [8; 10])));
        let mut asked: Vec<_> = strangers.collect();
        asked.extend([
            (site, viktor),
            (nowhere, viktor),
            (site, vera),
            (site, vera),
        ]);
        let visits = visitors::find_visits(&mut tx, &asked).await.unwrap();
        assert_eq!(visits.len(), 302, "all but the one who is nowhere");
        for (site, visitor) in asked {
            let alone = visitors::find_visit(&mut tx, site, visitor).await.unwrap();
            assert_eq!(visits.get(&(site, visitor)), alone.as_ref());
        }
        assert_eq!(visits[&(site, vera)].identity, Some(known_as("7", true)));
        assert_eq!(visits[&(site, vera)].token_generation, 1);
        assert_eq!(visits[&(site, viktor)].token_generation, 0);

        let workspace = fixture.vera.workspace_id;
        let elsewhere = fixture.stella.workspace_id;
        let asked = visits.keys().map(|(_, visitor)| (workspace, *visitor));
        let asked: Vec<_> = asked.chain([(elsewhere, vera)]).collect();
        let newest = conversations::newest_for_visitors(&mut tx, &asked)
            .await
            .unwrap();
        let mut ids: Vec<_> = newest.iter().map(|(asked, it)| (*asked, it.id)).collect();
        ids.sort_by_key(|(_, id)| *id != newer.id);
        let closed = ((workspace, viktor), viktors.id);
        assert_eq!(ids, [((workspace, vera), newer.id), closed]);
    })
    .await;
}

#[tokio::test]
async fn a_verified_external_id_is_unique_on_a_site_and_an_unverified_one_is_not() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let (vera, viktor) = (&fixture.vera, &fixture.viktor);
        let mut tx = fixture.begin().await;
        visitors::set_identity(&mut tx, viktor, &known_as("7", false))
            .await
            .unwrap();
        assert_eq!(
            visitors::find_verified(&mut tx, vera.site_id, "7")
                .await
                .unwrap(),
            None
        );
        visitors::set_identity(&mut tx, vera, &known_as("7", true))
            .await
            .unwrap();
        let found = visitors::find_verified(&mut tx, vera.site_id, "7")
            .await
            .unwrap();
        assert_eq!(found, Some(vera.visitor_id));
        let elsewhere = visitors::find_verified(&mut tx, fixture.south_site.id, "7")
            .await
            .unwrap();
        assert_eq!(elsewhere, None);
        tx.commit().await.unwrap();
        let mut tx = fixture.begin().await;
        let second = visitors::set_identity(&mut tx, viktor, &known_as("7", true)).await;
        assert!(matches!(second, Err(Error::Conflict(_))), "{second:?}");
    })
    .await;
}

#[tokio::test]
async fn a_changed_visitor_identity_is_emitted_to_followers_of_the_conversation() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let before = fixture.start(&fixture.vera, client(1), "Hello.").await;
        assert!(!before.visitor.verified);
        let mut tx = fixture.begin().await;
        visitors::set_identity(&mut tx, &fixture.vera, &known_as("7", true))
            .await
            .unwrap();
        conversations::republish_visitor(&mut tx, &fixture.vera)
            .await
            .unwrap();
        let news = tx.commit_unpublished().await.unwrap().events;
        assert_eq!(news.len(), 1, "{news:?}");
        let after = fixture.head(&fixture.ada, before.id).await;
        assert_eq!(
            (after.visitor.name.as_str(), after.visitor.verified),
            ("Vera", true)
        );
        assert_eq!(after.revision, before.revision + 1);
        assert_eq!(after.waiting_since, before.waiting_since);
    })
    .await;
}

#[tokio::test]
async fn a_deleted_site_has_no_visits() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut tx = fixture.begin().await;
        sites::delete_site(&mut tx, &fixture.ada, fixture.north_site.id)
            .await
            .unwrap();
        let (site, vera) = (fixture.north_site.id, fixture.vera.visitor_id);
        assert_eq!(
            visitors::find_visit(&mut tx, site, vera).await.unwrap(),
            None
        );
    })
    .await;
}

#[tokio::test]
async fn the_first_verification_starts_a_token_generation() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let vera = &fixture.vera;
        let mut tx = fixture.begin().await;
        for (verified, generation) in [(false, 0), (true, 1), (true, 1)] {
            let set = visitors::set_identity(&mut tx, vera, &known_as("7", verified)).await;
            assert_eq!(set.unwrap(), generation);
            let visit = visitors::find_visit(&mut tx, vera.site_id, vera.visitor_id).await;
            assert_eq!(visit.unwrap().unwrap().token_generation, generation);
        }
    })
    .await;
}

#[tokio::test]
async fn a_status_of_a_newer_version_is_written_back_unchanged() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let before = fixture.start(&fixture.vera, client(1), "Hello?").await;
        fixture
            .store
            .execute("UPDATE conversations SET status = 'snoozed'")
            .await
            .unwrap();
        let mut tx = fixture.begin().await;
        conversations::republish_visitor(&mut tx, &fixture.vera)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let after = fixture.head(&fixture.ada, before.id).await;
        assert_eq!(after.status.as_str(), "snoozed");
        assert_eq!(after.revision, before.revision + 1);
        let kept = "SELECT COUNT(*) FROM conversations WHERE status = 'snoozed'";
        assert_eq!(fixture.store.count(kept).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_visitor_is_found_again_on_their_site() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut reader = fixture.store.read().await.unwrap();
        let found =
            visitors::find_visit(&mut reader, fixture.north_site.id, fixture.vera.visitor_id)
                .await
                .unwrap()
                .unwrap();
        assert!(found.identity.is_some(), "something is kept of her");
        assert_eq!(found.scope, fixture.vera);
    })
    .await;
}

#[tokio::test]
async fn touching_a_visitor_updates_their_last_seen_time_only() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut tx = fixture.store.begin(NOW + 5).await.unwrap();
        visitors::touch_visitor(&mut tx, &fixture.vera)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let seen = format!(
            "SELECT COUNT(*) FROM visitors WHERE last_seen_at = {}",
            NOW + 5
        );
        assert_eq!(fixture.store.count(&seen).await.unwrap(), 1);
    })
    .await;
}
