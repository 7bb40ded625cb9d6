//! The inbox as a change feed: each change has a position, and the counters are right.

use std::collections::BTreeSet;

use deskbell_protocol::{ConversationId, Position, Queue, Status};
use deskbell_store::conversations::inboxes::{self, Inbox, ListCursor};
use deskbell_store::conversations::messages::{self, Unsaved};
use deskbell_store::conversations::{self, Claim};
use deskbell_store::{DomainEvent, Store, WorkspaceScope};

use crate::fixture::{Fixture, NOW, client, on_both_engines, queue, sender, words};

#[tokio::test]
async fn a_new_workspace_has_an_empty_inbox() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let empty = Inbox {
            position: 0,
            queue: Queue::default(),
        };
        assert_eq!(inbox(&fixture.store, &fixture.ada).await, empty);
    })
    .await;
}

#[tokio::test]
async fn each_workspace_counts_its_own_changes() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        fixture.start(&fixture.vera, client(1), "For North").await;
        fixture.start(&fixture.viktor, client(2), "For North").await;
        fixture.start(&fixture.sven, client(3), "For South").await;
        let north = inbox(&fixture.store, &fixture.ada).await;
        assert_eq!((north.position, north.queue), (2, queue(2, 0, 0)));
        let south = inbox(&fixture.store, &fixture.stella).await;
        assert_eq!((south.position, south.queue), (1, queue(1, 0, 0)));
        assert_eq!(positions(&fixture.store, &fixture.stella, 0).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn several_updates_of_a_conversation_in_one_transaction_are_one_change() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        let mut tx = fixture.begin().await;
        let Claim::Claimed(claimed) = conversations::claim(&mut tx, &fixture.ada, id)
            .await
            .unwrap()
        else {
            panic!("it waits");
        };
        let from = crate::fixture::agent_sender(&fixture.ada);
        messages::append(&mut tx, &claimed, &from, None, &words("Hi"))
            .await
            .unwrap();
        // A read in the same transaction sees the new state.
        let locked = conversations::lock_for_agent(&mut tx, &fixture.ada, id)
            .await
            .unwrap();
        assert_eq!((locked.last_seq, locked.status), (2, Status::Active));
        let resolved = conversations::set_status(&mut tx, &locked, Status::Resolved, None);
        let told = tx.commit_unpublished().await.unwrap().events;
        assert_eq!(
            told.last(),
            Some(&DomainEvent::ConversationChanged {
                workspace_id: fixture.ada.workspace_id,
                position: 2,
                queue: queue(0, 0, 1),
                conversation: resolved.clone().into_head(),
            })
        );
        assert!(matches!(
            told[..],
            [
                DomainEvent::MessageCreated { .. },
                DomainEvent::SeenMoved { .. },
                DomainEvent::ConversationChanged { .. }
            ]
        ));
        assert_eq!(fixture.head(&fixture.ada, id).await, resolved.into_head());
    })
    .await;
}

#[tokio::test]
async fn a_batch_moves_each_conversation_by_one_position() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut ids = Vec::new();
        for n in 0..300 {
            let visitor = if n % 3 == 0 {
                &fixture.sven
            } else {
                &fixture.vera
            };
            ids.push(fixture.start(visitor, client(n), "Hello?").await.id);
        }
        let mut tx = fixture.begin().await;
        let mut heads = conversations::lock_all(&mut tx, &ids).await.unwrap();
        let said = |n: u64| Unsaved {
            conversation_id: ids[usize::try_from(n % 300).unwrap()],
            sender: sender(&fixture.vera),
            client_id: Some(client(1000 + n)),
            body: words("Still there?"),
        };
        messages::append_all(&mut tx, &mut heads, (0..600).map(said).collect())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for (agent, count) in [(&fixture.ada, 200), (&fixture.stella, 100)] {
            assert_eq!(
                positions(&fixture.store, agent, 0).await,
                (count + 1..=2 * count).collect::<Vec<_>>()
            );
        }
    })
    .await;
}

