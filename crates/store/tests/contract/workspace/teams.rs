//! Teams.

use deskbell_store::Error;
use deskbell_store::workspace::members;
use deskbell_store::workspace::teams::{self, NewTeam};

use crate::fixture::{Fixture, NOW, not_found, on_both_engines};

fn named(name: &str) -> NewTeam {
    NewTeam {
        name: name.to_owned(),
        name_key: name.to_lowercase(),
        color: Some("#00aa55".to_owned()),
        languages: vec!["en".to_owned(), "pt-BR".to_owned()],
    }
}

#[tokio::test]
async fn teams_are_created_changed_listed_and_deleted_in_their_own_workspace() {
    on_both_engines(async |store| {
        let Fixture {
            ada,
            ben,
            stella,
            north_site,
            store,
            ..
        } = Fixture::build(store).await;
        let mut tx = store.begin(NOW).await.unwrap();
        let made = teams::create_team(&mut tx, &ada, named("sales"))
            .await
            .unwrap();
        let other = teams::create_team(&mut tx, &ada, named("Returns"))
            .await
            .unwrap();
        teams::create_team(&mut tx, &stella, named("Sales"))
            .await
            .unwrap();
        let both = [ada.user.id, ben.user.id];
        for _ in 0..2 {
            teams::add_members(&mut tx, &ada, made.id, &both)
                .await
                .unwrap();
        }
        teams::set_sites(&mut tx, &ada, made.id, &[north_site.id])
            .await
            .unwrap();
        let mut sales = teams::get_team(&mut tx, &ada, made.id).await.unwrap();
        assert_eq!((sales.member_ids.len(), sales.site_ids.len()), (2, 1));
        assert_eq!(sales.languages, ["en", "pt-BR"]);
        sales.name = "Trade".to_owned();
        sales.color = None;
        sales.languages.clear();
        teams::set_team(&mut tx, &ada, &sales, "trade")
            .await
            .unwrap();
        let listed = teams::list_teams(&mut tx, &ada).await.unwrap();
        assert_eq!(listed, [other.clone(), sales.clone()]);
        assert_eq!(teams::count_teams(&mut tx, &ada).await.unwrap(), 2);
        tx.commit().await.unwrap();

        let mut tx = store.begin(NOW).await.unwrap();
        let taken = teams::set_team(&mut tx, &ada, &sales, "returns").await;
        assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");
        drop(tx);
        let mut tx = store.begin(NOW).await.unwrap();
        let taken = teams::create_team(&mut tx, &ada, named("returns")).await;
        assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");
        drop(tx);

        let mut tx = store.begin(NOW).await.unwrap();
        not_found(teams::get_team(&mut tx, &stella, made.id).await);
        not_found(teams::set_team(&mut tx, &stella, &sales, "trade").await);
        not_found(teams::delete_team(&mut tx, &stella, made.id).await);
        let removed = teams::remove_member(&mut tx, &stella, made.id, ben.user.id).await;
        assert!(!removed.unwrap());
        for was_in in [true, false] {
            let removed = teams::remove_member(&mut tx, &ada, made.id, ben.user.id).await;
            assert_eq!(removed.unwrap(), was_in);
        }
        members::delete_membership(&mut tx, &ben, ada.user.id)
            .await
            .unwrap();
        teams::remove_site(&mut tx, ada.workspace_id, north_site.id)
            .await
            .unwrap();
        let left = teams::get_team(&mut tx, &ben, made.id).await.unwrap();
        assert_eq!((left.member_ids, left.site_ids), (vec![], vec![]));
        teams::delete_team(&mut tx, &ben, made.id).await.unwrap();
        not_found(teams::get_team(&mut tx, &ben, made.id).await);
    })
    .await;
}
