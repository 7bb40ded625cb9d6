//! Properties that hold for any network faults, tested with random histories.
//!
//! Vera (a visitor) and Ada (an agent) chat through a minimal server. Frames between them are
//! delayed, repeated, swapped and lost with their connection, and the server refuses texts
//! temporarily. Then the network recovers, and the final state must be correct.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

mod server;
mod world;

use std::collections::BTreeSet;

use deskbell_engine::{Action, Row, RowState, Side};
use deskbell_protocol::{Body, ConversationId};
use proptest::prelude::*;
use world::{ADA, VERA, World};

/// One step of a history. `0` is Vera, `1` is Ada.
#[derive(Clone, Debug)]
enum Step {
    Write(usize),
    /// Ada writes a note.
    Note,
    Claim,
    Resolve,
    Leave,
    Open,
    LoadOlder(usize),
    NewestVisible(usize, bool),
    Type(usize, bool),
    /// The server handles a frame.
    DeliverToServer(usize),
    /// A client handles a frame.
    DeliverToClient(usize),
    /// A client handles a frame, which arrives once more later.
    Repeat(usize),
    /// The next two frames to a client are swapped.
    Swap(usize),
    /// A connection breaks, and all frames in transit are lost.
    Cut(usize),
    /// Vera navigates to another page: her engine ends, and the next one restores the unsent texts.
    NextPage,
    /// The server refuses the next text temporarily.
    Fail,
    /// The server refuses the next text because of a rate limit, with a retry time.
    Flood,
    /// Time passes.
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..2_usize;
    prop_oneof![
        4 => who.clone().prop_map(Step::Write),
        2 => Just(Step::Note),
        1 => Just(Step::Claim),
        1 => Just(Step::Resolve),
        1 => Just(Step::Leave),
        1 => Just(Step::Open),
        1 => who.clone().prop_map(Step::LoadOlder),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, visible)| Step::NewestVisible(who, visible)),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, active)| Step::Type(who, active)),
        10 => who.clone().prop_map(Step::DeliverToServer),
        10 => who.clone().prop_map(Step::DeliverToClient),
        2 => who.clone().prop_map(Step::Repeat),
        3 => who.clone().prop_map(Step::Swap),
        1 => who.prop_map(Step::Cut),
        1 => Just(Step::NextPage),
        1 => Just(Step::Fail),
        1 => Just(Step::Flood),
        2 => (1..2_000_i64).prop_map(Step::Wait),
    ]
}

fn apply(world: &mut World, step: &Step) {
    match *step {
        Step::Write(who) => world.write(who),
        Step::Note => world.write_note(),
        Step::Claim => world.act_on_conversation(ADA, Action::Claim),
        Step::Resolve => world.act_on_conversation(ADA, Action::Resolve),
        Step::Leave => world.act_on_conversation(ADA, Action::Leave),
        Step::Open => world.act_on_conversation(ADA, Action::Open),
        Step::LoadOlder(who) => world.act_on_conversation(who, Action::LoadOlder),
        Step::NewestVisible(who, visible) => world.set_newest_visible(who, visible),
        Step::Type(who, active) => world.set_typing(who, active),
        Step::DeliverToServer(who) => world.deliver_to_server(who),
        Step::DeliverToClient(who) => world.deliver_to_client(who),
        Step::Repeat(who) => world.deliver_twice(who),
        Step::Swap(who) => world.swap_frames(who),
        Step::Cut(who) => world.cut_connection(who),
        Step::NextPage => world.open_next_page(),
        Step::Fail => world.server.failures += 1,
        Step::Flood => world.server.floods += 1,
        Step::Wait(ms) => world.advance_clock(ms),
    }
}

fn text(row: &Row) -> Option<&str> {
    match &row.body {
        Body::Text { text } => Some(text),
        _ => None,
    }
}

/// Checks after every step that no row and no key appears twice, and that saved rows are in order.
fn check_rows(rows: &[Row]) {
    let keys: BTreeSet<_> = rows.iter().map(|row| row.key).collect();
    assert_eq!(keys.len(), rows.len(), "a key appears twice: {rows:#?}");
    let texts: Vec<_> = rows.iter().filter_map(text).collect();
    let different: BTreeSet<_> = texts.iter().collect();
    assert_eq!(
        different.len(),
        texts.len(),
        "a text appears twice: {texts:?}"
    );
    let seqs: Vec<_> = rows.iter().filter_map(|row| row.seq).collect();
    assert!(seqs.is_sorted(), "out of order: {seqs:?}");
}

