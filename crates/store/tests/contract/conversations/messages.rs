//! Messages: dense sequence numbers, idempotent sends, ordered pages.

use deskbell_protocol::{Body, ConversationId, Message, SeenMarker, Sender, Seq, Status, limits};
use deskbell_store::conversations::{self, messages};
use deskbell_store::{DomainEvent, Error};

use crate::fixture::{Fixture, NOW, agent_sender, client, on_both_engines, queue, sender, words};

#[tokio::test]
async fn a_message_is_emitted_before_the_head_that_counts_it() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        let mut tx = fixture.store.begin(NOW + 3).await.unwrap();
        let locked = conversations::lock_for_agent(&mut tx, &fixture.ada, id)
            .await
            .unwrap();
        let from = agent_sender(&fixture.ada);
        let appended =
            messages::append(&mut tx, &locked, &from, Some(client(2)), &words("Hi Vera"))
                .await
                .unwrap();
        let news = tx.commit_unpublished().await.unwrap().events;

        assert!(appended.created);
        let (message, head) = (appended.message, appended.conversation.into_head());
        assert_eq!(
            (message.seq, &message.sender, message.created_at),
            (2, &from, NOW + 3)
        );
        assert_eq!(
            (head.last_seq, head.last_message_at, head.revision),
            (2, NOW + 3, locked.revision + 1)
        );
        assert_eq!(
            (head.preview.as_str(), head.preview_by_agent),
            ("Hi Vera", true)
        );
        let workspace_id = fixture.ada.workspace_id;
        let told = [
            DomainEvent::MessageCreated {
                workspace_id,
                message,
            },
            DomainEvent::SeenMoved {
                workspace_id,
                user_id: fixture.ada.user.id,
                marker: SeenMarker {
                    conversation_id: id,
                    seq: 2,
                    visitor_texts: 1,
                },
            },
            DomainEvent::HeadMoved {
                workspace_id,
                position: 2,
                queue: queue(1, 0, 0),
                conversation: head,
            },
        ];
        assert_eq!(news, told);
    })
    .await;
}

#[tokio::test]
async fn fifty_concurrent_messages_get_sequence_numbers_without_a_gap() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(0), "Hello?").await.id;
        let sends: Vec<_> = (1..=50)
            .map(|n| {
                let (store, vera) = (fixture.store.clone(), fixture.vera.clone());
                tokio::spawn(async move {
                    let mut tx = store.begin(NOW).await.unwrap();
                    let locked = conversations::lock_for_visitor(&mut tx, &vera, id)
                        .await
                        .unwrap();
                    let body = words(&format!("message {n}"));
                    let appended =
                        messages::append(&mut tx, &locked, &sender(&vera), Some(client(n)), &body)
                            .await
                            .unwrap();
                    tx.commit().await.unwrap();
                    appended.message
                })
            })
            .collect();
        let mut answered = Vec::new();
        for send in sends {
            answered.push(send.await.unwrap());
        }
        answered.sort_by_key(|message| message.seq);
        let (kept, more) = after(&fixture, id, 1, 100).await;
        assert_eq!(kept, answered);
        assert_eq!(places(&kept), (2..=51).collect::<Vec<_>>());
        assert!(!more);
        assert_eq!(fixture.head(&fixture.ada, id).await.last_seq, 51);
    })
    .await;
}

#[tokio::test]
async fn a_repeated_message_is_saved_once_and_emits_nothing() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        let first = fixture
            .say(&fixture.vera, id, client(2), "Are you there?")
            .await;

        let mut tx = fixture.store.begin(NOW + 9).await.unwrap();
        let locked = conversations::lock_for_visitor(&mut tx, &fixture.vera, id)
            .await
            .unwrap();
        let body = words("Are you there?");
        let again = messages::append(
            &mut tx,
            &locked,
            &sender(&fixture.vera),
            Some(client(2)),
            &body,
        )
        .await
        .unwrap();
        assert_eq!(tx.commit_unpublished().await.unwrap().events, []);
        assert!(first.created && !again.created);
        assert_eq!(
            (again.message, again.conversation),
            (first.message, first.conversation)
        );
    })
    .await;
}

