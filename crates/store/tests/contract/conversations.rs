//! How a conversation begins, who gets it, and where it stands.

use deskbell_protocol::{ConversationId, Status};
use deskbell_store::conversations::{self, Claim};
use deskbell_store::{DomainEvent, Error};

use crate::house::{House, NOW, client, on_both_engines, queue, sender, words};

#[tokio::test]
async fn a_conversation_begins_waiting_with_its_first_message() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let mut tx = house.begin().await;
        let started = conversations::start(&mut tx, &house.vera, client(1), "Hello?\nAnybody?")
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
            (sender(&house.vera), words("Hello?\nAnybody?"))
        );
        assert_eq!(house.head(&house.ada, head.id).await, head);

        let workspace_id = house.vera.workspace_id;
        let told = [
            DomainEvent::MessageCreated {
                workspace_id,
                message,
            },
            DomainEvent::ConversationBegun {
                workspace_id,
                conversation: head.clone(),
            },
            DomainEvent::HeadMoved {
                workspace_id,
                position: 1,
                queue: queue(1, 0, 0),
                conversation: head,
            },
        ];
        assert_eq!(news, told);
    })
    .await;
}

#[tokio::test]
async fn a_start_that_is_sent_again_gets_the_first_answer_and_tells_nobody() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let first = house.start(&house.vera, client(1), "Hello?").await;
        let mut tx = house.store.begin(NOW + 9).await.unwrap();
        let again = conversations::start(&mut tx, &house.vera, client(1), "Hello?")
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
async fn of_twenty_starts_at_once_with_one_client_id_one_begins() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let starts: Vec<_> = (0..20)
            .map(|_| {
                let (store, vera) = (house.store.clone(), house.vera.clone());
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
            house
                .store
                .count("SELECT COUNT(*) FROM conversations")
                .await
                .unwrap(),
            1
        );
        assert_eq!(
            house
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
async fn two_visitors_who_use_the_same_client_id_have_a_conversation_each() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let veras = house.start(&house.vera, client(1), "Vera here").await;
        let viktors = house.start(&house.viktor, client(1), "Viktor here").await;
        assert_ne!(veras.id, viktors.id);
    })
    .await;
}

#[tokio::test]
async fn a_visitor_comes_back_to_their_newest_conversation_that_is_not_closed() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let older = house.start_at(NOW, &house.vera, client(1), "First").await;
        let newer = house
            .start_at(NOW + 1, &house.vera, client(2), "Second")
            .await;
        house
            .start_at(NOW + 2, &house.viktor, client(3), "Not Vera's")
            .await;
        assert_eq!(current(&house).await, Some(newer.id));

        set(&house, newer.id, Status::Closed).await;
        assert_eq!(current(&house).await, Some(older.id));
        set(&house, older.id, Status::Resolved).await;
        assert_eq!(current(&house).await, Some(older.id));
        set(&house, older.id, Status::Closed).await;
        assert_eq!(current(&house).await, None);
    })
    .await;
}

#[tokio::test]
async fn of_twenty_claims_at_once_one_wins_and_the_others_hear_who() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let waiting = house.start(&house.vera, client(1), "Hello?").await;
        let claims: Vec<_> = (0..20)
            .map(|n| {
                let agent = if n % 2 == 0 {
                    house.ada.clone()
                } else {
                    house.ben.clone()
                };
                let store = house.store.clone();
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
        let workspace_id = house.ada.workspace_id;
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
async fn whoever_waits_for_a_claim_knows_who_claimed() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let waiting = house.start(&house.vera, client(1), "Hello?").await;
        let mut claiming = house.store.begin(NOW).await.unwrap();
        conversations::claim(&mut claiming, &house.ben, waiting.id)
            .await
            .unwrap();
        let store = house.store.clone();
        let next = tokio::spawn(async move {
            let mut tx = store.begin(NOW).await.unwrap();
            let heads = conversations::lock_all(&mut tx, &[waiting.id]).await;
            heads.unwrap().remove(&waiting.id).unwrap().into_head()
        });
        if house.store.engine() == "postgres" {
            let who_waits = "SELECT COUNT(*) FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
            while house.store.count(who_waits).await.unwrap() == 0 {
                tokio::task::yield_now().await;
            }
        }
        claiming.commit().await.unwrap();
        let head = next.await.unwrap();
        assert_eq!(head.status, Status::Active);
        assert_eq!(head.assignee, Some(house.ben.user.clone()));
    })
    .await;
}

#[tokio::test]
async fn a_status_is_set_told_and_counted_as_a_revision() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let waiting = house.start(&house.vera, client(1), "Hello?").await;
        let mut tx = house.store.begin(NOW + 7).await.unwrap();
        let locked = conversations::lock_for_agent(&mut tx, &house.ada, waiting.id)
            .await
            .unwrap();
        let ben = house.ben.user.clone();
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
        // Nobody sees what was between: it is told once, as it is at the end.
        let told = DomainEvent::ConversationChanged {
            workspace_id: house.ada.workspace_id,
            position: 2,
            queue: queue(1, 0, 0),
            conversation: again.into_head(),
        };
        assert_eq!(tx.commit_unpublished().await.unwrap().events, [told]);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    on_both_engines(async |store| {
        let house = House::build(store).await;
        let nowhere = ConversationId::from_parts(NOW, [7; 10]);
        let mut tx = house.begin().await;
        assert!(matches!(
            conversations::claim(&mut tx, &house.ada, nowhere).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            conversations::lock_for_agent(&mut tx, &house.ada, nowhere).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            conversations::lock_for_visitor(&mut tx, &house.vera, nowhere).await,
            Err(Error::NotFound)
        ));
    })
    .await;
}

async fn current(house: &House) -> Option<ConversationId> {
    let mut reader = house.store.read().await.unwrap();
    let asked = (house.vera.workspace_id, house.vera.visitor_id);
    let found = conversations::newest_for_visitors(&mut reader, &[asked])
        .await
        .unwrap();
    let open = found.get(&asked).filter(|it| it.status != Status::Closed);
    open.map(|conversation| conversation.id)
}

async fn set(house: &House, id: ConversationId, status: Status) {
    let mut tx = house.begin().await;
    let locked = conversations::lock_for_agent(&mut tx, &house.ada, id)
        .await
        .unwrap();
    conversations::set_status(&mut tx, &locked, status, None);
    tx.commit().await.unwrap();
}
