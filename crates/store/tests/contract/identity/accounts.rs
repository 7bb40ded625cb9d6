//! Accounts: one-time tokens, second factors, pictures and changes of credentials.

use deskbell_protocol::Role;
use deskbell_store::identity::avatars::{self, Avatar};
use deskbell_store::identity::email_tokens::{self, NewEmailToken, Purpose};
use deskbell_store::identity::{credentials, second_factors, users};
use deskbell_store::workspace::{limits, workspaces};
use deskbell_store::{Error, Store};

use crate::fixture::{Fixture, NOW, new_user, on_both_engines};

const HOUR_MS: i64 = 3_600_000;

async fn send_link(fixture: &Fixture, token_hash: &str, purpose: Purpose) {
    let mut tx = fixture.begin().await;
    let new = NewEmailToken {
        token_hash: token_hash.to_owned(),
        user_id: fixture.ada.user.id,
        purpose,
        email: "ada@north.example".to_owned(),
        expires_at: NOW + HOUR_MS,
    };
    email_tokens::create_token(&mut tx, new).await.unwrap();
    tx.commit().await.unwrap();
}

async fn use_link(store: &Store, now: i64, token_hash: &str, purpose: Purpose) -> bool {
    let mut tx = store.begin(now).await.unwrap();
    let link = email_tokens::use_token(&mut tx, token_hash, purpose)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    link.is_some()
}

#[tokio::test]
async fn a_token_is_used_once_by_twenty_concurrent_requests() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        send_link(&fixture, "hash", Purpose::ResetPassword).await;
        let followers: Vec<_> = (0..20)
            .map(|_| {
                let store = fixture.store.clone();
                tokio::spawn(
                    async move { use_link(&store, NOW, "hash", Purpose::ResetPassword).await },
                )
            })
            .collect();
        let mut arrived = 0;
        for follower in followers {
            arrived += usize::from(follower.await.unwrap());
        }
        assert_eq!(arrived, 1);
    })
    .await;
}

#[tokio::test]
async fn a_token_is_valid_for_one_purpose_and_until_it_expires() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        send_link(&fixture, "hash", Purpose::VerifyEmail).await;
        let (store, end) = (&fixture.store, NOW + HOUR_MS);
        let mut reader = store.read().await.unwrap();
        let found = email_tokens::find_token(&mut reader, "hash", Purpose::VerifyEmail, NOW)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.user_id, fixture.ada.user.id);
        assert_eq!(found.email, "ada@north.example");
        let past = email_tokens::find_token(&mut reader, "hash", Purpose::VerifyEmail, end).await;
        assert_eq!(past.unwrap(), None);
        drop(reader);
        assert!(!use_link(store, NOW, "hash", Purpose::ResetPassword).await);
        assert!(!use_link(store, end, "hash", Purpose::VerifyEmail).await);
        assert!(use_link(store, NOW, "hash", Purpose::VerifyEmail).await);
    })
    .await;
}

