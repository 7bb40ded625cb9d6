//! The audit log.

use deskbell_protocol::WorkspaceId;
use deskbell_protocol::api::platform::audit::{AuditActor, AuditTarget, Via};
use deskbell_store::platform::audit::{self, Filter, NewEntry};
use serde_json::json;

use crate::fixture::{Fixture, NOW, on_both_engines};

fn entry(fixture: &Fixture, action: &'static str, on: &str) -> NewEntry {
    NewEntry {
        action,
        actor: AuditActor {
            user_id: Some(fixture.ada.user.id),
            name: "Ada".to_owned(),
            via: Via::Session,
        },
        target: AuditTarget {
            kind: "site".to_owned(),
            id: on.to_owned(),
            name: on.to_owned(),
        },
        address: "203.0.113.9".to_owned(),
        user_agent: "Bells \"1.0\"".to_owned(),
        details: json!({ "z": 1, "a": "ä" }),
    }
}

async fn add(fixture: &Fixture, workspace: WorkspaceId, action: &'static str, on: &str) {
    let mut tx = fixture.begin().await;
    let new = entry(fixture, action, on);
    audit::append(&mut tx, workspace, new).await.unwrap();
    tx.commit().await.unwrap();
}

async fn listed(fixture: &Fixture, filter: Filter) -> Vec<(i64, String)> {
    let mut reader = fixture.store.read().await.unwrap();
    let north = fixture.ada.workspace_id;
    let entries = audit::list_entries(&mut reader, north, &filter, i64::MAX, 10);
    let entries = entries.await.unwrap().into_iter();
    entries.map(|entry| (entry.seq, entry.action)).collect()
}

#[tokio::test]
async fn entries_are_numbered_by_workspace_and_listed_from_the_newest() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        add(&fixture, fixture.ada.workspace_id, "site.created", "shop").await;
        add(
            &fixture,
            fixture.stella.workspace_id,
            "site.created",
            "other",
        )
        .await;
        add(&fixture, fixture.ada.workspace_id, "site.changed", "shop").await;
        let both = [
            (2, "site.changed".to_owned()),
            (1, "site.created".to_owned()),
        ];
        assert_eq!(listed(&fixture, Filter::default()).await, both);
    })
    .await;
}

#[tokio::test]
async fn a_filter_returns_matching_entries_only() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let north = fixture.ada.workspace_id;
        add(&fixture, north, "site.created", "shop").await;
        add(&fixture, north, "site.created", "blog").await;
        add(&fixture, north, "site.changed", "shop").await;
        let seqs = async |filter| -> Vec<i64> {
            let found = listed(&fixture, filter).await.into_iter();
            found.map(|(seq, _)| seq).collect()
        };
        let of_action = Filter {
            action: Some("site.created".to_owned()),
            ..Filter::default()
        };
        assert_eq!(seqs(of_action).await, [2, 1]);
        let of_shop = Filter {
            target_id: Some("shop".to_owned()),
            ..Filter::default()
        };
        assert_eq!(seqs(of_shop).await, [3, 1]);
        let of_ada = Filter {
            actor_id: Some(fixture.ada.user.id),
            since_at: Some(NOW),
            until_at: Some(NOW + 1),
            ..Filter::default()
        };
        assert_eq!(seqs(of_ada).await, [3, 2, 1]);
        let of_ben = Filter {
            actor_id: Some(fixture.ben.user.id),
            ..Filter::default()
        };
        assert!(seqs(of_ben).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn each_hash_covers_the_one_before() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let north = fixture.ada.workspace_id;
        for on in ["shop", "blog", "shop"] {
            add(&fixture, north, "site.changed", on).await;
        }
        let mut reader = fixture.store.read().await.unwrap();
        let head = audit::find_head(&mut reader, north).await.unwrap();
        let start = (0, String::new());
        let found = audit::check_entries(&mut reader, north, start.clone(), 10).await;
        assert_eq!(found.unwrap(), Ok(head));
        let from_elsewhere = (0, "made up".to_owned());
        let found = audit::check_entries(&mut reader, north, from_elsewhere, 10).await;
        assert_eq!(found.unwrap(), Err(1));
        drop(reader);
        let forge = "UPDATE audit_entries SET target_name = 'forged' WHERE seq = 2";
        fixture.store.execute(forge).await.unwrap();
        let mut reader = fixture.store.read().await.unwrap();
        let found = audit::check_entries(&mut reader, north, start, 10).await;
        assert_eq!(found.unwrap(), Err(2));
    })
    .await;
}
