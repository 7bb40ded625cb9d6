//! Members, invitations, sites, limits and blocks.

use deskbell_protocol::api::invitations::InvitationState;
use deskbell_protocol::api::sites::WidgetSettings;
use deskbell_protocol::api::workspace::{IpMode, LimitName};
use deskbell_protocol::{ConversationId, InvitationId, Role, Status};
use deskbell_store::blocks::{self, Target};
use deskbell_store::conversations::{self, Claim};
use deskbell_store::invitations::{self, NewInvitation};
use deskbell_store::{Error, limits, members, refused_origins, sites, workspaces};

use crate::house::{House, NOW, client, on_both_engines};

fn not_found<T: std::fmt::Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::NotFound)), "{result:?}");
}

fn invitation(hash: &str) -> NewInvitation {
    NewInvitation {
        email: Some("nora@north.example".to_owned()),
        role: Role::Agent,
        token_hash: hash.to_owned(),
        by_mail: true,
        expires_at: NOW + 100,
    }
}

#[tokio::test]
async fn a_workspace_is_changed_and_its_neighbour_is_not() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let mut tx = house.begin().await;
        let mut north = workspaces::get_workspace(&mut tx, house.ada.workspace_id)
            .await
            .unwrap();
        assert_eq!(
            (north.name.as_str(), north.ip_mode),
            ("North", IpMode::Full)
        );
        north.name = "Far north".to_owned();
        north.ip_mode = IpMode::None;
        workspaces::set_workspace(&mut tx, &north).await.unwrap();
        assert_eq!(
            workspaces::get_workspace(&mut tx, north.id).await.unwrap(),
            north
        );
        let south = workspaces::get_workspace(&mut tx, house.stella.workspace_id)
            .await
            .unwrap();
        assert_eq!(
            (south.name.as_str(), south.ip_mode),
            ("South", IpMode::Full)
        );
    })
    .await;
}

#[tokio::test]
async fn members_are_listed_changed_and_removed_in_their_own_workspace() {
    on_both_engines(async |store| {
        let House {
            ada,
            ben,
            stella,
            store,
            ..
        } = House::build(store).await;
        let mut tx = store.begin(NOW).await.unwrap();
        let listed = members::list_members(&mut tx, &ada).await.unwrap();
        let mut names: Vec<_> = listed.iter().map(|member| member.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["Ada", "Ben"]);
        assert_eq!(members::count_owners(&mut tx, &ada).await.unwrap(), 0);
        members::set_role(&mut tx, &ada, ben.user.id, Role::Owner)
            .await
            .unwrap();
        assert_eq!(members::count_owners(&mut tx, &ada).await.unwrap(), 1);
        let found = members::get_member(&mut tx, &ada, ben.user.id)
            .await
            .unwrap();
        assert_eq!(found.role, Role::Owner);
        not_found(members::set_role(&mut tx, &ada, stella.user.id, Role::Owner).await);
        not_found(members::get_member(&mut tx, &ada, stella.user.id).await);
        not_found(members::delete_membership(&mut tx, &ada, stella.user.id).await);
        members::delete_membership(&mut tx, &ada, ben.user.id)
            .await
            .unwrap();
        not_found(members::lock_shared_membership(&mut tx, ada.workspace_id, ben.user.id).await);
        members::lock_shared_membership(&mut tx, ada.workspace_id, ada.user.id)
            .await
            .unwrap();
        assert_eq!(
            members::count_members(&mut tx, ada.workspace_id)
                .await
                .unwrap(),
            1
        );
    })
    .await;
}

