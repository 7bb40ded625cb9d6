//! Tests of the checks: each violation is reported.

use deskbell_protocol::{ClientMessageId, MessageId, VisitorId};

use super::*;

fn north() -> ConversationId {
    ConversationId::from_parts(1, [0; 10])
}

fn saved_at(seq: Seq) -> SavedAt {
    SavedAt {
        conversation_id: north(),
        seq: Some(seq),
        key: RowKey::Client(ClientMessageId::from_parts(2, [0; 10])),
    }
}

/// The log of Vera, who has sent this many texts, acknowledged as 1, 2, 3 …
fn vera(count: Seq) -> ClientLog {
    let mut vera = ClientLog::new("Vera".to_owned());
    for seq in 1..=count {
        let text = vera.next_text(None);
        vera.saved.insert(text, saved_at(seq));
    }
    vera
}

/// A snapshot with Vera's texts under these numbers.
fn records(positions: &[(usize, Seq)]) -> Records {
    let mut records = Records {
        heads: BTreeMap::new(),
        messages: BTreeMap::new(),
        notes: Notes::new(),
        texts: HashMap::new(),
        inbox: Inbox {
            position: 0,
            queue: Queue::default(),
        },
        positions: Vec::new(),
    };
    for (number, seq) in positions {
        let text = records.texts.entry(format!("Vera #{number}")).or_default();
        text.push(saved_at(*seq));
    }
    records
}

fn found(log: &ClientLog, records: &Records) -> String {
    let mut found = Vec::new();
    check_texts(records, log, &mut found);
    found.join("\n")
}

#[test]
fn texts_at_their_acknowledged_numbers_pass() {
    assert_eq!(found(&vera(2), &records(&[(1, 1), (2, 2)])), "");
}

#[test]
fn an_acknowledged_text_that_is_missing_is_reported_as_lost() {
    let found = found(&vera(2), &records(&[(1, 1)]));
    assert!(found.contains("“Vera #2” is lost"), "{found}");
}

#[test]
fn a_text_that_was_never_saved_is_reported() {
    let mut vera = vera(1);
    vera.next_text(None);
    let found = found(&vera, &records(&[(1, 1)]));
    assert!(found.contains("“Vera #2” was never saved"), "{found}");
}

#[test]
fn a_duplicate_text_is_reported() {
    let found = found(&vera(1), &records(&[(1, 1), (1, 2)]));
    assert!(found.contains("“Vera #1” is saved 2 times"), "{found}");
}

#[test]
fn a_text_at_another_number_than_acknowledged_is_reported() {
    let found = found(&vera(1), &records(&[(1, 3)]));
    assert!(found.contains("“Vera #1” was acknowledged as"), "{found}");
}

#[test]
fn reordered_texts_are_reported() {
    let found = found(&vera(2), &records(&[(1, 2), (2, 1)]));
    assert!(
        found.contains("“Vera #2” is saved before a text that was sent earlier"),
        "{found}"
    );
}

#[test]
fn a_view_that_lacks_or_repeats_a_message_is_reported() {
    let message = |seq: Seq| Message {
        id: MessageId::from_parts(seq, [0; 10]),
        conversation_id: north(),
        seq,
        client_id: None,
        sender: Sender::Visitor {
            id: VisitorId::from_parts(3, [0; 10]),
            name: "Vera".to_owned(),
        },
        body: Body::Text {
            text: "Hello?".to_owned(),
        },
        created_at: 0,
    };
    let [one, two] = [message(1), message(2)];
    let all = [one.clone(), two.clone()];
    assert_eq!(first_difference(&all, &all), None);
    assert!(first_difference(&all[..1], &all).is_some());
    assert!(first_difference(&[one.clone(), one.clone()], &all).is_some());
    assert!(first_difference(&[two, one], &all).is_some());
}

#[test]
fn counters_and_positions_that_do_not_match_the_heads_are_reported() {
    let found = |records: &Records| {
        let mut found = Vec::new();
        check_database(records, &mut found);
        found.join("\n")
    };
    let mut records = records(&[]);
    assert_eq!(found(&records), "");
    records.inbox.queue.waiting = 1;
    assert!(found(&records).contains("the counters are"));
    records.inbox = Inbox {
        position: 3,
        queue: Queue::default(),
    };
    for wrong in [vec![1, 2], vec![2, 2, 3], vec![3, 2]] {
        records.positions = wrong;
        assert!(found(&records).contains("in an inbox at 3"));
    }
    records.positions = vec![1, 3];
    assert_eq!(found(&records), "");
}
