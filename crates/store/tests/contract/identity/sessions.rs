//! Sessions of browsers, and their refresh tokens.

use deskbell_protocol::SessionId;
use deskbell_store::identity::sessions::{self, NewSession};
use deskbell_store::identity::users;
use deskbell_store::platform::purge;
use deskbell_store::{Error, Store, WorkspaceScope};

use crate::fixture::{Fixture, NOW, on_both_engines};

const DAY_MS: i64 = 86_400_000;

async fn open(fixture: &Fixture, of: &WorkspaceScope) -> SessionId {
    let mut tx = fixture.begin().await;
    let new = NewSession {
        user_id: of.user.id,
        workspace_id: of.workspace_id,
        entered: false,
        address: "203.0.113.9".to_owned(),
        user_agent: "Bells 1.0".to_owned(),
        expires_at: NOW + DAY_MS,
    };
    let id = sessions::create_session(&mut tx, new).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn keep(fixture: &Fixture, session: SessionId, hash: &str) -> sessions::Refresh {
    let mut tx = fixture.begin().await;
    let workspace = fixture.ada.workspace_id;
    sessions::create_refresh(&mut tx, session, workspace, hash, NOW + DAY_MS)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    find(&fixture.store, hash).await.unwrap()
}

async fn find(store: &Store, token_hash: &str) -> Option<sessions::Refresh> {
    sessions::find_refresh_by_hash(&mut store.read().await.unwrap(), token_hash)
        .await
        .unwrap()
}

async fn is_good(fixture: &Fixture, id: SessionId, of: &WorkspaceScope, now: i64) -> bool {
    let mut reader = fixture.store.read().await.unwrap();
    let (user, workspace) = (of.user.id, of.workspace_id);
    let signed = sessions::find_session_identity(&mut reader, id, user, workspace, now);
    signed.await.unwrap().is_some()
}

#[tokio::test]
async fn a_refresh_token_is_found_by_its_hash() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let session = open(&fixture, &fixture.ada).await;
        let token = keep(&fixture, session, "hash 1").await;
        assert_eq!(token.session_id, session);
        assert_eq!(
            (token.user_id, token.workspace_id),
            (fixture.ada.user.id, fixture.ada.workspace_id)
        );
        assert_eq!((token.created_at, token.expires_at), (NOW, NOW + DAY_MS));
        assert_eq!((token.used, token.revoked), (false, false));
        assert_eq!(
            (token.address.as_str(), token.user_agent.as_str()),
            ("203.0.113.9", "Bells 1.0")
        );
        assert_eq!(find(&fixture.store, "hash 2").await, None);
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_hash_is_unique() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let session = open(&fixture, &fixture.ada).await;
        keep(&fixture, session, "hash 1").await;
        let mut tx = fixture.begin().await;
        let workspace = fixture.ada.workspace_id;
        let refused = sessions::create_refresh(&mut tx, session, workspace, "hash 1", NOW).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_can_be_used_once() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let session = open(&fixture, &fixture.ada).await;
        let id = keep(&fixture, session, "hash 1").await.id;
        let mut used = Vec::new();
        for _ in 0..2 {
            let mut tx = fixture.begin().await;
            used.push(sessions::use_refresh(&mut tx, id).await.unwrap());
            tx.commit().await.unwrap();
        }
        assert_eq!(used, [true, false]);
        assert!(find(&fixture.store, "hash 1").await.unwrap().used);
    })
    .await;
}

#[tokio::test]
async fn a_session_is_valid_for_its_user_and_workspace_until_it_ends() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = open(&fixture, &fixture.ada).await;
        assert!(is_good(&fixture, id, &fixture.ada, NOW).await);
        assert!(
            !is_good(&fixture, id, &fixture.ada, NOW + DAY_MS).await,
            "over"
        );
        assert!(
            !is_good(&fixture, id, &fixture.ben, NOW).await,
            "another user"
        );
        assert!(
            !is_good(&fixture, id, &fixture.stella, NOW).await,
            "elsewhere"
        );
        let mut tx = fixture.begin().await;
        let others = sessions::revoke_session(&mut tx, fixture.ben.user.id, id).await;
        assert!(!others.unwrap(), "Ben has no such session");
        let own = sessions::revoke_session(&mut tx, fixture.ada.user.id, id).await;
        assert!(own.unwrap());
        tx.commit().await.unwrap();
        assert!(!is_good(&fixture, id, &fixture.ada, NOW).await, "ended");
    })
    .await;
}