#[tokio::test]
async fn whoever_was_removed_claims_nothing_and_leaves_what_they_had() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let first = house.start(&house.vera, client(1), "Hello.").await.id;
        let second = house.start(&house.viktor, client(2), "Hello.").await.id;
        let mut tx = house.begin().await;
        let claimed = conversations::claim(&mut tx, &house.ben, first)
            .await
            .unwrap();
        assert!(matches!(claimed, Claim::Claimed(_)));
        tx.commit().await.unwrap();

        let mut tx = house.begin().await;
        members::delete_membership(&mut tx, &house.ada, house.ben.user.id)
            .await
            .unwrap();
        not_found(conversations::claim(&mut tx, &house.ben, second).await);
        let left = members::list_assigned(&mut tx, &house.ada, house.ben.user.id)
            .await
            .unwrap();
        assert_eq!(left, [first]);
        let theirs = members::list_assigned(&mut tx, &house.stella, house.ben.user.id).await;
        assert_eq!(theirs.unwrap(), Vec::<ConversationId>::new());
        let locked = conversations::lock_all(&mut tx, &left).await.unwrap();
        conversations::set_status(&mut tx, &locked[&first], Status::Waiting, None);
        tx.commit().await.unwrap();
        let head = house.head(&house.ada, first).await;
        assert_eq!((head.status, head.assignee), (Status::Waiting, None));
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_open_until_it_is_accepted_revoked_or_late() {
    on_both_engines(async |store| {
        let House {
            ada, stella, store, ..
        } = House::build(store).await;
        let mut tx = store.begin(NOW).await.unwrap();
        let id = invitations::create_invitation(&mut tx, &ada, invitation("one"))
            .await
            .unwrap();
        let revoked = invitations::create_invitation(&mut tx, &ada, invitation("two"))
            .await
            .unwrap();
        assert_eq!(
            invitations::count_open(&mut tx, &ada, NOW).await.unwrap(),
            2
        );
        assert_eq!(
            invitations::count_open(&mut tx, &ada, NOW + 100)
                .await
                .unwrap(),
            0
        );
        assert_eq!(
            invitations::count_open(&mut tx, &stella, NOW)
                .await
                .unwrap(),
            0
        );

        invitations::renew_invitation(&mut tx, &ada, id, "three", false, NOW + 200)
            .await
            .unwrap();
        assert_eq!(
            invitations::find_invitation_by_hash(&mut tx, "one")
                .await
                .unwrap(),
            None
        );
        let found = invitations::lock_invitation_by_hash(&mut tx, "three")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (found.id, found.by_mail, found.workspace_name.as_str()),
            (id, false, "North")
        );
        assert_eq!(found.state(NOW + 199), InvitationState::Open);
        assert_eq!(found.state(NOW + 200), InvitationState::Expired);

        not_found(invitations::get_invitation(&mut tx, &stella, id).await);
        not_found(invitations::revoke_invitation(&mut tx, &stella, id).await);
        not_found(invitations::renew_invitation(&mut tx, &stella, id, "x", true, NOW).await);
        invitations::revoke_invitation(&mut tx, &ada, revoked)
            .await
            .unwrap();
        not_found(invitations::accept_invitation(&mut tx, revoked, stella.user.id).await);
        invitations::accept_invitation(&mut tx, id, stella.user.id)
            .await
            .unwrap();
        not_found(invitations::accept_invitation(&mut tx, id, ada.user.id).await);
        not_found(invitations::renew_invitation(&mut tx, &ada, id, "x", true, NOW).await);
        let listed = invitations::list_invitations(&mut tx, &ada, 10)
            .await
            .unwrap();
        let mut states: Vec<(InvitationId, _)> =
            listed.iter().map(|it| (it.id, it.state(NOW))).collect();
        states.sort_by_key(|(id, _)| *id);
        let mut expected = [
            (id, InvitationState::Accepted),
            (revoked, InvitationState::Revoked),
        ];
        expected.sort_by_key(|(id, _)| *id);
        assert_eq!(states, expected);
    })
    .await;
}

#[tokio::test]
async fn a_site_has_the_newest_of_its_refused_origins() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let site = &house.north_site;
        for second in 0..12 {
            let mut tx = house.store.begin(NOW + second * 1000).await.unwrap();
            let origin = format!("https://{}.example", second.min(10));
            refused_origins::record_refused_origin(&mut tx, site.workspace_id, site.id, &origin)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        let mut reader = house.store.read().await.unwrap();
        let of_site =
            refused_origins::list_refused_origins(&mut reader, site.workspace_id, site.id)
                .await
                .unwrap();
        assert_eq!(of_site.len(), refused_origins::MOST);
        assert_eq!(of_site[0].origin, "https://10.example");
        assert_eq!(of_site[0].last_seen_at, NOW + 11_000);
        assert_eq!(of_site[9].origin, "https://1.example", "the oldest is gone");
        let all = refused_origins::list_all_refused_origins(&mut reader, &house.ada)
            .await
            .unwrap();
        assert_eq!(all.len(), of_site.len());
        assert!(all.iter().all(|(id, _)| *id == site.id));
        let south = refused_origins::list_all_refused_origins(&mut reader, &house.stella)
            .await
            .unwrap();
        assert!(south.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_site_is_changed_by_its_own_workspace_and_gone_when_it_is_deleted() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let (ada, stella) = (&house.ada, &house.stella);
        let mut tx = house.begin().await;
        let mut site = house.north_site.clone();
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

#[tokio::test]
async fn a_workspace_has_limits_for_itself_until_they_are_taken_back() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let (north, south) = (house.ada.workspace_id, house.stella.workspace_id);
        let mut tx = house.begin().await;
        limits::set_override(&mut tx, north, LimitName::Members, Some(3))
            .await
            .unwrap();
        limits::set_override(&mut tx, north, LimitName::Members, Some(5))
            .await
            .unwrap();
        limits::set_override(&mut tx, north, LimitName::Sites, None)
            .await
            .unwrap();
        let own = limits::find_override(&mut tx, north, LimitName::Members)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(own.most, Some(5));
        assert_eq!(
            limits::list_overrides(&mut tx, north).await.unwrap().len(),
            2
        );
        assert_eq!(limits::list_overrides(&mut tx, south).await.unwrap(), []);
        limits::delete_override(&mut tx, north, LimitName::Members)
            .await
            .unwrap();
        assert_eq!(
            limits::find_override(&mut tx, north, LimitName::Members)
                .await
                .unwrap(),
            None
        );
    })
    .await;
}