#[tokio::test]
async fn tokens_are_deleted_with_their_owner_and_when_they_expire() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        send_link(&fixture, "hash 1", Purpose::VerifyEmail).await;
        let mut tx = fixture.begin().await;
        email_tokens::delete_tokens(&mut tx, fixture.ben.user.id)
            .await
            .unwrap();
        email_tokens::delete_expired_tokens(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let count = "SELECT COUNT(*) FROM links";
        assert_eq!(fixture.store.count(count).await.unwrap(), 1, "it is Ada's");
        send_link(&fixture, "hash 2", Purpose::ResetPassword).await;
        let mut tx = fixture.begin().await;
        email_tokens::delete_tokens(&mut tx, fixture.ada.user.id)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(fixture.store.count(count).await.unwrap(), 0);

        send_link(&fixture, "hash 3", Purpose::ChangeEmail).await;
        let mut tx = fixture.store.begin(NOW + HOUR_MS).await.unwrap();
        email_tokens::delete_expired_tokens(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(fixture.store.count(count).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_second_factor_is_replaced_until_it_is_confirmed() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let ada = fixture.ada.user.id;
        let mut tx = fixture.begin().await;
        assert!(
            !second_factors::confirm_second_factor(&mut tx, ada)
                .await
                .unwrap()
        );
        for secret in ["first", "second"] {
            assert!(
                second_factors::begin_second_factor(&mut tx, ada, secret)
                    .await
                    .unwrap()
            );
        }
        let begun = second_factors::find_second_factor(&mut tx, ada)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (begun.secret.as_str(), begun.confirmed_at),
            ("second", None)
        );
        assert!(
            second_factors::confirm_second_factor(&mut tx, ada)
                .await
                .unwrap()
        );
        assert!(
            !second_factors::begin_second_factor(&mut tx, ada, "third")
                .await
                .unwrap()
        );
        let kept = second_factors::find_second_factor(&mut tx, ada)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (kept.secret.as_str(), kept.confirmed_at),
            ("second", Some(NOW))
        );
        let bens = second_factors::find_second_factor(&mut tx, fixture.ben.user.id).await;
        assert_eq!(bens.unwrap(), None);
        second_factors::delete_second_factor(&mut tx, ada)
            .await
            .unwrap();
        assert_eq!(
            second_factors::find_second_factor(&mut tx, ada)
                .await
                .unwrap(),
            None
        );
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_code_is_accepted_once_by_twenty_concurrent_requests() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let ada = fixture.ada.user.id;
        let mut tx = fixture.begin().await;
        second_factors::begin_second_factor(&mut tx, ada, "secret")
            .await
            .unwrap();
        second_factors::set_backup_codes(&mut tx, ada, &["paper".to_owned()])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for with_paper in [false, true] {
            let tries: Vec<_> = (0..20)
                .map(|_| {
                    let store = fixture.store.clone();
                    tokio::spawn(async move {
                        let mut tx = store.begin(NOW).await.unwrap();
                        let used = if with_paper {
                            second_factors::use_backup_code(&mut tx, ada, "paper").await
                        } else {
                            second_factors::use_step(&mut tx, ada, 57).await
                        };
                        tx.commit().await.unwrap();
                        used.unwrap()
                    })
                })
                .collect();
            let mut used = 0;
            for one in tries {
                used += usize::from(one.await.unwrap());
            }
            assert_eq!(used, 1);
        }
        let mut tx = fixture.begin().await;
        assert!(
            !second_factors::use_step(&mut tx, ada, 56).await.unwrap(),
            "an older one"
        );
        assert!(second_factors::use_step(&mut tx, ada, 58).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn new_backup_codes_replace_the_old_ones() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let (ada, ben) = (fixture.ada.user.id, fixture.ben.user.id);
        let mut tx = fixture.begin().await;
        let codes = |of: &str| [format!("{of} 1"), format!("{of} 2"), format!("{of} 3")];
        second_factors::set_backup_codes(&mut tx, ada, &codes("old"))
            .await
            .unwrap();
        second_factors::set_backup_codes(&mut tx, ada, &codes("new")[..2])
            .await
            .unwrap();
        assert_eq!(
            second_factors::count_backup_codes(&mut tx, ada)
                .await
                .unwrap(),
            2
        );
        assert!(
            !second_factors::use_backup_code(&mut tx, ada, "old 1")
                .await
                .unwrap()
        );
        assert!(
            !second_factors::use_backup_code(&mut tx, ben, "new 1")
                .await
                .unwrap()
        );
        assert!(
            second_factors::use_backup_code(&mut tx, ada, "new 1")
                .await
                .unwrap()
        );
        assert_eq!(
            second_factors::count_backup_codes(&mut tx, ada)
                .await
                .unwrap(),
            1
        );
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_new_picture_replaces_the_old_one() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let (ada, ben) = (fixture.ada.user.id, fixture.ben.user.id);
        let picture = |content: &[u8]| Avatar {
            media_type: "image/png".to_owned(),
            content: content.to_vec(),
        };
        let mut tx = fixture.begin().await;
        avatars::set_avatar(&mut tx, ben, "bens", &picture(b"ben"))
            .await
            .unwrap();
        for (id, content) in [("old", &b"\0old"[..]), ("new", b"\xffnew")] {
            avatars::set_avatar(&mut tx, ada, id, &picture(content))
                .await
                .unwrap();
            let found = avatars::find_avatar(&mut tx, id).await.unwrap();
            assert_eq!(found, Some(picture(content)));
            let user = users::get_user(&mut tx, ada).await.unwrap();
            assert_eq!(user.avatar_id.as_deref(), Some(id));
        }
        assert_eq!(avatars::find_avatar(&mut tx, "old").await.unwrap(), None);
        avatars::delete_avatar(&mut tx, ada).await.unwrap();
        assert_eq!(avatars::find_avatar(&mut tx, "new").await.unwrap(), None);
        assert_eq!(users::get_user(&mut tx, ada).await.unwrap().avatar_id, None);
        assert!(
            avatars::find_avatar(&mut tx, "bens")
                .await
                .unwrap()
                .is_some()
        );
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_repeated_registration_replaces_an_unverified_one_only() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let ada = fixture.ada.user.id;
        let mut tx = fixture.begin().await;
        let again = credentials::register_again(&mut tx, ada, "Adah", "other", "East").await;
        assert!(again.unwrap());
        let user = users::get_user(&mut tx, ada).await.unwrap();
        assert_eq!(
            (user.name.as_str(), user.password_hash.as_str()),
            ("Adah", "other")
        );
        let place = workspaces::list_memberships(&mut tx, ada)
            .await
            .unwrap()
            .remove(0);
        assert_eq!(place.workspace_name, "North", "she is no owner of it");

        assert!(
            !credentials::verify_email(&mut tx, ada, "other@north.example")
                .await
                .unwrap()
        );
        assert!(
            credentials::verify_email(&mut tx, ada, "ada@north.example")
                .await
                .unwrap()
        );
        assert!(
            !credentials::verify_email(&mut tx, ada, "ada@north.example")
                .await
                .unwrap()
        );
        let late = credentials::register_again(&mut tx, ada, "Eve", "hers", "West").await;
        assert!(!late.unwrap());
        let user = users::get_user(&mut tx, ada).await.unwrap();
        assert_eq!(
            (user.name.as_str(), user.email_verified_at),
            ("Adah", Some(NOW))
        );
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_repeated_registration_renames_its_own_workspace_under_its_lock() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut tx = fixture.begin().await;
        let pia = users::create_user(&mut tx, new_user("Pia")).await.unwrap();
        let own = workspaces::create_workspace(&mut tx, "Pia's")
            .await
            .unwrap();
        workspaces::create_membership(&mut tx, own, pia.id, Role::Owner)
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let mut tx = fixture.begin().await;
        let locked = limits::lock_workspaces_of(&mut tx, pia.id).await.unwrap();
        assert_eq!(locked.len(), 1);
        let again = credentials::register_again(&mut tx, pia.id, "Pia", "other", "West").await;
        assert!(again.unwrap());
        let renamed = workspaces::get_workspace(&mut tx, own).await.unwrap();
        assert_eq!(renamed.name, "West");
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn changing_name_password_and_address_affects_one_user_only() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let ada = fixture.ada.user.id;
        let mut tx = fixture.begin().await;
        let ben = users::get_user(&mut tx, fixture.ben.user.id).await.unwrap();
        credentials::set_name(&mut tx, ada, "Ada L.").await.unwrap();
        credentials::set_password(&mut tx, ada, "other hash")
            .await
            .unwrap();
        for (old, is_current) in [("hash of Ada", false), ("other hash", true)] {
            let replaced = credentials::replace_password(&mut tx, ada, old, "third hash");
            assert_eq!(replaced.await.unwrap(), is_current, "{old}");
        }
        credentials::set_email(&mut tx, ada, "l@north.example")
            .await
            .unwrap();
        let changed = users::get_user(&mut tx, ada).await.unwrap();
        assert_eq!(
            (
                changed.name.as_str(),
                changed.password_hash.as_str(),
                changed.email.as_str()
            ),
            ("Ada L.", "third hash", "l@north.example")
        );
        assert_eq!(users::get_user(&mut tx, ben.id).await.unwrap(), ben);
        let taken = credentials::set_email(&mut tx, ada, &ben.email).await;
        assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");
    })
    .await;
}