#[tokio::test]
async fn twenty_concurrent_writers_use_every_position_and_keep_the_counters_right() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut ids = Vec::new();
        for n in 0..8 {
            let visitor = if n % 4 == 0 {
                &fixture.sven
            } else {
                &fixture.vera
            };
            ids.push(fixture.start(visitor, client(n), "Hello?").await.id);
        }
        let writers: Vec<_> = (0..20)
            .map(|writer| {
                let work = Work {
                    store: fixture.store.clone(),
                    agents: [fixture.ada.clone(), fixture.stella.clone()],
                    ids: ids.clone(),
                    dice: writer * 7919 + 1,
                };
                tokio::spawn(work.write(client(100 + writer)))
            })
            .collect();
        let mut told: [Vec<Position>; 2] = Default::default();
        for writer in writers {
            for news in writer.await.unwrap() {
                match news {
                    DomainEvent::HeadMoved {
                        workspace_id,
                        position,
                        ..
                    }
                    | DomainEvent::ConversationChanged {
                        workspace_id,
                        position,
                        ..
                    } => {
                        let is_south = workspace_id == fixture.stella.workspace_id;
                        told[usize::from(is_south)].push(position);
                    }
                    DomainEvent::MessageCreated { .. }
                    | DomainEvent::ConversationBegun { .. }
                    | DomainEvent::ReceiptsMoved { .. }
                    | DomainEvent::SeenMoved { .. }
                    | DomainEvent::NoteCreated { .. }
                    | DomainEvent::Notified { .. }
                    | DomainEvent::NotificationsChanged { .. } => {}
                }
            }
        }
        for (agent, mut told, before) in [
            (&fixture.ada, told[0].clone(), 6),
            (&fixture.stella, told[1].clone(), 2),
        ] {
            told.sort();
            let inbox = inbox(&fixture.store, agent).await;
            assert_eq!(told, (before + 1..=inbox.position).collect::<Vec<_>>());
            assert_eq!(inbox.queue, counted(&fixture.store, agent).await);
            let kept = positions(&fixture.store, agent, 0).await;
            assert_eq!(kept.last(), Some(&inbox.position));
            assert_eq!(kept.iter().collect::<BTreeSet<_>>().len(), kept.len());
        }
    })
    .await;
}

/// A writer that performs random operations on conversations of two workspaces.
struct Work {
    store: Store,
    agents: [WorkspaceScope; 2],
    ids: Vec<ConversationId>,
    dice: u64,
}

impl Work {
    async fn write(mut self, client_id: deskbell_protocol::ClientMessageId) -> Vec<DomainEvent> {
        let mut told = Vec::new();
        for round in 0..10 {
            let mut tx = self.store.begin(NOW + round).await.unwrap();
            let (one, other) = (self.pick(), self.pick());
            let mut ids = vec![one, other];
            ids.sort();
            ids.dedup();
            let heads = conversations::lock_all(&mut tx, &ids).await.unwrap();
            for id in ids {
                let locked = &heads[&id];
                let agent =
                    &self.agents[usize::from(locked.is_of_workspace(self.agents[1].workspace_id))];
                let agent = agent.user.clone();
                match self.roll() % 5 {
                    0 => drop(conversations::set_status(
                        &mut tx,
                        locked,
                        Status::Waiting,
                        None,
                    )),
                    1 => drop(conversations::set_status(
                        &mut tx,
                        locked,
                        Status::Active,
                        Some(agent),
                    )),
                    2 => drop(conversations::set_status(
                        &mut tx,
                        locked,
                        Status::Resolved,
                        Some(agent),
                    )),
                    3 => drop(conversations::set_status(
                        &mut tx,
                        locked,
                        Status::Closed,
                        Some(agent),
                    )),
                    _ if locked.status != Status::Closed => {
                        let from = deskbell_protocol::Sender::System;
                        let unique = (round == 0).then_some(client_id);
                        messages::append(&mut tx, locked, &from, unique, &words("Hi"))
                            .await
                            .unwrap();
                    }
                    _ => {}
                }
            }
            if self.roll().is_multiple_of(8) {
                drop(tx);
            } else {
                told.extend(tx.commit_unpublished().await.unwrap().events);
            }
        }
        told
    }

    fn pick(&mut self) -> ConversationId {
        let place = usize::try_from(self.roll()).unwrap() % self.ids.len();
        self.ids[place]
    }

    fn roll(&mut self) -> u64 {
        self.dice = self
            .dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        self.dice >> 33
    }
}

#[tokio::test]
async fn changes_are_listed_in_their_order_from_one_position_to_another() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut ids = Vec::new();
        for n in 0..5 {
            ids.push(fixture.start(&fixture.vera, client(n), "Hello?").await.id);
        }
        fixture
            .say(&fixture.vera, ids[1], client(9), "Hello again?")
            .await;
        let mut reader = fixture.store.read().await.unwrap();
        let list = async |reader: &mut _, after, up_to, limit| {
            let (rows, more) = inboxes::list_changes(reader, &fixture.ada, after, up_to, limit)
                .await
                .unwrap();
            let rows: Vec<_> = rows
                .into_iter()
                .map(|row| (row.position, row.conversation.id))
                .collect();
            (rows, more)
        };
        let after_two = vec![(3, ids[2]), (4, ids[3]), (5, ids[4]), (6, ids[1])];
        assert_eq!(list(&mut reader, 2, 6, 9).await, (after_two.clone(), false));
        assert_eq!(
            list(&mut reader, 2, 5, 9).await,
            (after_two[..3].to_vec(), false)
        );
        assert_eq!(
            list(&mut reader, 2, 6, 2).await,
            (after_two[..2].to_vec(), true)
        );
        assert_eq!(list(&mut reader, 6, 6, 9).await, (Vec::new(), false));
    })
    .await;
}

