//! Members, teams, business hours, invitations, limits and blocks.

mod business_hours;
mod teams;

use deskbell_protocol::api::workspace::invitations::InvitationState;
use deskbell_protocol::api::workspace::{IpMode, LimitName};
use deskbell_protocol::{ConversationId, InvitationId, Role, Status};
use deskbell_store::Error;
use deskbell_store::conversations::{self, Claim};
use deskbell_store::sites;
use deskbell_store::workspace::blocks::{self, Target};
use deskbell_store::workspace::invitations::{self, NewInvitation};
use deskbell_store::workspace::{limits, members, workspaces};

use crate::fixture::{Fixture, NOW, client, not_found, on_both_engines};

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
async fn changing_a_workspace_does_not_affect_another() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut tx = fixture.begin().await;
        let mut north = workspaces::get_workspace(&mut tx, fixture.ada.workspace_id)
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
        let south = workspaces::get_workspace(&mut tx, fixture.stella.workspace_id)
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
        let Fixture {
            ada,
            ben,
            stella,
            store,
            ..
        } = Fixture::build(store).await;
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
async fn a_removed_member_cannot_claim_and_loses_their_conversations() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let first = fixture.start(&fixture.vera, client(1), "Hello.").await.id;
        let second = fixture.start(&fixture.viktor, client(2), "Hello.").await.id;
        let mut tx = fixture.begin().await;
        let claimed = conversations::claim(&mut tx, &fixture.ben, first)
            .await
            .unwrap();
        assert!(matches!(claimed, Claim::Claimed(_)));
        tx.commit().await.unwrap();

        let mut tx = fixture.begin().await;
        members::delete_membership(&mut tx, &fixture.ada, fixture.ben.user.id)
            .await
            .unwrap();
        not_found(conversations::claim(&mut tx, &fixture.ben, second).await);
        let left = members::list_assigned(&mut tx, &fixture.ada, fixture.ben.user.id)
            .await
            .unwrap();
        assert_eq!(left, [first]);
        let theirs = members::list_assigned(&mut tx, &fixture.stella, fixture.ben.user.id).await;
        assert_eq!(theirs.unwrap(), Vec::<ConversationId>::new());
        let locked = conversations::lock_all(&mut tx, &left).await.unwrap();
        conversations::set_status(&mut tx, &locked[&first], Status::Waiting, None);
        tx.commit().await.unwrap();
        let head = fixture.head(&fixture.ada, first).await;
        assert_eq!((head.status, head.assignee), (Status::Waiting, None));
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_open_until_it_is_accepted_revoked_or_expired() {
    on_both_engines(async |store| {
        let Fixture {
            ada, stella, store, ..
        } = Fixture::build(store).await;
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
async fn a_workspace_has_its_own_limits_until_they_are_reset() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let (north, south) = (fixture.ada.workspace_id, fixture.stella.workspace_id);
        let mut tx = fixture.begin().await;
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
async fn three_of_ten_concurrent_creations_fit_into_a_quota_of_three() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let north = fixture.ada.workspace_id;
        let takers: Vec<_> = (0..10)
            .map(|_| {
                let store = fixture.store.clone();
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
        let mut tx = fixture.begin().await;
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
async fn each_of_five_transactions_that_lock_a_workspace_sees_earlier_additions() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let adders: Vec<_> = (0..5)
            .map(|number| {
                let (store, ada) = (fixture.store.clone(), fixture.ada.clone());
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
        let mut reader = fixture.store.read().await.unwrap();
        assert_eq!(
            sites::count_sites(&mut reader, fixture.ada.workspace_id)
                .await
                .unwrap(),
            3
        );
    })
    .await;
}

#[tokio::test]
async fn a_block_is_unique_and_belongs_to_its_workspace() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let (ada, stella, vera) = (&fixture.ada, &fixture.stella, fixture.vera.visitor_id);
        let mut tx = fixture.begin().await;
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

        let again = blocks::create_block(&mut fixture.begin().await, ada, &network, "").await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
        let again = blocks::create_block(&mut fixture.begin().await, ada, &who, "").await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
        let mut tx = fixture.begin().await;
        assert_eq!(blocks::count_blocks(&mut tx, ada).await.unwrap(), 2);
        assert_eq!(blocks::list_blocks(&mut tx, stella).await.unwrap().len(), 1);
        let north = ada.workspace_id;
        let mut concerning = blocks::list_concerning(&mut tx, north, vera).await.unwrap();
        concerning.sort_by_key(|target| matches!(target, Target::Network(_)));
        assert_eq!(concerning, [who, network.clone()]);
        let other = fixture.viktor.visitor_id;
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
