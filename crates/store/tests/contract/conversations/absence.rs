//! Absence: abandoned conversations are listed page by page, each once, and an agent who writes is not absent.

use deskbell_store::conversations::{self, absence, messages};
use deskbell_store::{VisitorScope, WorkspaceScope};

use crate::fixture::{Fixture, NOW, agent_sender, client, on_both_engines, words};

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

#[tokio::test]
async fn an_agent_who_has_written_has_acted_however_much_the_visitor_writes_afterwards() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        let mut tx = fixture.begin().await;
        conversations::claim(&mut tx, &fixture.ada, id)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let has_acted = async || {
            let mut reader = fixture.store.read().await.unwrap();
            let found = absence::find_abandoned(&mut reader, LATER, id).await;
            let found = found.unwrap().expect("nobody was reachable");
            absence::has_acted(&mut reader, &found).await.unwrap()
        };
        assert!(!has_acted().await, "the claim was long ago");
        let mut tx = fixture.store.begin(LATER).await.unwrap();
        let locked = conversations::lock_for_agent(&mut tx, &fixture.ada, id)
            .await
            .unwrap();
        let (ada, text) = (agent_sender(&fixture.ada), words("I am looking into it."));
        messages::append(&mut tx, &locked, &ada, None, &text)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for number in 10..70 {
            fixture
                .say(&fixture.vera, id, client(number), "Still there?")
                .await;
        }
        assert!(has_acted().await);
    })
    .await;
}
