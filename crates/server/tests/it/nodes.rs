//! Several nodes on one database: clients of one node receive the events of the others.

use anyhow::{Context, Result};
use async_nats::Client;
use deskbell::config::{Config, Settings};
use deskbell_protocol::api::conversations::poll::{Poll, Polled};
use deskbell_protocol::{
    Body, ClientFrame, Command, Conversation, ErrorCode, Event, LEVEL, Message, Seq, ServerFrame,
    Status,
};
use deskbell_testkit::cluster::Cluster;
use deskbell_testkit::nats::Nats;
use deskbell_testkit::people::{Person, SNAPSHOT, visitor};
use deskbell_testkit::server::{TestServer, cookie};
use futures_util::StreamExt;
use reqwest::Response;
use serde_json::json;

use crate::absence::long_ago;

/// North on several nodes.
struct North {
    cluster: Cluster,
    site_key: String,
    ada_token: String,
}

impl North {
    async fn on(nodes: usize) -> Result<Self> {
        Self::of(Cluster::new(nodes).await?).await
    }

    async fn of(cluster: Cluster) -> Result<Self> {
        let (done, ada_token) = cluster.nodes[0].set_up("Ada", "North").await?;
        Ok(Self {
            cluster,
            site_key: done.site.key,
            ada_token,
        })
    }

    async fn ada(&self, node: usize) -> Result<Person> {
        Person::connect(&self.cluster.nodes[node], &self.ada_token).await
    }

    async fn vera(&self, node: usize) -> Result<Person> {
        visitor(&self.cluster.nodes[node], &self.site_key).await
    }

    async fn again(&self, person: &Person, node: usize) -> Result<Person> {
        Person::connect(&self.cluster.nodes[node], &person.token).await
    }
}

async fn inbox(agent: &mut Person) -> Result<Vec<Conversation>> {
    match agent.socket.request(SNAPSHOT).await? {
        Event::Inbox { conversations, .. } => Ok(conversations),
        other => anyhow::bail!("the inbox, not {other:?}"),
    }
}

/// The next change of the inbox that matches.
async fn head(person: &mut Person, is_wanted: impl Fn(&Conversation) -> bool) -> Result<()> {
    loop {
        match person.socket.next_event().await?.context("it is open")? {
            Event::InboxChanged { conversation, .. } if is_wanted(&conversation) => {
                return Ok(());
            }
            _ => {}
        }
    }
}

async fn messages_up_to(person: &mut Person, last: Seq) -> Result<Vec<Seq>> {
    let mut seqs = Vec::new();
    while seqs.last() != Some(&last) {
        seqs.push(person.next_message().await?.seq);
    }
    Ok(seqs)
}

