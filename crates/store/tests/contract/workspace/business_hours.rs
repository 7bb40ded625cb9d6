//! Business hours.

use deskbell_protocol::api::workspace::business_hours::{Holiday, Weekday, WeeklyHours};
use deskbell_protocol::{SiteId, TeamId};
use deskbell_store::sites;
use deskbell_store::workspace::business_hours::{self, Owner, StoredHours};

use crate::fixture::{Fixture, NOW, on_both_engines};

fn hours(owner: Owner) -> StoredHours {
    StoredHours {
        owner,
        time_zone: "Europe/Vienna".to_owned(),
        week: vec![WeeklyHours {
            day: Weekday::Monday,
            opens: "09:00".to_owned(),
            closes: "17:00".to_owned(),
        }],
        holidays: vec![Holiday {
            name: "Christmas".to_owned(),
            from: "2026-12-24".to_owned(),
            to: None,
            yearly: true,
            hours: Vec::new(),
        }],
        updated_at: NOW,
    }
}

#[tokio::test]
async fn business_hours_are_set_found_listed_and_deleted_in_their_own_workspace() {
    on_both_engines(async |store| {
        let Fixture {
            ada,
            stella,
            north_site,
            store,
            ..
        } = Fixture::build(store).await;
        let (north, south) = (ada.workspace_id, stella.workspace_id);
        let site = Owner::Site(north_site.id);
        let team = Owner::Team(TeamId::from_parts(NOW, [7; 10]));
        let mut tx = store.begin(NOW).await.unwrap();
        for owner in [site, team] {
            let found = business_hours::find_hours(&mut tx, north, owner).await;
            assert_eq!(found.unwrap(), None);
            business_hours::set_hours(&mut tx, &ada, &hours(owner))
                .await
                .unwrap();
            let mut changed = hours(owner);
            changed.time_zone = "Asia/Kolkata".to_owned();
            changed.holidays.clear();
            business_hours::set_hours(&mut tx, &ada, &changed)
                .await
                .unwrap();
            let found = business_hours::find_hours(&mut tx, north, owner).await;
            assert_eq!(found.unwrap(), Some(changed));
            // Others neither see nor change them.
            business_hours::set_hours(&mut tx, &stella, &hours(owner))
                .await
                .unwrap();
            let found = business_hours::find_hours(&mut tx, south, owner).await;
            assert_eq!(found.unwrap(), None);
            let deleted = business_hours::delete_hours(&mut tx, south, owner).await;
            assert!(!deleted.unwrap());
        }
        let confused = Owner::Site(SiteId(match team {
            Owner::Team(id) => id.0,
            Owner::Site(id) => id.0,
        }));
        let found = business_hours::find_hours(&mut tx, north, confused).await;
        assert_eq!(found.unwrap(), None);
        let all = business_hours::list_hours(&mut tx, &ada).await.unwrap();
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|it| it.time_zone == "Asia/Kolkata"));
        sites::delete_site(&mut tx, &ada, north_site.id)
            .await
            .unwrap();
        let all = business_hours::list_hours(&mut tx, &ada).await.unwrap();
        assert_eq!(all.len(), 1, "a deleted site has no hours");
        for was_there in [true, false] {
            let deleted = business_hours::delete_hours(&mut tx, north, team).await;
            assert_eq!(deleted.unwrap(), was_there);
        }
    })
    .await;
}
