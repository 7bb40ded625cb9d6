//! Users, memberships and the first run.

use deskbell_protocol::{Role, UserId};
use deskbell_store::Error;
use deskbell_store::identity::users;
use deskbell_store::workspace::workspaces;

use crate::fixture::{Fixture, NOW, new_user, on_both_engines};

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
        let fixture = Fixture::build(store).await;
        let mut tx = fixture.begin().await;
        let again = users::create_user(&mut tx, new_user("Ada")).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    })
    .await;
}

#[tokio::test]
async fn one_of_ten_concurrent_first_runs_succeeds() {
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
async fn an_installation_with_users_has_no_first_run() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let taken = users::take_first_run(&mut fixture.begin().await).await;
        assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");
    })
    .await;
}

#[tokio::test]
async fn a_user_has_memberships_in_their_own_workspaces_only() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let (north, south, ada) = (
            fixture.ada.workspace_id,
            fixture.stella.workspace_id,
            fixture.ada.user.id,
        );
        let mut reader = fixture.store.read().await.unwrap();
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
async fn memberships_are_unique_and_listed_oldest_first() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let (south, ada) = (fixture.stella.workspace_id, fixture.ada.user.id);
        let mut tx = fixture.store.begin(NOW + 1).await.unwrap();
        workspaces::create_membership(&mut tx, south, ada, Role::Admin)
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let places = workspaces::list_memberships(&mut fixture.store.read().await.unwrap(), ada)
            .await
            .unwrap();
        let names: Vec<_> = places
            .iter()
            .map(|place| (place.workspace_name.as_str(), place.role))
            .collect();
        assert_eq!(names, [("North", Role::Agent), ("South", Role::Admin)]);

        let again =
            workspaces::create_membership(&mut fixture.begin().await, south, ada, Role::Agent)
                .await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    })
    .await;
}
