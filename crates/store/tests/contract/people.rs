//! Users, workspaces, sites and visitors.

use deskbell_protocol::{Role, UserId};
use deskbell_store::{Error, sites, users, visitors, workspaces};

use crate::house::{House, NOW, new_user, on_both_engines};

#[tokio::test]
async fn a_user_is_found_by_address_and_by_id() {
    on_both_engines(async |store| {
        let mut tx = store.begin(NOW).await.unwrap();
        assert!(!users::any_user(&mut tx).await.unwrap());
        let ada = users::create_user(&mut tx, new_user("Ada")).await.unwrap();
        tx.commit().await.unwrap();

        let mut reader = store.read().await.unwrap();
        assert!(users::any_user(&mut reader).await.unwrap());
        let found = users::find_user_by_email(&mut reader, "ada@north.example")
            .await
            .unwrap();
        assert_eq!(found, Some(ada.clone()));
        assert_eq!(users::get_user(&mut reader, ada.id).await.unwrap(), ada);
        assert_eq!(
            users::find_user_by_email(&mut reader, "ben@north.example")
                .await
                .unwrap(),
            None
        );
        let nobody = users::get_user(&mut reader, UserId::from_parts(NOW, [0; 10])).await;
        assert!(matches!(nobody, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn an_address_belongs_to_one_user() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let mut tx = house.begin().await;
        let again = users::create_user(&mut tx, new_user("Ada")).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    })
    .await;
}

#[tokio::test]
async fn of_ten_first_runs_at_once_one_is_taken() {
    on_both_engines(async |store| {
        let runs: Vec<_> = (0..10)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut tx = store.begin(NOW).await.unwrap();
                    let taken = users::take_first_run(&mut tx).await;
                    if taken.is_ok() {
                        tx.commit().await.unwrap();
                    }
                    taken
                })
            })
            .collect();
        let mut taken = 0;
        for run in runs {
            match run.await.unwrap() {
                Ok(()) => taken += 1,
                Err(error) => assert!(matches!(error, Error::Conflict(_)), "{error:?}"),
            }
        }
        assert_eq!(taken, 1);
    })
    .await;
}

#[tokio::test]
async fn where_there_are_users_there_is_no_first_run() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let taken = users::take_first_run(&mut house.begin().await).await;
        assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");
    })
    .await;
}

#[tokio::test]
async fn a_member_has_a_place_in_their_own_workspace_alone() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let (north, south, ada) = (
            house.ada.workspace_id,
            house.stella.workspace_id,
            house.ada.user.id,
        );
        let mut reader = house.store.read().await.unwrap();
        let place = workspaces::find_membership(&mut reader, ada, north)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (place.workspace_name.as_str(), place.role),
            ("North", Role::Agent)
        );
        assert_eq!(
            workspaces::find_membership(&mut reader, ada, south)
                .await
                .unwrap(),
            None
        );
    })
    .await;
}

#[tokio::test]
async fn memberships_are_listed_oldest_first_and_made_once() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let (south, ada) = (house.stella.workspace_id, house.ada.user.id);
        let mut tx = house.store.begin(NOW + 1).await.unwrap();
        workspaces::create_membership(&mut tx, south, ada, Role::Admin)
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let places = workspaces::list_memberships(&mut house.store.read().await.unwrap(), ada)
            .await
            .unwrap();
        let names: Vec<_> = places
            .iter()
            .map(|place| (place.workspace_name.as_str(), place.role))
            .collect();
        assert_eq!(names, [("North", Role::Agent), ("South", Role::Admin)]);

        let again =
            workspaces::create_membership(&mut house.begin().await, south, ada, Role::Agent).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    })
    .await;
}

#[tokio::test]
async fn a_site_is_found_by_its_key_with_its_origins() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let mut reader = house.store.read().await.unwrap();
        let found = sites::find_site_by_key(&mut reader, "north-key")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found, house.north_site);
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
async fn a_site_key_is_taken_once_even_by_another_workspace() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let mut tx = house.begin().await;
        let again =
            sites::create_site(&mut tx, house.stella.workspace_id, "Copy", "north-key", &[]).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    })
    .await;
}

#[tokio::test]
async fn sites_are_listed_oldest_first() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let mut tx = house.store.begin(NOW + 1).await.unwrap();
        let blog = sites::create_site(&mut tx, house.ada.workspace_id, "Blog", "blog-key", &[])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let listed = sites::list_sites(&mut house.store.read().await.unwrap(), &house.ada)
            .await
            .unwrap();
        assert_eq!(listed, [house.north_site, blog]);
    })
    .await;
}

#[tokio::test]
async fn a_visitor_is_found_again_on_their_site() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let mut reader = house.store.read().await.unwrap();
        let found = visitors::find_visit(&mut reader, house.north_site.id, house.vera.visitor_id)
            .await
            .unwrap()
            .unwrap();
        assert!(found.identity.is_some(), "something is kept of her");
        assert_eq!(found.scope, house.vera);
    })
    .await;
}

#[tokio::test]
async fn a_visitor_who_is_here_is_seen_now_and_nobody_else_is() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let mut tx = house.store.begin(NOW + 5).await.unwrap();
        visitors::touch_visitor(&mut tx, &house.vera).await.unwrap();
        tx.commit().await.unwrap();
        let seen = format!(
            "SELECT COUNT(*) FROM visitors WHERE last_seen_at = {}",
            NOW + 5
        );
        assert_eq!(house.store.count(&seen).await.unwrap(), 1);
    })
    .await;
}