#[tokio::test]
async fn of_ten_who_take_the_last_three_places_three_get_one() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let north = house.ada.workspace_id;
        let takers: Vec<_> = (0..10)
            .map(|_| {
                let store = house.store.clone();
                tokio::spawn(async move {
                    let mut tx = store.begin(NOW).await.unwrap();
                    let name = LimitName::Conversations;
                    let used = limits::take(&mut tx, north, name, 202_611, 1)
                        .await
                        .unwrap();
                    if used <= 3 {
                        tx.commit().await.unwrap();
                    }
                    used <= 3
                })
            })
            .collect();
        let mut got = 0;
        for taker in takers {
            got += i32::from(taker.await.unwrap());
        }
        assert_eq!(got, 3);
        let mut tx = house.begin().await;
        let name = LimitName::Conversations;
        assert_eq!(
            limits::used(&mut tx, north, name, 202_611).await.unwrap(),
            3
        );
        assert_eq!(
            limits::used(&mut tx, north, name, 202_612).await.unwrap(),
            0
        );
        assert_eq!(
            limits::take(&mut tx, north, name, 202_611, -2)
                .await
                .unwrap(),
            1
        );
    })
    .await;
}

#[tokio::test]
async fn of_five_who_lock_a_workspace_each_sees_what_the_one_before_added() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let adders: Vec<_> = (0..5)
            .map(|number| {
                let (store, ada) = (house.store.clone(), house.ada.clone());
                tokio::spawn(async move {
                    let mut tx = store.begin(NOW).await.unwrap();
                    limits::lock_workspace(&mut tx, ada.workspace_id)
                        .await
                        .unwrap();
                    let count = sites::count_sites(&mut tx, ada.workspace_id).await.unwrap();
                    if count < 3 {
                        let key = format!("key-{number}");
                        sites::create_site(&mut tx, ada.workspace_id, "Site", &key, &[])
                            .await
                            .unwrap();
                        tx.commit().await.unwrap();
                    }
                })
            })
            .collect();
        for adder in adders {
            adder.await.unwrap();
        }
        let mut reader = house.store.read().await.unwrap();
        assert_eq!(
            sites::count_sites(&mut reader, house.ada.workspace_id)
                .await
                .unwrap(),
            3
        );
    })
    .await;
}

#[tokio::test]
async fn a_block_is_its_workspaces_and_made_once() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let (ada, stella, vera) = (&house.ada, &house.stella, house.vera.visitor_id);
        let mut tx = house.begin().await;
        let who = Target::Visitor(vera);
        let network = Target::Network("203.0.113.0/24".to_owned());
        let block = blocks::create_block(&mut tx, ada, &who, "Rude.")
            .await
            .unwrap();
        blocks::create_block(&mut tx, ada, &network, "")
            .await
            .unwrap();
        blocks::create_block(&mut tx, stella, &network, "")
            .await
            .unwrap();
        let platform =
            blocks::create_platform_block(&mut tx, ada.user.id, "198.51.100.0/24", "Floods.")
                .await
                .unwrap();
        tx.commit().await.unwrap();

        let again = blocks::create_block(&mut house.begin().await, ada, &network, "").await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
        let again = blocks::create_block(&mut house.begin().await, ada, &who, "").await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
        let mut tx = house.begin().await;
        assert_eq!(blocks::count_blocks(&mut tx, ada).await.unwrap(), 2);
        assert_eq!(blocks::list_blocks(&mut tx, stella).await.unwrap().len(), 1);
        let north = ada.workspace_id;
        let mut concerning = blocks::list_concerning(&mut tx, north, vera).await.unwrap();
        concerning.sort_by_key(|target| matches!(target, Target::Network(_)));
        assert_eq!(concerning, [who, network.clone()]);
        let other = house.viktor.visitor_id;
        assert_eq!(
            blocks::list_concerning(&mut tx, north, other)
                .await
                .unwrap(),
            [network]
        );
        not_found(blocks::get_block(&mut tx, stella, block.id).await);
        blocks::delete_block(&mut tx, stella, block.id)
            .await
            .unwrap();
        assert_eq!(
            blocks::get_block(&mut tx, ada, block.id).await.unwrap(),
            block
        );
        blocks::delete_block(&mut tx, ada, block.id).await.unwrap();
        not_found(blocks::get_block(&mut tx, ada, block.id).await);
        assert_eq!(
            blocks::list_platform_blocks(&mut tx).await.unwrap(),
            std::slice::from_ref(&platform)
        );
        blocks::delete_platform_block(&mut tx, platform.id)
            .await
            .unwrap();
        assert_eq!(blocks::list_platform_blocks(&mut tx).await.unwrap(), []);
    })
    .await;
}
