//! Several nodes on one database: whoever is on one hears what happens on the others.

use anyhow::{Context, Result};
use async_nats::Client;
use deskbell::config::{Config, Settings};
use deskbell_protocol::{
    Command, Conversation, ErrorCode, Event, Message, Seq, ServerFrame, Status,
};
use deskbell_testkit::cluster::Cluster;
use deskbell_testkit::people::{Person, SNAPSHOT, visitor};
use futures_util::StreamExt;
use serde_json::json;

/// North on several nodes.
struct North {
    cluster: Cluster,
    site_key: String,
    ada_token: String,
}

impl North {
    async fn on(nodes: usize) -> Result<Self> {
        let cluster = Cluster::new(nodes).await?;
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
    match agent.socket.ask(SNAPSHOT).await? {
        Event::Inbox { conversations, .. } => Ok(conversations),
        other => anyhow::bail!("the inbox, not {other:?}"),
    }
}

/// The next change of the inbox that is as one wants it.
async fn head(person: &mut Person, is_wanted: impl Fn(&Conversation) -> bool) -> Result<()> {
    loop {
        match person.socket.next_news().await?.context("it is open")? {
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
async fn vera_ada_and_ben_talk_though_each_is_on_another_node() -> Result<()> {
    let north = North::on(3).await?;
    let mut vera = north.vera(0).await?;
    let (mut ada, mut ben) = (north.ada(1).await?, north.ada(2).await?);
    assert!(inbox(&mut ada).await?.is_empty());
    assert!(inbox(&mut ben).await?.is_empty());
    let id = vera.start("Where is my parcel?").await?.id;
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
        assert_eq!(speaker.say(id, text).await?, seq);
        for person in [&mut vera, &mut ada, &mut ben] {
            assert_eq!(person.next_message().await?.seq, seq);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_claim_on_two_nodes_one_wins() -> Result<()> {
    let north = North::on(2).await?;
    let south_token = north.cluster.nodes[0].register("Stella", "South").await?;
    let mut vera = north.vera(0).await?;
    let mut ada = north.ada(0).await?;
    let mut stella = Person::connect(&north.cluster.nodes[1], &south_token).await?;
    for _ in 0..10 {
        let mut viktor = north.vera(1).await?;
        let conversation_id = viktor.start("Hello?").await?.id;
        let claim = Command::Claim { conversation_id };
        let mut elsewhere = north.ada(1).await?;
        let (here, there, south) = tokio::join!(
            ada.change(claim.clone()),
            elsewhere.change(claim.clone()),
            stella.refused(claim.clone()),
        );
        // It is one agent on two nodes: who comes second is told that it is theirs already.
        assert_eq!(here?.assignee, there?.assignee);
        assert_eq!(south?.code, ErrorCode::NotFound);
        let told = viktor.follow(conversation_id, None).await?;
        assert_eq!(seqs(&told), [1, 2], "claimed once");
    }
    assert_eq!(vera.start("And me?").await?.status, Status::Waiting);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_nats_is_away_nodes_serve_their_own_and_then_all_catch_up() -> Result<()> {
    let mut north = North::on(2).await?;
    let mut vera = north.vera(0).await?;
    let id = vera.start("One.").await?.id;
    let (mut ada, mut neighbour) = (north.ada(1).await?, north.ada(0).await?);
    inbox(&mut ada).await?;
    for person in [&mut vera, &mut ada, &mut neighbour] {
        person.follow(id, None).await?;
    }
    north.cluster.nats.kill()?;
    north.cluster.is_linked(false).await?;
    let mut viktor = north.vera(0).await?;
    let viktors = viktor.start("Is anybody there?").await?.id;
    for seq in 2..=300 {
        assert_eq!(vera.say(id, "And another.").await?, seq);
    }
    let all: Vec<_> = (2..=300).collect();
    assert_eq!(messages_up_to(&mut vera, 300).await?, all);
    assert_eq!(messages_up_to(&mut neighbour, 300).await?, all);

    north.cluster.nats.start_again()?;
    north.cluster.is_linked(true).await?;
    assert_eq!(messages_up_to(&mut ada, 300).await?, all);
    head(&mut ada, |head| head.id == viktors).await?;
    vera.say(id, "There you are.").await?;
    assert_eq!(ada.next_message().await?.seq, 301);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_on_a_node_that_stopped_goes_on_at_another() -> Result<()> {
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
    ada.say(id, "While you were away.").await?;
    let mut vera = north.again(&vera, 0).await?;
    assert_eq!(seqs(&vera.follow(id, Some(2)).await?), [3]);
    ada.say(id, "There you are.").await?;
    assert_eq!(vera.next_message().await?.seq, 4);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_falls_between_following_and_reading_on_a_node_that_was_empty() -> Result<()> {
    let mut north = North::on(1).await?;
    let mut vera = north.vera(0).await?;
    let id = vera.start("0").await?.id;
    let mut last = 1;
    for node in 1..=5 {
        north.cluster.add_node().await?;
        north.cluster.is_linked(true).await?;
        let until = last + 60;
        let talk = async {
            for _ in last..until {
                vera.say(id, "More.").await?;
            }
            anyhow::Ok(())
        };
        let listen = async {
            let mut ada = north.ada(node).await?;
            let mut heard = seqs(&ada.follow(id, Some(last)).await?);
            while heard.last() != Some(&until) {
                heard.push(ada.next_message().await?.seq);
            }
            anyhow::Ok(heard)
        };
        let (talked, heard) = tokio::join!(talk, listen);
        talked?;
        assert_eq!(heard?, (last + 1..=until).collect::<Vec<_>>());
        last = until;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_starts_and_serves_while_nats_is_away() -> Result<()> {
    let mut north = North::on(1).await?;
    north.cluster.nats.kill()?;
    north.cluster.add_node().await?;
    north.cluster.is_linked(false).await?;
    let (mut vera, mut ada) = (north.vera(1).await?, north.ada(1).await?);
    let id = vera.start("Hello?").await?.id;
    ada.follow(id, None).await?;
    vera.say(id, "Here!").await?;
    assert_eq!(ada.next_message().await?.seq, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packet_reaches_nobody_of_another_workspace_and_a_strange_one_nobody_at_all() -> Result<()>
{
    let north = North::on(1).await?;
    let south_token = north.cluster.nodes[0].register("Stella", "South").await?;
    let mut stella = Person::connect(&north.cluster.nodes[0], &south_token).await?;
    inbox(&mut stella).await?;
    let mut vera = north.vera(0).await?;
    let mut ada = north.ada(0).await?;
    let nats = north.cluster.nats.client().await?;
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
    match ada.socket.next_news().await?.context("it is open")? {
        Event::ConversationChanged { conversation } => assert_eq!(conversation.preview, "Genuine"),
        other => anyhow::bail!("the genuine one, not {other:?}"),
    }
    vera.say(id, "Still there?").await?;
    assert_eq!(ada.next_message().await?.seq, 2);
    Ok(())
}

/// Says as a node would that the conversation has changed.
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
fn nodes_need_a_database_that_they_share_and_a_secret_that_is_long_enough() {
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
