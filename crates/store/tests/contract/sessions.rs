//! Refresh tokens.

use deskbell_store::sessions::{self, NewRefresh};
use deskbell_store::{Error, Store};

use crate::house::{House, NOW, on_both_engines};

const DAY_MS: i64 = 86_400_000;

async fn keep(house: &House, family: &str, token_hash: &str) -> sessions::Refresh {
    let mut tx = house.begin().await;
    let new = NewRefresh {
        family: family.to_owned(),
        user_id: house.ada.user.id,
        workspace_id: house.ada.workspace_id,
        token_hash: token_hash.to_owned(),
        expires_at: NOW + DAY_MS,
    };
    sessions::create_refresh(&mut tx, new).await.unwrap();
    tx.commit().await.unwrap();
    find(&house.store, token_hash).await.unwrap()
}

async fn find(store: &Store, token_hash: &str) -> Option<sessions::Refresh> {
    sessions::find_refresh_by_hash(&mut store.read().await.unwrap(), token_hash)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_refresh_token_is_found_by_its_hash() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let token = keep(&house, "laptop", "hash 1").await;
        assert_eq!(token.family, "laptop");
        assert_eq!(
            (token.user_id, token.workspace_id),
            (house.ada.user.id, house.ada.workspace_id)
        );
        assert_eq!((token.expires_at, token.revoked_at), (NOW + DAY_MS, None));
        assert_eq!(find(&house.store, "hash 2").await, None);
    })
    .await;
}

#[tokio::test]
async fn a_hash_is_kept_once() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let kept = keep(&house, "laptop", "hash 1").await;
        let again = NewRefresh {
            family: kept.family,
            user_id: kept.user_id,
            workspace_id: kept.workspace_id,
            token_hash: "hash 1".to_owned(),
            expires_at: kept.expires_at,
        };
        let refused = sessions::create_refresh(&mut house.begin().await, again).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn of_twenty_who_use_a_token_at_once_one_may() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let id = keep(&house, "laptop", "hash 1").await.id;
        let uses: Vec<_> = (0..20)
            .map(|_| {
                let store = house.store.clone();
                tokio::spawn(async move {
                    let mut tx = store.begin(NOW).await.unwrap();
                    let used = sessions::use_refresh(&mut tx, id).await.unwrap();
                    tx.commit().await.unwrap();
                    used
                })
            })
            .collect();
        let mut used = 0;
        for one in uses {
            used += usize::from(one.await.unwrap());
        }
        assert_eq!(used, 1);
    })
    .await;
}

#[tokio::test]
async fn a_revoked_family_is_no_good_and_other_families_are() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let laptop = keep(&house, "laptop", "hash 1").await;
        let phone = keep(&house, "phone", "hash 2").await;
        let mut tx = house.begin().await;
        sessions::revoke_family(&mut tx, "laptop").await.unwrap();
        tx.commit().await.unwrap();

        assert_eq!(
            find(&house.store, "hash 1").await.unwrap().revoked_at,
            Some(NOW)
        );
        let mut tx = house.begin().await;
        assert!(!sessions::use_refresh(&mut tx, laptop.id).await.unwrap());
        assert!(sessions::use_refresh(&mut tx, phone.id).await.unwrap());
    })
    .await;
}
