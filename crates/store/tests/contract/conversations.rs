//! Conversations: their start, assignment and status; by module their messages and receipts.

mod absence;
mod availability;
mod batches;
mod canned_responses;
mod inbox;
mod messages;
mod notes;
mod notifications;
mod positions;
mod receipts;

use deskbell_protocol::{Conversation, ConversationId, Status, UnixMs};
use deskbell_store::conversations::{self, Claim};
use deskbell_store::{DomainEvent, Error};

use crate::fixture::{Fixture, NOW, client, on_both_engines, queue, sender, words};

#[tokio::test]
async fn a_conversation_starts_waiting_with_its_first_message() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let mut tx = fixture.begin().await;
        let started = conversations::start(&mut tx, &fixture.vera, client(1), "Hello?\nAnybody?")
            .await
            .unwrap();
        let news = tx.commit_unpublished().await.unwrap().events;
        let (head, message) = (started.conversation, started.message);

        assert!(started.created);
        assert_eq!(
            (head.status, head.last_seq, head.assignee.as_ref()),
            (Status::Waiting, 1, None)
        );
        assert_eq!(
            (head.created_at, head.last_message_at, head.waiting_since),
            (NOW, NOW, Some(NOW))
        );
        assert_eq!(
            (head.preview.as_str(), head.preview_by_agent),
            ("Hello? Anybody?", false)
        );
        assert_eq!(
            (head.site.name.as_str(), head.visitor.name.as_str()),
            ("North shop", "Visitor")
        );
        assert_eq!(
            (message.seq, message.client_id, message.created_at),
            (1, Some(client(1)), NOW)
        );
        assert_eq!(
            (message.sender.clone(), message.body.clone()),
            (sender(&fixture.vera), words("Hello?\nAnybody?"))
        );
        let for_agents = fixture.head(&fixture.ada, head.id).await;
        assert_eq!(for_agents.attributes.number, Some(1));
        assert_eq!(for_agents.clone().for_visitor(), head);

        let workspace_id = fixture.vera.workspace_id;
        let told = [
            DomainEvent::MessageCreated {
                workspace_id,
                message,
            },
            DomainEvent::ConversationBegun {
                workspace_id,
                conversation: head,
            },
            DomainEvent::HeadMoved {
                workspace_id,
                position: 1,
                queue: queue(1, 0, 0),
                conversation: for_agents,
            },
        ];
        assert_eq!(news, told);
    })
    .await;
}

#[tokio::test]
async fn a_repeated_start_gets_the_first_answer_and_emits_nothing() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let first = fixture.start(&fixture.vera, client(1), "Hello?").await;
        let mut tx = fixture.store.begin(NOW + 9).await.unwrap();
        let again = conversations::start(&mut tx, &fixture.vera, client(1), "Hello?")
            .await
            .unwrap();
        assert_eq!(tx.commit_unpublished().await.unwrap().events, []);
        assert!(!again.created);
        assert_eq!(
            (
                again.conversation,
                again.message.seq,
                again.message.created_at
            ),
            (first, 1, NOW)
        );
    })
    .await;
}

#[tokio::test]
async fn twenty_concurrent_starts_with_one_client_id_start_one_conversation() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let starts: Vec<_> = (0..20)
            .map(|_| {
                let (store, vera) = (fixture.store.clone(), fixture.vera.clone());
                tokio::spawn(async move {
                    let mut tx = store.begin(NOW).await.unwrap();
                    let started = conversations::start(&mut tx, &vera, client(1), "Hello?")
                        .await
                        .unwrap();
                    tx.commit().await.unwrap();
                    started
                })
            })
            .collect();
        let mut answers = Vec::new();
        for start in starts {
            answers.push(start.await.unwrap());
        }
        assert_eq!(answers.iter().filter(|answer| answer.created).count(), 1);
        assert!(
            answers
                .iter()
                .all(|answer| answer.message == answers[0].message)
        );
        assert_eq!(
            fixture
                .store
                .count("SELECT COUNT(*) FROM conversations")
                .await
                .unwrap(),
            1
        );
        assert_eq!(
            fixture
                .store
                .count("SELECT COUNT(*) FROM messages")
                .await
                .unwrap(),
            1
        );
    })
    .await;
}