/// Checks the final state.
fn check_end(world: &World) {
    let Some(id) = world.server.id() else {
        assert!(world.written.iter().all(Vec::is_empty));
        return;
    };
    let (notes, shown) = (world.server.notes(), |who: usize| {
        world.people[who].engine.notes(id)
    });
    assert_eq!(shown(ADA), notes, "Ada sees every note");
    assert_eq!(shown(VERA), [], "Vera sees no note");
    let saved = world.server.messages();
    for (who, written) in world.written.iter().enumerate() {
        let theirs: Vec<_> = saved
            .iter()
            .filter(|message| world.is_by(message, who))
            .map(|message| {
                (
                    message.client_id.expect("the model is consistent"),
                    server::text_of(message),
                )
            })
            .collect();
        assert_eq!(
            &theirs, written,
            "what {who} wrote, once, in order, under its first key"
        );
    }
    for who in [VERA, ADA] {
        let engine = &world.people[who].engine;
        let timeline = engine.timeline(id).expect("the model is consistent");
        assert!(timeline.is_loaded());
        let shown = timeline.messages();
        assert_eq!(
            shown,
            &saved[saved.len() - shown.len()..],
            "{who} holds what the server holds"
        );
        assert_eq!(
            timeline.rows().len(),
            shown.len(),
            "nothing is left in the outbox"
        );
        assert!(
            timeline
                .rows()
                .iter()
                .all(|row| row.state == RowState::Sent)
        );
        assert_eq!(engine.conversation(id), world.server.conversation());

        let fresh = world.load_fresh(who);
        let page = fresh
            .timeline(id)
            .expect("the model is consistent")
            .messages();
        assert!(
            shown.ends_with(page),
            "old state and events are a fresh fetch"
        );
        assert_eq!(fresh.conversation(id), engine.conversation(id));
        assert_eq!(fresh.inbox().rows(), engine.inbox().rows());
        assert_eq!(fresh.inbox().position(), engine.inbox().position());
        assert_eq!(fresh.inbox().queue(), engine.inbox().queue());
        assert_eq!(fresh.own_conversation(), engine.own_conversation());
    }
    check_attention(world, id);
    assert_eq!(world.people[VERA].engine.visitor_rows().len(), {
        world.people[VERA]
            .engine
            .timeline(id)
            .expect("the model is consistent")
            .rows()
            .len()
    });
}

/// Checks that receipts have arrived, and that nobody is shown as typing who is not.
fn check_attention(world: &World, id: ConversationId) {
    let receipts = world.server.receipts;
    for who in [VERA, ADA] {
        let engine = &world.people[who].engine;
        assert_eq!(engine.receipts(id), receipts);
        assert_eq!(engine.typists(id).count(), 0);
        let texts = world.server.messages().iter().rev();
        let last = texts
            .filter(|message| world.is_by(message, ADA + VERA - who))
            .map(|message| message.seq)
            .next()
            .unwrap_or(0);
        let (delivered, seen) = match who {
            VERA => (receipts.visitor_delivered, receipts.visitor_seen),
            _ => (receipts.agent_delivered, receipts.agent_seen),
        };
        assert!(
            delivered >= last,
            "the server knows what {who} has received"
        );
        assert!(seen <= delivered);
        if world.people[who].newest_visible {
            assert!(seen >= last, "the server knows what {who} has seen");
        }
    }
    let ada = &world.people[ADA];
    assert_eq!(
        ada.engine.presence().marker(id),
        world.server.marker.as_ref()
    );
    if ada.newest_visible {
        assert_eq!(ada.engine.unread(id), 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn each_text_appears_once_and_in_order_for_every_network_fault(
        steps in prop::collection::vec(step(), 0..160),
    ) {
        let mut world = World::new();
        for step in &steps {
            apply(&mut world, step);
            check_rows(&world.people[VERA].engine.visitor_rows());
            if let Some(timeline) = world.server.id().and_then(|id| {
                world.people[ADA].engine.timeline(id)
            }) {
                check_rows(&timeline.rows());
            }
        }
        world.recover();
        check_end(&world);
    }
}

#[test]
fn a_visitor_sees_the_first_text_before_there_is_a_connection() {
    let mut world = World::new();
    world.cut_connection(VERA);
    world.write(VERA);
    let rows = world.people[VERA].engine.visitor_rows();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].state, RowState::Queued);
    world.recover();
    let after = world.people[VERA].engine.visitor_rows();
    assert_eq!(after[0].key, rows[0].key);
    assert_eq!(after[0].state, RowState::Sent);
    assert_eq!(world.people[VERA].side, Side::Visitor);
}

#[test]
fn the_next_page_continues_with_the_unsent_texts() {
    let mut world = World::new();
    world.write(VERA);
    world.deliver_all();
    world.cut_connection(VERA);
    world.write(VERA);
    let before = world.people[VERA].engine.visitor_rows();
    world.open_next_page();
    let after = world.people[VERA].engine.visitor_rows();
    assert_eq!(after.len(), 1, "the server has not answered yet");
    assert_eq!(
        (after[0].key, &after[0].body),
        (before[1].key, &before[1].body)
    );
    assert_eq!(after[0].state, RowState::Queued);
    world.recover();
    let keys = |rows: &[Row]| rows.iter().map(|row| row.key).collect::<Vec<_>>();
    assert_eq!(
        keys(&world.people[VERA].engine.visitor_rows()),
        keys(&before)
    );
    assert_eq!(world.people[VERA].engine.unsent_texts(), []);
}