fn seqs(messages: &[Message]) -> Vec<Seq> {
    messages.iter().map(|message| message.seq).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vera_ada_and_ben_chat_from_three_nodes() -> Result<()> {
    let north = North::on(3).await?;
    let mut vera = north.vera(0).await?;
    let (mut ada, mut ben) = (north.ada(1).await?, north.ada(2).await?);
    assert!(inbox(&mut ada).await?.is_empty());
    assert!(inbox(&mut ben).await?.is_empty());
    let mut other_tab = north.again(&vera, 1).await?;
    let id = vera.start("Where is my parcel?").await?.id;
    assert_eq!(other_tab.next_head().await?.id, id);
    vera.follow(id, None).await?;
    head(&mut ada, |head| {
        head.id == id && head.status == Status::Waiting
    })
    .await?;
    ada.change(Command::Claim {
        conversation_id: id,
    })
    .await?;
    head(&mut ben, |head| {
        head.id == id && head.status == Status::Active
    })
    .await?;
    assert_eq!(vera.next_message().await?.seq, 2);
    ada.follow(id, Some(2)).await?;
    ben.follow(id, Some(2)).await?;
    for (seq, text) in (3..).zip(["On its way.", "Thank you!", "Bye."]) {
        let speaker = if seq % 2 == 1 { &mut ada } else { &mut vera };
        assert_eq!(speaker.send_message(id, text).await?, seq);
        for person in [&mut vera, &mut ada, &mut ben] {
            assert_eq!(person.next_message().await?.seq, seq);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_claims_on_two_nodes_succeeds() -> Result<()> {
    let demo = Settings {
        demo: Some(true),
        demo_conversations: Some(false),
        ..Settings::default()
    };
    let cluster = Cluster::with(2, demo).await?;
    let mut ada = sign_in(&cluster.nodes[0], "ada").await?;
    let mut ben = sign_in(&cluster.nodes[1], "ben").await?;
    for _ in 0..10 {
        let mut vera = visitor(&cluster.nodes[1], "demo").await?;
        let conversation_id = vera.start("Hello?").await?.id;
        let claim = Command::Claim { conversation_id };
        let answers = tokio::join!(ada.socket.request(claim.clone()), ben.socket.request(claim));
        let winner = match (answers.0?, answers.1?) {
            (Event::Changed { conversation }, Event::Error { error })
            | (Event::Error { error }, Event::Changed { conversation }) => {
                assert_eq!(error.code, ErrorCode::AlreadyClaimed);
                assert_eq!(error.winner, conversation.assignee);
                conversation.assignee
            }
            other => anyhow::bail!("one winner, not {other:?}"),
        };
        assert!(winner.is_some());
        let messages = vera.follow(conversation_id, None).await?;
        assert_eq!(seqs(&messages), [1, 2], "claimed once");
    }
    Ok(())
}

/// An agent of the demo workspace.
async fn sign_in(node: &TestServer, name: &str) -> Result<Person> {
    let email = format!("{name}@demo.deskbell.example");
    let body = json!({ "email": email, "password": "Ada-rings-2-bells" });
    let response = node.post("/api/v1/auth/sign-in", body).await?;
    let token = cookie(&response, "deskbell_access").context("signing in gives a token")?;
    Person::connect(node, &token).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_nats_each_node_serves_its_own_sessions_and_all_catch_up_later() -> Result<()> {
    let mut north = North::on(2).await?;
    let mut vera = north.vera(0).await?;
    let id = vera.start("One.").await?.id;
    let (mut ada, mut neighbour) = (north.ada(1).await?, north.ada(0).await?);
    inbox(&mut ada).await?;
    for person in [&mut vera, &mut ada, &mut neighbour] {
        person.follow(id, None).await?;
    }
    north.cluster.nats.kill()?;
    north.cluster.wait_until_connected(false).await?;
    let mut viktor = north.vera(0).await?;
    let viktors = viktor.start("Is anybody there?").await?.id;
    for seq in 2..=300 {
        assert_eq!(vera.send_message(id, "And another.").await?, seq);
    }
    let all: Vec<_> = (2..=300).collect();
    assert_eq!(messages_up_to(&mut vera, 300).await?, all);
    assert_eq!(messages_up_to(&mut neighbour, 300).await?, all);

    north.cluster.nats.restart()?;
    north.cluster.wait_until_connected(true).await?;
    assert_eq!(messages_up_to(&mut ada, 300).await?, all);
    head(&mut ada, |head| head.id == viktors).await?;
    vera.send_message(id, "There you are.").await?;
    assert_eq!(ada.next_message().await?.seq, 301);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packets_that_nats_accepts_and_loses_are_detected_and_resynced() -> Result<()> {
    let north = North::on(2).await?;
    let (mut vera, mut ada) = (north.vera(0).await?, north.ada(1).await?);
    let id = vera.start("One.").await?.id;
    ada.follow(id, None).await?;
    north.cluster.nats.freeze()?;
    for seq in 2..=5 {
        assert_eq!(vera.send_message(id, "And another.").await?, seq);
    }
    north.cluster.wait_until_connected(false).await?;
    vera.send_message(id, "And one that nobody tries to tell.")
        .await?;
    north.cluster.nats.resume()?;
    north.cluster.wait_until_connected(true).await?;
    assert_eq!(messages_up_to(&mut ada, 6).await?, [2, 3, 4, 5, 6]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packet_that_is_too_large_for_nats_is_resynced_and_closes_no_connection() -> Result<()> {
    let nats = tokio::task::spawn_blocking(|| Nats::with_payload_limit(4_096)).await??;
    let north = North::of(Cluster::with_nats(nats, 2, Settings::default()).await?).await?;
    let (mut vera, mut ada) = (north.vera(0).await?, north.ada(1).await?);
    let id = vera.start("One.").await?.id;
    ada.follow(id, None).await?;
    let nats = north.cluster.nats_client().await?;
    let mut echoes = nats.subscribe("deskbell.*.n.>").await?;
    nats.flush().await?;
    assert_eq!(vera.send_message(id, &"Long. ".repeat(660)).await?, 2);
    assert_eq!(ada.next_message().await?.seq, 2);
    assert_eq!(vera.send_message(id, "Short.").await?, 3);
    assert_eq!(ada.next_message().await?.seq, 3);
    for _ in 0..6 {
        let echo = echoes.next().await.context("an echo")?.subject;
        assert!(
            echo.ends_with(".0"),
            "{echo}: the first connection of its node"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unpublished_events_of_a_dead_node_are_resynced_when_its_death_is_detected() -> Result<()> {
    let north = North::on(1).await?;
    let (mut vera, mut ada) = (north.vera(0).await?, north.ada(0).await?);
    let id = vera.start("One.").await?.id;
    inbox(&mut ada).await?;
    ada.follow(id, None).await?;

    let mute = north.cluster.node_without_nats().await?;
    let nats = north.cluster.nats_client().await?;
    let mut signs = nats.subscribe("deskbell.*.nodes").await?;
    let subject = signs.next().await.context("a sign of life")?.subject;
    nats.publish(subject, "00000000000000ff lives".into())
        .await?;
    nats.flush().await?;
    let mut vera = Person::connect(&mute, &vera.token).await?;
    assert_eq!(vera.send_message(id, "Told to nobody.").await?, 2);
    assert_eq!(ada.next_message().await?.seq, 2);
    head(&mut ada, |head| head.id == id && head.last_seq == 2).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_a_stopped_node_continue_on_another() -> Result<()> {
    let mut north = North::on(2).await?;
    let (mut vera, mut ada) = (north.vera(1).await?, north.ada(0).await?);
    let id = vera.start("One.").await?.id;
    vera.follow(id, None).await?;
    ada.change(Command::Claim {
        conversation_id: id,
    })
    .await?;
    assert_eq!(vera.next_message().await?.seq, 2);
    let (stopped, closed) = tokio::join!(north.cluster.stop_node(1), vera.socket.closed());
    stopped?;
    assert_eq!(closed?, Some(4000));
    ada.send_message(id, "While you were away.").await?;
    let mut vera = north.again(&vera, 0).await?;
    assert_eq!(seqs(&vera.follow(id, Some(2)).await?), [3]);
    ada.send_message(id, "There you are.").await?;
    assert_eq!(vera.next_message().await?.seq, 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_event_is_missed_between_subscribing_and_reading_on_an_empty_node() -> Result<()> {
    let mut north = North::on(1).await?;
    let mut vera = north.vera(0).await?;
    let id = vera.start("0").await?.id;
    let mut last = 1;
    for node in 1..=5 {
        north.cluster.add_node().await?;
        north.cluster.wait_until_connected(true).await?;
        let until = last + 60;
        let talk = async {
            for _ in last..until {
                vera.send_message(id, "More.").await?;
            }
            anyhow::Ok(())
        };
        let listen = async {
            let mut ada = north.ada(node).await?;
            let mut received = seqs(&ada.follow(id, Some(last)).await?);
            while received.last() != Some(&until) {
                received.push(ada.next_message().await?.seq);
            }
            anyhow::Ok(received)
        };
        let (talked, received) = tokio::join!(talk, listen);
        talked?;
        assert_eq!(received?, (last + 1..=until).collect::<Vec<_>>());
        last = until;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_may_reach_any_node() -> Result<()> {
    let mut north = North::on(3).await?;
    let mut viktor = north.vera(0).await?;
    let id = viktor.start("Hello?").await?.id;
    for _ in 0..60 {
        viktor.send_message(id, &"long ".repeat(700)).await?;
    }
    let hello = Command::Hello {
        level: LEVEL,
        token: Some(viktor.token.clone()),
    };
    let subscribe = Command::Subscribe {
        conversation_id: id,
        after_seq: Some(0),
    };
    let mut session = None;
    let mut turn = 0;
    for command in [hello, subscribe] {
        let polled = poll(&north.cluster, turn, &session, Some(command)).await?;
        let polled: Polled = polled.error_for_status()?.json().await?;
        assert_eq!(polled.frames.len(), 1, "{polled:?}");
        session = Some(polled.session);
        turn += 1;
    }
    viktor.send_message(id, "Last.").await?;
    let polled = poll(&north.cluster, turn, &session, None).await?;
    let polled: Polled = polled.error_for_status()?.json().await?;
    let Some(Event::MessageCreated { message }) = polled.frames.first().map(|it| &it.event) else {
        anyhow::bail!("a message, not {polled:?}");
    };
    assert_eq!(message.seq, 62);
    north.cluster.stop_node(0).await?;
    let gone = poll(&north.cluster, 1, &session, None).await?;
    assert_eq!(gone.status(), 404);
    Ok(())
}

/// Polls at the next node in turn.
async fn poll(
    cluster: &Cluster,
    turn: usize,
    session: &Option<String>,
    command: Option<Command>,
) -> Result<Response> {
    let frames = command.map(|command| ClientFrame { id: 1, command });
    let poll = Poll {
        session: session.clone(),
        frames: frames.into_iter().collect(),
        wait: true,
        number: None,
        wait_ms: None,
    };
    let node = &cluster.nodes[turn % cluster.nodes.len()];
    node.post("/api/v1/poll", serde_json::to_value(poll)?).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_at_the_same_time_migrate_the_database_once() -> Result<()> {
    let mut cluster = Cluster::new(0).await?;
    cluster.add_nodes(3).await?;
    cluster.wait_until_connected(true).await?;
    let (done, _) = cluster.nodes[1].set_up("Ada", "North").await?;
    visitor(&cluster.nodes[2], &done.site.key).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_starts_and_serves_without_nats() -> Result<()> {
    let mut north = North::on(1).await?;
    north.cluster.nats.kill()?;
    north.cluster.add_node().await?;
    north.cluster.wait_until_connected(false).await?;
    let (mut vera, mut ada) = (north.vera(1).await?, north.ada(1).await?);
    let id = vera.start("Hello?").await?.id;
    ada.follow(id, None).await?;
    vera.send_message(id, "Here!").await?;
    assert_eq!(ada.next_message().await?.seq, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packet_reaches_no_other_workspace_and_an_unknown_one_reaches_nobody() -> Result<()> {
    let north = North::on(1).await?;
    let south_token = north.cluster.nodes[0].register("Stella", "South").await?;
    let mut stella = Person::connect(&north.cluster.nodes[0], &south_token).await?;
    inbox(&mut stella).await?;
    let mut vera = north.vera(0).await?;
    let mut ada = north.ada(0).await?;
    let nats = north.cluster.nats_client().await?;
    let mut tap = nats.subscribe("deskbell.*.w.>").await?;
    nats.flush().await?;
    let head = vera.start("Hello?").await?;
    let id = head.id;
    ada.follow(id, None).await?;
    let here = tap.next().await.context("a packet")?.subject.to_string();
    let (prefix, _) = here.rsplit_once('.').context("a workspace")?;

    let foreign = format!("{prefix}.01932c5a-7b10-7000-8000-000000000001");
    forge(&nats, &foreign, 1, &head, "Forged").await?;
    forge(&nats, &here, 2, &head, "Newer").await?;
    forge(&nats, &here, 1, &head, "Genuine").await?;
    assert_eq!(ada.next_head().await?.preview, "Genuine");
    vera.send_message(id, "Still there?").await?;
    assert_eq!(ada.next_message().await?.seq, 2);
    Ok(())
}

/// Publishes a change of the conversation as a node would.
async fn forge(
    nats: &Client,
    subject: &str,
    version: u8,
    conversation: &Conversation,
    preview: &str,
) -> Result<()> {
    let id = conversation.id;
    let packet = json!({
        "type": "delivery",
        "topics": [{ "conversation": id }],
        "delivery": { "type": "conversation", "conversation_id": id, "revision": 99 },
    });
    let mut conversation = conversation.clone();
    conversation.preview = preview.to_owned();
    let frame = ServerFrame {
        reply_to: None,
        event: Event::ConversationChanged { conversation },
    };
    let frame = serde_json::to_string(&frame)?;
    let payload = format!("{version} 00000000000000ff {packet}\n{frame}");
    nats.publish(subject.to_owned(), payload.into()).await?;
    Ok(nats.flush().await?)
}

#[test]
fn a_cluster_requires_a_shared_database_and_a_long_secret() {
    let settings = Settings {
        nats_url: Some("http://nats".to_owned()),
        secret: Some("short".to_owned()),
        ..Settings::default()
    };
    let wrong = Config::load(None, &settings).map(drop);
    let wrong = wrong.err().map(|error| error.to_string());
    let wrong = wrong.unwrap_or_default();
    for setting in [
        "nats-url: write it like",
        "set database-url",
        "secret: it has",
    ] {
        assert!(wrong.contains(setting), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_of_an_absent_agent_is_returned_by_one_of_three_nodes() -> Result<()> {
    let north = North::on(3).await?;
    let (mut ada, mut vera) = (north.ada(0).await?, north.vera(1).await?);
    let mut ids = Vec::new();
    for number in 0..6 {
        let id = vera.start(&format!("Question {number}")).await?.id;
        ada.send_message(id, "One moment.").await?;
        ids.push(id);
    }
    let away = Command::Presence {
        away: Some(true),
        idle: None,
    };
    ada.socket.request(away).await?;
    long_ago(&north.cluster.nodes[0]).await?;
    let returned = |message: &Message| matches!(message.body, Body::Returned { .. });
    // The nodes return them at the same time, in no common order.
    for &id in &ids {
        let history = vera.follow(id, None).await?;
        let mut is_returned = history.iter().any(returned);
        while !is_returned {
            let message = vera.next_message().await?;
            is_returned = message.conversation_id == id && returned(&message);
        }
    }
    for id in ids {
        let history = vera.follow(id, None).await?;
        let times = history.iter().filter(|message| returned(message)).count();
        assert_eq!(times, 1, "{history:?}");
        assert_eq!(vera.head(id).await?.status, Status::Waiting);
    }
    Ok(())
}