#[tokio::test]
async fn two_visitors_with_the_same_client_id_get_a_conversation_each() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let veras = fixture.start(&fixture.vera, client(1), "Vera here").await;
        let viktors = fixture
            .start(&fixture.viktor, client(1), "Viktor here")
            .await;
        assert_ne!(veras.id, viktors.id);
    })
    .await;
}

#[tokio::test]
async fn a_returning_visitor_gets_their_newest_open_conversation() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let older = fixture
            .start_at(NOW, &fixture.vera, client(1), "First")
            .await;
        let newer = fixture
            .start_at(NOW + 1, &fixture.vera, client(2), "Second")
            .await;
        fixture
            .start_at(NOW + 2, &fixture.viktor, client(3), "Not Vera's")
            .await;
        assert_eq!(current(&fixture).await, Some(newer.id));

        set(&fixture, newer.id, Status::Closed).await;
        assert_eq!(current(&fixture).await, Some(older.id));
        set(&fixture, older.id, Status::Resolved).await;
        assert_eq!(current(&fixture).await, Some(older.id));
        set(&fixture, older.id, Status::Closed).await;
        assert_eq!(current(&fixture).await, None);
    })
    .await;
}

#[tokio::test]
async fn one_of_twenty_concurrent_claims_succeeds_and_the_others_learn_the_assignee() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let waiting = fixture.start(&fixture.vera, client(1), "Hello?").await;
        let claims: Vec<_> = (0..20)
            .map(|n| {
                let agent = if n % 2 == 0 {
                    fixture.ada.clone()
                } else {
                    fixture.ben.clone()
                };
                let store = fixture.store.clone();
                tokio::spawn(async move {
                    let mut tx = store.begin(NOW).await.unwrap();
                    let claim = conversations::claim(&mut tx, &agent, waiting.id)
                        .await
                        .unwrap();
                    (claim, tx.commit_unpublished().await.unwrap().events)
                })
            })
            .collect();
        let (mut won, mut lost) = (Vec::new(), Vec::new());
        for claim in claims {
            match claim.await.unwrap() {
                (Claim::Claimed(conversation), news) => won.push((conversation, news)),
                (Claim::Lost(conversation), news) => lost.push((conversation, news)),
            }
        }
        let [(conversation, news)] = won.try_into().unwrap();
        let head = conversation.into_head();
        assert_eq!((head.status, head.waiting_since), (Status::Active, None));
        assert_eq!(head.revision, waiting.revision + 1);
        let workspace_id = fixture.ada.workspace_id;
        assert_eq!(
            news,
            [DomainEvent::ConversationChanged {
                workspace_id,
                position: 2,
                queue: queue(0, 1, 0),
                conversation: head.clone()
            }]
        );
        assert_eq!(lost.len(), 19);
        for (seen, news) in lost {
            assert_eq!((&seen, news.len()), (&head, 0));
        }
    })
    .await;
}

#[tokio::test]
async fn a_claim_that_waited_for_the_lock_returns_the_new_assignee() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let waiting = fixture.start(&fixture.vera, client(1), "Hello?").await;
        let mut claiming = fixture.store.begin(NOW).await.unwrap();
        conversations::claim(&mut claiming, &fixture.ben, waiting.id)
            .await
            .unwrap();
        let store = fixture.store.clone();
        let next = tokio::spawn(async move {
            let mut tx = store.begin(NOW).await.unwrap();
            let heads = conversations::lock_all(&mut tx, &[waiting.id]).await;
            heads.unwrap().remove(&waiting.id).unwrap().into_head()
        });
        if fixture.store.engine() == "postgres" {
            let who_waits = "SELECT COUNT(*) FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
            while fixture.store.count(who_waits).await.unwrap() == 0 {
                tokio::task::yield_now().await;
            }
        }
        claiming.commit().await.unwrap();
        let head = next.await.unwrap();
        assert_eq!(head.status, Status::Active);
        assert_eq!(head.assignee, Some(fixture.ben.user.clone()));
    })
    .await;
}

