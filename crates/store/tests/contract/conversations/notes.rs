//! Notes: their numbers, and their client ids.

use deskbell_protocol::Mention;
use deskbell_store::conversations::lock_for_agent;
use deskbell_store::conversations::notes::{self, NewNote};
use deskbell_store::{DomainEvent, Error};

use crate::fixture::{Fixture, client, on_both_engines};

fn new(fixture: &Fixture, number: u64) -> NewNote {
    let ada = &fixture.ada.user;
    NewNote {
        client_id: client(number),
        author: ada.clone(),
        text: format!("@{}: note {number}", ada.name),
        mentions: vec![Mention::Member {
            id: ada.id,
            name: ada.name.clone(),
        }],
    }
}

#[tokio::test]
async fn notes_are_numbered_apart_from_messages_and_emit_events() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello").await.id;
        let mut tx = fixture.begin().await;
        let locked = lock_for_agent(&mut tx, &fixture.ada, id).await.unwrap();
        let first = notes::append(&mut tx, &locked, None, new(&fixture, 1));
        let first = first.await.unwrap();
        let second = notes::append(&mut tx, &locked, Some(&first), new(&fixture, 2));
        let second = second.await.unwrap();
        let events = tx.commit_unpublished().await.unwrap().events;
        assert_eq!((first.seq, second.seq), (1, 2));
        assert_eq!((first.after_seq, second.after_seq), (1, 1));
        let workspace_id = fixture.ada.workspace_id;
        let created = |note: &deskbell_protocol::Note| DomainEvent::NoteCreated {
            workspace_id,
            note: note.clone(),
        };
        assert_eq!(events, [created(&first), created(&second)]);

        let mut reader = fixture.store.read().await.unwrap();
        let page = async |reader: &mut _, after, most| {
            let page = notes::page_after(reader, workspace_id, id, after, most);
            page.await.unwrap()
        };
        assert_eq!(page(&mut reader, 0, 1).await, (vec![first.clone()], true));
        assert_eq!(page(&mut reader, 1, 5).await, (vec![second.clone()], false));
        let last = notes::find_last(&mut reader, workspace_id, id).await;
        assert_eq!(last.unwrap(), Some(second));
        let found = notes::find_by_client_id(&mut reader, workspace_id, id, client(1)).await;
        assert_eq!(found.unwrap(), Some(first));
    })
    .await;
}

#[tokio::test]
async fn a_client_id_names_one_note_and_south_finds_none() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello").await.id;
        let mut tx = fixture.begin().await;
        let locked = lock_for_agent(&mut tx, &fixture.ada, id).await.unwrap();
        let first = notes::append(&mut tx, &locked, None, new(&fixture, 1));
        let first = first.await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = fixture.begin().await;
        let locked = lock_for_agent(&mut tx, &fixture.ada, id).await.unwrap();
        let again = notes::append(&mut tx, &locked, Some(&first), new(&fixture, 1)).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
        drop(tx);

        let south = fixture.stella.workspace_id;
        let mut reader = fixture.store.read().await.unwrap();
        let page = notes::page_after(&mut reader, south, id, 0, 10).await;
        assert_eq!(page.unwrap(), (Vec::new(), false));
        let found = notes::find_by_client_id(&mut reader, south, id, client(1)).await;
        assert_eq!(found.unwrap(), None);
        let last = notes::find_last(&mut reader, south, id).await;
        assert_eq!(last.unwrap(), None);
    })
    .await;
}