#[tokio::test]
async fn twenty_concurrent_sends_of_one_client_id_get_one_answer() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        let sends: Vec<_> = (0..20)
            .map(|_| {
                let (store, vera) = (fixture.store.clone(), fixture.vera.clone());
                tokio::spawn(async move {
                    let mut tx = store.begin(NOW).await.unwrap();
                    let locked = conversations::lock_for_visitor(&mut tx, &vera, id)
                        .await
                        .unwrap();
                    let from = sender(&vera);
                    let appended =
                        messages::append(&mut tx, &locked, &from, Some(client(2)), &words("Once"))
                            .await
                            .unwrap();
                    tx.commit().await.unwrap();
                    (appended.created, appended.message)
                })
            })
            .collect();
        let mut created = 0;
        for send in sends {
            let (new, message) = send.await.unwrap();
            created += usize::from(new);
            assert_eq!(message.seq, 2);
        }
        assert_eq!(created, 1);
        assert_eq!(places(&after(&fixture, id, 0, 100).await.0), [1, 2]);
    })
    .await;
}

#[tokio::test]
async fn one_client_id_may_be_used_in_two_conversations() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let veras = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        let viktors = fixture.start(&fixture.viktor, client(2), "Hello?").await.id;
        assert!(
            fixture
                .say(&fixture.vera, veras, client(3), "Vera's")
                .await
                .created
        );
        assert!(
            fixture
                .say(&fixture.viktor, viktors, client(3), "Viktor's")
                .await
                .created
        );
    })
    .await;
}

#[tokio::test]
async fn a_closed_conversation_refuses_new_messages_and_answers_repeated_ones() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        let mut tx = fixture.begin().await;
        let locked = conversations::lock_for_agent(&mut tx, &fixture.ada, id)
            .await
            .unwrap();
        let closed = conversations::set_status(&mut tx, &locked, Status::Closed, None);
        let from = sender(&fixture.vera);
        let old = messages::append(&mut tx, &closed, &from, Some(client(1)), &words("Hello?"))
            .await
            .unwrap();
        assert!(!old.created);
        let new = messages::append(
            &mut tx,
            &closed,
            &from,
            Some(client(2)),
            &words("Still there?"),
        )
        .await;
        assert!(matches!(new, Err(Error::Closed)), "{new:?}");
        tx.commit().await.unwrap();
        assert_eq!(fixture.head(&fixture.ada, id).await.last_seq, 1);
    })
    .await;
}

#[tokio::test]
async fn every_kind_of_body_and_every_script_is_stored_unchanged() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        let name = "Søren O'Brien".to_owned();
        let bodies = [
            words("Größe 44 — “blau”, bitte? {\"a\": 1} \\ % _ '; --"),
            words("भाषा हिन्दी 中文 العربية 👩‍👩‍👧"),
            Body::Joined { name: name.clone() },
            Body::Resolved { name: name.clone() },
            Body::Reopened { name: name.clone() },
            Body::Closed { name },
        ];
        let mut tx = fixture.begin().await;
        let mut locked = conversations::lock_for_agent(&mut tx, &fixture.ada, id)
            .await
            .unwrap();
        for body in &bodies {
            locked = messages::append(&mut tx, &locked, &Sender::System, None, body)
                .await
                .unwrap()
                .conversation;
        }
        tx.commit().await.unwrap();
        let (kept, _) = after(&fixture, id, 1, 100).await;
        assert!(
            kept.iter()
                .all(|message| message.sender == Sender::System && message.client_id.is_none())
        );
        assert_eq!(
            kept.into_iter()
                .map(|message| message.body)
                .collect::<Vec<_>>(),
            bodies
        );
    })
    .await;
}

#[tokio::test]
async fn the_preview_is_the_truncated_newest_text_and_no_system_message() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture
            .start(&fixture.vera, client(1), &"ü".repeat(500))
            .await
            .id;
        let mut tx = fixture.store.begin(NOW + 8).await.unwrap();
        let locked = conversations::lock_for_agent(&mut tx, &fixture.ada, id)
            .await
            .unwrap();
        let joined = Body::Joined {
            name: "Ada".to_owned(),
        };
        let told = messages::append(&mut tx, &locked, &Sender::System, None, &joined)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(told.conversation.preview, "ü".repeat(limits::PREVIEW_CHARS));
        assert_eq!(
            (
                told.conversation.last_seq,
                told.conversation.last_message_at
            ),
            (2, NOW)
        );
    })
    .await;
}

#[tokio::test]
async fn pages_after_a_message_are_read_to_the_end() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = long_conversation(&fixture).await;
        let (first, more) = after(&fixture, id, 0, 3).await;
        assert_eq!((places(&first), more), (vec![1, 2, 3], true));
        let (second, more) = after(&fixture, id, 3, 3).await;
        assert_eq!((places(&second), more), (vec![4, 5, 6], true));
        // A page that is exactly full is not followed by another.
        let (last, more) = after(&fixture, id, 6, 4).await;
        assert_eq!((places(&last), more), (vec![7, 8, 9, 10], false));
        let (none, more) = after(&fixture, id, 10, 3).await;
        assert_eq!((places(&none), more), (vec![], false));
    })
    .await;
}