#[tokio::test]
async fn a_status_change_is_saved_emitted_and_increments_the_revision() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let waiting = fixture.start(&fixture.vera, client(1), "Hello?").await;
        let mut tx = fixture.store.begin(NOW + 7).await.unwrap();
        let locked = conversations::lock_for_agent(&mut tx, &fixture.ada, waiting.id)
            .await
            .unwrap();
        let ben = fixture.ben.user.clone();
        let active = conversations::set_status(&mut tx, &locked, Status::Active, Some(ben.clone()));
        assert_eq!(
            (active.status, active.assignee.as_ref()),
            (Status::Active, Some(&ben))
        );
        assert_eq!(
            (active.revision, active.waiting_since),
            (waiting.revision + 1, None)
        );

        let again = conversations::set_status(&mut tx, &active, Status::Waiting, None);
        assert_eq!(
            (again.status, again.assignee.as_ref()),
            (Status::Waiting, None)
        );
        assert_eq!(
            (again.revision, again.waiting_since),
            (waiting.revision + 2, Some(NOW + 7))
        );
        // The state in between is not published: one event contains the final state.
        let told = DomainEvent::ConversationChanged {
            workspace_id: fixture.ada.workspace_id,
            position: 2,
            queue: queue(1, 0, 0),
            conversation: again.into_head(),
        };
        assert_eq!(tx.commit_unpublished().await.unwrap().events, [told]);
    })
    .await;
}

#[tokio::test]
async fn a_conversation_resolved_while_waiting_can_return_to_its_place_in_the_queue() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let waiting = fixture.start(&fixture.vera, client(1), "Hello?").await;
        let resolved = set_at(&fixture, NOW + 5, waiting.id, Status::Resolved).await;
        assert_eq!(
            (resolved.status, resolved.waiting_since),
            (Status::Resolved, None)
        );

        let mut tx = fixture.store.begin(NOW + 7).await.unwrap();
        let locked = conversations::lock_for_agent(&mut tx, &fixture.ada, waiting.id)
            .await
            .unwrap();
        conversations::restore_waiting(&mut tx, &locked);
        tx.commit().await.unwrap();
        let undone = fixture.head(&fixture.ada, waiting.id).await;
        assert_eq!(
            (undone.status, undone.waiting_since),
            (Status::Waiting, Some(NOW))
        );

        // A visitor who writes again waits from then on.
        set_at(&fixture, NOW + 8, waiting.id, Status::Resolved).await;
        let again = set_at(&fixture, NOW + 9, waiting.id, Status::Waiting).await;
        assert_eq!(again.waiting_since, Some(NOW + 9));
    })
    .await;
}

#[tokio::test]
async fn a_conversation_that_does_not_exist_is_not_found() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let nowhere = ConversationId::from_parts(NOW, [7; 10]);
        let mut tx = fixture.begin().await;
        assert!(matches!(
            conversations::claim(&mut tx, &fixture.ada, nowhere).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            conversations::lock_for_agent(&mut tx, &fixture.ada, nowhere).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            conversations::lock_for_visitor(&mut tx, &fixture.vera, nowhere).await,
            Err(Error::NotFound)
        ));
    })
    .await;
}

async fn current(fixture: &Fixture) -> Option<ConversationId> {
    let mut reader = fixture.store.read().await.unwrap();
    let asked = (fixture.vera.workspace_id, fixture.vera.visitor_id);
    let found = conversations::newest_for_visitors(&mut reader, &[asked])
        .await
        .unwrap();
    let open = found.get(&asked).filter(|it| it.status != Status::Closed);
    open.map(|conversation| conversation.id)
}

async fn set(fixture: &Fixture, id: ConversationId, status: Status) {
    set_at(fixture, NOW, id, status).await;
}

/// Sets the status at `now`, and returns the head that is read afterwards.
async fn set_at(
    fixture: &Fixture,
    now: UnixMs,
    id: ConversationId,
    status: Status,
) -> Conversation {
    let mut tx = fixture.store.begin(now).await.unwrap();
    let locked = conversations::lock_for_agent(&mut tx, &fixture.ada, id)
        .await
        .unwrap();
    conversations::set_status(&mut tx, &locked, status, None);
    tx.commit().await.unwrap();
    fixture.head(&fixture.ada, id).await
}