#[tokio::test]
async fn all_sessions_but_one_are_revoked_together() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let user = fixture.ada.user.id;
        let [laptop, phone] = [
            open(&fixture, &fixture.ada).await,
            open(&fixture, &fixture.ada).await,
        ];
        let bens = open(&fixture, &fixture.ben).await;
        let mut tx = fixture.begin().await;
        let ended = sessions::revoke_other_sessions(&mut tx, user, Some(laptop)).await;
        assert_eq!(ended.unwrap(), [phone]);
        tx.commit().await.unwrap();
        let mut reader = fixture.store.read().await.unwrap();
        let open = sessions::list_sessions(&mut reader, user, NOW)
            .await
            .unwrap();
        assert_eq!(open.iter().map(|it| it.id).collect::<Vec<_>>(), [laptop]);
        assert_eq!(open[0].user_agent, "Bells 1.0");
        drop(reader);
        assert!(is_good(&fixture, bens, &fixture.ben, NOW).await);
        let mut tx = fixture.begin().await;
        let workspace = fixture.ada.workspace_id;
        let ended = sessions::revoke_member_sessions(&mut tx, user, workspace).await;
        assert_eq!(ended.unwrap(), [laptop]);
    })
    .await;
}

#[tokio::test]
async fn a_session_of_a_non_member_is_valid_only_for_an_operator_who_has_entered() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let north = fixture.ada.workspace_id;
        let stella = fixture.stella.user.id;
        let mut tx = fixture.begin().await;
        let new = NewSession {
            user_id: stella,
            workspace_id: north,
            entered: true,
            address: String::new(),
            user_agent: String::new(),
            expires_at: NOW + DAY_MS,
        };
        let id = sessions::create_session(&mut tx, new).await.unwrap();
        let signed = sessions::find_session_identity(&mut tx, id, stella, north, NOW).await;
        assert_eq!(signed.unwrap(), None, "no operator");
        users::set_operator(&mut tx, stella, true).await.unwrap();
        let signed = sessions::find_session_identity(&mut tx, id, stella, north, NOW).await;
        let signed = signed.unwrap().expect("an operator may enter");
        assert!(signed.entered && signed.away);
        sessions::move_session(&mut tx, id, fixture.stella.workspace_id, false)
            .await
            .unwrap();
        let signed = sessions::find_session_identity(&mut tx, id, stella, north, NOW).await;
        assert_eq!(signed.unwrap(), None, "has left");
    })
    .await;
}

#[tokio::test]
async fn a_session_that_switched_workspaces_survives_the_deletion_of_the_first() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let session = open(&fixture, &fixture.ada).await;
        keep(&fixture, session, "hash 1").await;
        let mut tx = fixture.begin().await;
        let south = fixture.stella.workspace_id;
        sessions::move_session(&mut tx, session, south, false)
            .await
            .unwrap();
        let north = fixture.ada.workspace_id;
        while !purge::remove_some(&mut tx, north).await.unwrap() {}
        tx.commit().await.unwrap();
        let token = find(&fixture.store, "hash 1").await.expect("goes along");
        assert_eq!(token.workspace_id, south);
    })
    .await;
}

#[tokio::test]
async fn used_refresh_tokens_are_deleted_after_a_while() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let session = open(&fixture, &fixture.ada).await;
        let used = keep(&fixture, session, "hash 1").await.id;
        let mut tx = fixture.begin().await;
        assert!(sessions::use_refresh(&mut tx, used).await.unwrap());
        tx.commit().await.unwrap();
        keep(&fixture, session, "hash 2").await;
        for (before, gone) in [(NOW, 0), (NOW + DAY_MS, 1)] {
            let mut tx = fixture.begin().await;
            let deleted = sessions::delete_used_refreshes(&mut tx, before).await;
            assert_eq!(deleted.unwrap(), gone);
            tx.commit().await.unwrap();
        }
        assert_eq!(find(&fixture.store, "hash 1").await, None);
        assert!(find(&fixture.store, "hash 2").await.is_some(), "it is good");
    })
    .await;
}

#[tokio::test]
async fn the_last_workspace_of_a_user_is_found() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let ada = fixture.ada.user.id;
        let mut reader = fixture.store.read().await.unwrap();
        let last = sessions::find_last_workspace(&mut reader, ada).await;
        assert_eq!(last.unwrap(), None);
        drop(reader);
        open(&fixture, &fixture.ada).await;
        let mut reader = fixture.store.read().await.unwrap();
        let last = sessions::find_last_workspace(&mut reader, ada).await;
        assert_eq!(last.unwrap(), Some(fixture.ada.workspace_id));
    })
    .await;
}
