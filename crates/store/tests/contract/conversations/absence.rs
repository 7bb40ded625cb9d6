//! Absence: abandoned conversations are listed page by page, each once.

use deskbell_store::conversations::{self, absence};
use deskbell_store::{VisitorScope, WorkspaceScope};

use crate::fixture::{Fixture, NOW, client, on_both_engines};

/// Longer than the time limit of a workspace.
const LATER: i64 = NOW + 24 * 3_600_000;

#[tokio::test]
async fn abandoned_conversations_of_all_agents_are_listed_in_pages() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut expected = Vec::new();
        let claims: [(&VisitorScope, &WorkspaceScope); 5] = [
            (&fixture.vera, &fixture.ada),
            (&fixture.viktor, &fixture.ben),
            (&fixture.vera, &fixture.ben),
            (&fixture.sven, &fixture.stella),
            (&fixture.viktor, &fixture.ada),
        ];
        for ((visitor, agent), number) in claims.into_iter().zip(1..) {
            let id = fixture.start(visitor, client(number), "Hello?").await.id;
            let mut tx = fixture.begin().await;
            conversations::claim(&mut tx, agent, id).await.unwrap();
            tx.commit().await.unwrap();
            expected.push((id, agent.user.id, agent.workspace_id));
        }
        fixture.start(&fixture.vera, client(9), "Waiting").await;
        let mut reader = fixture.store.read().await.unwrap();
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = absence::list_abandoned(&mut reader, LATER, after.as_ref(), 2);
            let page = page.await.unwrap();
            after = page.last().copied();
            found.extend(
                page.iter()
                    .map(|it| (it.conversation_id, it.assignee_id, it.workspace_id)),
            );
            if after.is_none() {
                break;
            }
        }
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
        drop(reader);

        let ada = (fixture.ada.workspace_id, fixture.ada.user.id);
        let mut tx = fixture.store.begin(LATER).await.unwrap();
        absence::set_reachable(&mut tx, &[ada]).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = fixture.store.read().await.unwrap();
        let page = absence::list_abandoned(&mut reader, LATER, None, 10).await;
        let page = page.unwrap();
        assert_eq!(page.len(), 3);
        assert!(page.iter().all(|it| it.assignee_id != ada.1), "{page:?}");
    })
    .await;
}