#[test]
fn a_text_that_started_a_conversation_on_an_earlier_page_starts_no_second_one() {
    let mut world = World::new();
    world.deliver_all();
    world.write(VERA);
    world.deliver_to_server(VERA);
    world.open_next_page();
    assert_eq!(world.people[VERA].engine.unsent_texts().len(), 1);
    world.recover();
    check_end(&world);
    assert_eq!(world.server.messages().len(), 1);
}

#[test]
fn typing_is_sent_every_three_seconds_and_expires() {
    let mut world = World::new();
    world.write(VERA);
    world.recover();
    for _ in 0..9 {
        world.set_typing(VERA, true);
        world.advance_clock(1_000);
    }
    let mut sent = 0;
    while world.has_outgoing(VERA) {
        world.deliver_to_server(VERA);
        sent += 1;
    }
    assert_eq!(sent, 3, "once in three seconds");
    while world.has_incoming(ADA) {
        world.deliver_to_client(ADA);
    }
    let id = world.server.id().expect("she wrote");
    assert_eq!(world.people[ADA].engine.typists(id).count(), 1);
    world.advance_clock(5_999);
    assert_eq!(world.people[ADA].engine.typists(id).count(), 1);
    world.advance_clock(1);
    assert_eq!(world.people[ADA].engine.typists(id).count(), 0);
}

#[test]
fn a_message_ends_the_typing_before_it() {
    let mut world = World::new();
    world.write(VERA);
    world.recover();
    let id = world.server.id().expect("she wrote");
    world.set_typing(ADA, true);
    world.deliver_all();
    assert_eq!(world.people[VERA].engine.typists(id).count(), 1);
    world.write(ADA);
    world.deliver_all();
    assert_eq!(world.people[VERA].engine.typists(id).count(), 0);
}

/// Checks that all clients show the restored server's state and can continue.
fn check_all_views(mut world: World) {
    world.load_all();
    let saved: Vec<String> = world
        .server
        .messages()
        .iter()
        .map(server::text_of)
        .collect();
    let saved: Vec<String> = saved.into_iter().filter(|text| !text.is_empty()).collect();
    assert_eq!(world.texts(VERA), saved);
    assert_eq!(world.texts(ADA), saved);
    let id = world.server.id().expect("there is a conversation");
    let inbox = world.people[ADA].engine.inbox();
    let rows: Vec<_> = inbox.rows().iter().map(|row| row.id).collect();
    assert_eq!(rows, [id]);
    assert_eq!(inbox.get(id), world.server.conversation());
}

#[test]
fn after_a_restored_backup_every_view_equals_the_server() {
    // The server may create more messages before the clients reconnect, even more than they had.
    for further in 0..8 {
        let mut world = World::new();
        world.deliver_all();
        world.write(VERA);
        world.recover();
        let backup = world.server.clone();
        for who in [VERA, ADA, VERA] {
            world.write(who);
        }
        world.act_on_conversation(ADA, Action::Claim);
        world.recover();
        world.restore(backup);
        world.write(VERA);
        for _ in 0..further {
            world.server_writes();
        }
        world.recover();
        world.write(ADA);
        world.recover();
        let saved: Vec<_> = world
            .server
            .messages()
            .iter()
            .map(server::text_of)
            .collect();
        // Ada's reply also claims the conversation, which adds a message without a text.
        let texts = saved.iter().filter(|text| !text.is_empty());
        assert_eq!(texts.count(), 3 + further, "{saved:?}");
        check_all_views(world);
    }
}

#[test]
fn a_conversation_that_a_restored_backup_lacks_is_started_again_with_the_unsent_text() {
    let mut world = World::new();
    world.deliver_all();
    let backup = world.server.clone();
    world.write(VERA);
    world.recover();
    world.restore(backup);
    world.write(VERA);
    world.recover();
    let (_, unsent) = world.written[VERA].last().expect("she has written").clone();
    assert_eq!(world.texts(VERA), [unsent]);
    world.write(ADA);
    world.recover();
    check_all_views(world);
}

#[test]
fn a_backup_that_is_restored_under_open_connections_is_noticed() {
    let mut world = World::new();
    world.deliver_all();
    world.write(VERA);
    world.recover();
    let backup = world.server.clone();
    world.write(VERA);
    world.recover();
    world.server.restore(backup);
    world.write(VERA);
    world.recover();
    check_all_views(world);
}