#[tokio::test]
async fn pages_before_a_message_are_each_in_order() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = long_conversation(&fixture).await;
        let (newest, more) = before(&fixture, id, None, 4).await;
        assert_eq!((places(&newest), more), (vec![7, 8, 9, 10], true));
        let (middle, more) = before(&fixture, id, Some(7), 4).await;
        assert_eq!((places(&middle), more), (vec![3, 4, 5, 6], true));
        let (oldest, more) = before(&fixture, id, Some(3), 2).await;
        assert_eq!((places(&oldest), more), (vec![1, 2], false));
        let (none, more) = before(&fixture, id, Some(1), 4).await;
        assert_eq!((places(&none), more), (vec![], false));
    })
    .await;
}

#[tokio::test]
async fn a_message_is_found_by_its_client_id() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        let said = fixture
            .say(&fixture.vera, id, client(2), "It rings")
            .await
            .message;
        let mut reader = fixture.store.read().await.unwrap();
        let north = fixture.vera.workspace_id;
        assert_eq!(
            messages::find_by_client_id(&mut reader, north, id, client(2))
                .await
                .unwrap(),
            Some(said)
        );
        assert_eq!(
            messages::find_by_client_id(&mut reader, north, id, client(3))
                .await
                .unwrap(),
            None
        );
    })
    .await;
}

/// Ten messages.
async fn long_conversation(fixture: &Fixture) -> ConversationId {
    let id = fixture
        .start(&fixture.vera, client(1), "message 1")
        .await
        .id;
    for n in 2..=10 {
        fixture
            .say(&fixture.vera, id, client(n), &format!("message {n}"))
            .await;
    }
    id
}

async fn after(
    fixture: &Fixture,
    id: ConversationId,
    seq: Seq,
    limit: usize,
) -> (Vec<Message>, bool) {
    let mut reader = fixture.store.read().await.unwrap();
    messages::page_after(&mut reader, fixture.vera.workspace_id, id, seq, limit)
        .await
        .unwrap()
}

async fn before(
    fixture: &Fixture,
    id: ConversationId,
    seq: Option<Seq>,
    limit: usize,
) -> (Vec<Message>, bool) {
    let mut reader = fixture.store.read().await.unwrap();
    messages::page_before(&mut reader, fixture.vera.workspace_id, id, seq, limit)
        .await
        .unwrap()
}

fn places(messages: &[Message]) -> Vec<Seq> {
    messages.iter().map(|message| message.seq).collect()
}

#[tokio::test]
async fn a_preview_is_cut_between_graphemes() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let family = "👩‍👩‍👧";
        let start = "x".repeat(limits::PREVIEW_CHARS - 2);
        for (n, (text, preview)) in [
            (format!("{start}{family}!"), start.clone()),
            (format!("{start}e\u{301}y"), format!("{start}e\u{301}")),
            (format!("{start}xe\u{301}"), format!("{start}x")),
            (format!("{start}\r\nx"), format!("{start} ")),
        ]
        .into_iter()
        .enumerate()
        {
            let n = u64::try_from(n).unwrap();
            let started = fixture.start(&fixture.vera, client(n), &text).await;
            assert_eq!(started.preview.trim_end(), preview.trim_end(), "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn times_in_a_conversation_ascend_when_clocks_differ() {
    on_both_engines(async |store| {
        let fixture = Fixture::build(store).await;
        let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
        // The node with the fast clock writes a system message, the one with the slow clock a text.
        let mut tx = fixture.store.begin(NOW + 900).await.unwrap();
        let locked = conversations::lock_for_agent(&mut tx, &fixture.ada, id)
            .await
            .unwrap();
        let joined = Body::Joined {
            name: "Ada".to_owned(),
        };
        messages::append(&mut tx, &locked, &Sender::System, None, &joined)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        fixture
            .say(&fixture.vera, id, client(2), "Are you there?")
            .await;
        let messages = fixture.all_messages(id).await;
        let times: Vec<_> = messages.iter().map(|message| message.created_at).collect();
        assert_eq!(times, [NOW, NOW + 900, NOW + 900]);
        let head = fixture.head(&fixture.ada, id).await;
        assert_eq!(head.last_message_at, NOW + 900);
    })
    .await;
}
