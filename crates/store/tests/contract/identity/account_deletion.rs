//! Account deletion and the expiry of unconfirmed registrations.

use deskbell_protocol::Role;
use deskbell_store::Error;
use deskbell_store::identity::email_tokens::{NewEmailToken, Purpose};
use deskbell_store::identity::{account_deletion, credentials, email_tokens, users};
use deskbell_store::platform::purge;
use deskbell_store::workspace::workspaces;

use crate::fixture::{Fixture, NOW, new_user, on_both_engines};

#[tokio::test]
async fn a_deleted_user_leaves_a_row_without_a_name() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut tx = fixture.begin().await;
        let ben = users::get_user(&mut tx, fixture.ben.user.id).await.unwrap();
        account_deletion::erase_user(&mut tx, &ben).await.unwrap();
        let again = account_deletion::erase_user(&mut tx, &ben).await;
        assert!(matches!(again, Err(Error::NotFound)), "{again:?}");
        tx.commit().await.unwrap();

        let mut tx = fixture.begin().await;
        let gone = users::get_user(&mut tx, ben.id).await;
        assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
        let found = users::find_user_by_email(&mut tx, &ben.email)
            .await
            .unwrap();
        assert_eq!(found, None);
        let places = workspaces::list_memberships(&mut tx, ben.id).await.unwrap();
        assert_eq!(places, []);
        users::create_user(&mut tx, new_user("Ben"))
            .await
            .expect("the address is free");
    })
    .await;
}

#[tokio::test]
async fn only_unconfirmed_registrations_without_token_and_membership_are_deleted() {
    const LATER: i64 = NOW + 1_000;
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut tx = fixture.begin().await;
        let mut new = Vec::new();
        for name in ["Pia", "Quinn", "Rita", "Tom"] {
            let user = users::create_user(&mut tx, new_user(name)).await.unwrap();
            let own = workspaces::create_workspace(&mut tx, name).await.unwrap();
            workspaces::create_membership(&mut tx, own, user.id, Role::Owner)
                .await
                .unwrap();
            new.push((user, own));
        }
        let [pia, quinn, rita, tom] = new.try_into().unwrap();
        for (user, expires_at) in [(&pia.0, LATER), (&quinn.0, LATER + 1)] {
            let link = NewEmailToken {
                token_hash: user.name.clone(),
                user_id: user.id,
                purpose: Purpose::VerifyEmail,
                email: user.email.clone(),
                expires_at,
            };
            email_tokens::create_token(&mut tx, link).await.unwrap();
        }
        let north = fixture.ada.workspace_id;
        workspaces::create_membership(&mut tx, north, rita.0.id, Role::Agent)
            .await
            .unwrap();
        credentials::verify_email(&mut tx, tom.0.id, &tom.0.email)
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let mut tx = fixture.store.begin(LATER).await.unwrap();
        let early = account_deletion::forget_unconfirmed(&mut tx, NOW)
            .await
            .unwrap();
        assert_eq!(early, []);
        let forgotten = account_deletion::forget_unconfirmed(&mut tx, LATER)
            .await
            .unwrap();
        assert_eq!(forgotten, [pia.0.id]);
        tx.commit().await.unwrap();

        let mut reader = fixture.store.read().await.unwrap();
        let deleted = purge::find_deleted(&mut reader).await.unwrap();
        assert_eq!(deleted, Some(pia.1));
        // Ada has not confirmed her address either, but she is a member of a workspace with others.
        for id in [quinn.0.id, rita.0.id, tom.0.id, fixture.ada.user.id] {
            users::get_user(&mut reader, id).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn many_registrations_are_deleted_at_once_in_the_order_of_locks() {
    const LATER: i64 = NOW + 1_000;
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut tx = fixture.begin().await;
        let mut expected = Vec::new();
        // Ids of one millisecond are random: the users are not in the order of their workspaces.
        for number in 0..8_u8 {
            let name = char::from(b'a' + number).to_string().repeat(3);
            let user = users::create_user(&mut tx, new_user(&name)).await.unwrap();
            let own = workspaces::create_workspace(&mut tx, &name).await.unwrap();
            workspaces::create_membership(&mut tx, own, user.id, Role::Owner)
                .await
                .unwrap();
            expected.push(user.id);
        }
        tx.commit().await.unwrap();
        expected.sort();

        let mut tx = fixture.store.begin(LATER).await.unwrap();
        let mut forgotten = account_deletion::forget_unconfirmed(&mut tx, LATER)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        forgotten.sort();
        assert_eq!(forgotten, expected);
    })
    .await;
}
