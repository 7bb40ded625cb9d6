//! Notifications: whom they reach, how many are kept, and their read state.

use deskbell_protocol::{ConversationId, NotificationKind, UserId, limits};
use deskbell_store::conversations::notifications::{self, NewNotification};
use deskbell_store::workspace::members::lock_shared_memberships;
use deskbell_store::{DomainEvent, WorkspaceScope};

use crate::fixture::{Fixture, client, on_both_engines};

fn news(by: &WorkspaceScope, conversation_id: ConversationId, text: &str) -> NewNotification {
    NewNotification {
        kind: NotificationKind::Mention,
        conversation_id,
        by: by.user.clone(),
        text: text.to_owned(),
    }
}

#[tokio::test]
async fn members_are_notified_and_read_up_to_a_notification() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let (ada, ben) = (&fixture.ada, &fixture.ben);
        let id = fixture.start(&fixture.vera, client(1), "Hello").await.id;
        let users = [ada.user.id, ben.user.id];
        for text in ["One", "Two"] {
            let mut tx = fixture.begin().await;
            let new = news(ada, id, text);
            notifications::notify(&mut tx, ada.workspace_id, &users, &new)
                .await
                .unwrap();
            let events = tx.commit_unpublished().await.unwrap().events;
            assert_eq!(events.len(), 2, "one each");
        }
        let mut reader = fixture.store.read().await.unwrap();
        let (all, more) = notifications::list(&mut reader, ben, None, 10)
            .await
            .unwrap();
        assert_eq!((all.len(), more), (2, false));
        let older = notifications::list(&mut reader, ben, Some(all[0].id), 10).await;
        assert_eq!(older.unwrap().0, all[1..]);
        let first = notifications::list(&mut reader, ben, None, 1).await;
        assert_eq!(first.unwrap(), (all[..1].to_vec(), true));
        drop(reader);

        let mut tx = fixture.begin().await;
        let elsewhere = ConversationId::from_parts(1, [9; 10]);
        for (conversation, up_to) in [(Some(elsewhere), None), (Some(id), Some(all[1].id))] {
            notifications::mark_read(&mut tx, ben, conversation, up_to)
                .await
                .unwrap();
        }
        let events = tx.commit_unpublished().await.unwrap().events;
        let (workspace_id, user_id) = (ben.workspace_id, ben.user.id);
        let changed = DomainEvent::NotificationsChanged {
            workspace_id,
            user_id,
        };
        assert_eq!(events, [changed]);
        let mut reader = fixture.store.read().await.unwrap();
        let unread = notifications::count_unread(&mut reader, ben).await.unwrap();
        assert_eq!(unread, 1, "the newer one");
        let of_ada = notifications::count_unread(&mut reader, ada).await.unwrap();
        assert_eq!(of_ada, 2);
        let of_stella = notifications::list(&mut reader, &fixture.stella, None, 10).await;
        assert_eq!(of_stella.unwrap(), (Vec::new(), false));
    })
    .await;
}

#[tokio::test]
async fn the_newest_of_each_member_are_kept() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let (ada, ben) = (&fixture.ada, &fixture.ben);
        let id = fixture.start(&fixture.vera, client(1), "Hello").await.id;
        let mut tx = fixture.begin().await;
        let new = news(ada, id, "Only Ben");
        notifications::notify(&mut tx, ada.workspace_id, &[ben.user.id], &new)
            .await
            .unwrap();
        let both = [ada.user.id, ben.user.id];
        for _ in 0..limits::NOTIFICATIONS {
            let new = news(ada, id, "Both");
            notifications::notify(&mut tx, ada.workspace_id, &both, &new)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        let mut reader = fixture.store.read().await.unwrap();
        for member in [ada, ben] {
            let all = notifications::list(&mut reader, member, None, 1_000).await;
            assert_eq!(all.unwrap().0.len(), limits::NOTIFICATIONS);
        }
    })
    .await;
}

#[tokio::test]
async fn only_members_are_locked() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let (ada, ben) = (&fixture.ada, &fixture.ben);
        let nobody = UserId::from_parts(1, [9; 10]);
        let asked = [ada.user.id, ben.user.id, fixture.stella.user.id, nobody];
        let mut tx = fixture.begin().await;
        let members = lock_shared_memberships(&mut tx, ada.workspace_id, &asked).await;
        let mut members = members.unwrap();
        members.sort_unstable();
        let mut expected = vec![ada.user.id, ben.user.id];
        expected.sort_unstable();
        assert_eq!(members, expected);
        tx.commit().await.unwrap();
    })
    .await;
}