#[tokio::test]
async fn paging_a_changing_list_misses_no_conversation() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let statuses = [
            Status::Waiting,
            Status::Active,
            Status::Resolved,
            Status::Closed,
        ];
        let mut ids = Vec::new();
        for n in 0..40_u64 {
            let id = fixture
                .start_at(
                    NOW + i64::try_from(n / 3).unwrap(),
                    &fixture.vera,
                    client(n),
                    "Hello?",
                )
                .await
                .id;
            set(&fixture, id, statuses[usize::try_from(n % 4).unwrap()]).await;
            ids.push(id);
        }
        let mut place = Some(ListCursor::first(
            inbox(&fixture.store, &fixture.ada).await.position,
        ));
        let (mut seen, mut moved, mut round) = (Vec::new(), BTreeSet::new(), 0);
        while let Some(from) = place {
            let mut reader = fixture.store.read().await.unwrap();
            let (rows, next) =
                inboxes::list_conversations(&mut reader, &fixture.ada, None, from, 7)
                    .await
                    .unwrap();
            assert!(next.is_none() || rows.len() == 7);
            seen.extend(rows);
            place = next;
            // A visitor writes in an open conversation, which may be listed already or not.
            if round < 6 {
                let id = ids[round * 13 % 40 / 4 * 4 + 1];
                moved.insert(id);
                fixture
                    .say(&fixture.vera, id, client(500 + round as u64), "Me first!")
                    .await;
                set(&fixture, ids[round * 4 + 2], Status::Closed).await;
                moved.insert(ids[round * 4 + 2]);
            }
            round += 1;
        }
        let mut all: Vec<_> = seen.iter().map(|row| row.id).collect();
        for id in &ids {
            let copies: Vec<_> = seen.iter().filter(|row| row.id == *id).collect();
            let is_once = copies.len() == 1 || copies.len() > 1 && moved.contains(id);
            assert!(is_once, "{id} comes {} times", copies.len());
            let newest = copies.last().unwrap();
            assert_eq!(**newest, fixture.head(&fixture.ada, *id).await);
        }
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 40);

        for status in statuses {
            let mut reader = fixture.store.read().await.unwrap();
            let from = ListCursor::first(inbox(&fixture.store, &fixture.ada).await.position);
            let (rows, _) =
                inboxes::list_conversations(&mut reader, &fixture.ada, Some(status), from, 99)
                    .await
                    .unwrap();
            assert!(rows.iter().all(|row| row.status == status));
            let sql = format!(
                "SELECT COUNT(*) FROM conversations WHERE status = '{}'",
                status.as_str()
            );
            assert_eq!(
                fixture.store.count(&sql).await.unwrap(),
                i64::try_from(rows.len()).unwrap()
            );
        }
    })
    .await;
}

async fn inbox(store: &Store, agent: &WorkspaceScope) -> Inbox {
    let mut reader = store.read().await.unwrap();
    inboxes::get_inbox(&mut reader, agent).await.unwrap()
}

async fn positions(store: &Store, agent: &WorkspaceScope, after: Position) -> Vec<Position> {
    let mut reader = store.read().await.unwrap();
    let (rows, _) = inboxes::list_changes(&mut reader, agent, after, Position::MAX, 10_000)
        .await
        .unwrap();
    rows.into_iter().map(|row| row.position).collect()
}

/// The counters, computed by counting the rows.
async fn counted(store: &Store, agent: &WorkspaceScope) -> Queue {
    let mut reader = store.read().await.unwrap();
    let (rows, _) = inboxes::list_changes(&mut reader, agent, 0, Position::MAX, 10_000)
        .await
        .unwrap();
    let count = |status| {
        let with = rows.iter().filter(|row| row.conversation.status == status);
        i64::try_from(with.count()).unwrap()
    };
    queue(
        count(Status::Waiting),
        count(Status::Active),
        count(Status::Resolved),
    )
}

async fn set(fixture: &Fixture, id: ConversationId, status: Status) {
    let mut tx = fixture.begin().await;
    let locked = conversations::lock_for_agent(&mut tx, &fixture.ada, id)
        .await
        .unwrap();
    if locked.status != status {
        conversations::set_status(&mut tx, &locked, status, None);
    }
    tx.commit().await.unwrap();
}
