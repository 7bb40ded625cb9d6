//! Presence across several nodes.

use anyhow::Result;
use deskbell_protocol::{Availability, Command, Event, Receipts, SeenMarker};
use deskbell_testkit::cluster::Cluster;
use deskbell_testkit::people::{Person, SNAPSHOT, visitor};

use super::{
    next_presence, next_receipts, next_seen, next_team, next_typing, receipt, types, until,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vera_and_ada_see_each_others_presence_from_two_nodes() -> Result<()> {
    let cluster = Cluster::new(2).await?;
    let (here, there) = (&cluster.nodes[0], &cluster.nodes[1]);
    let (done, ada) = here.set_up("Ada", "North").await?;
    let mut vera = visitor(there, &done.site.key).await?;
    let id = vera.start("Where is my parcel?").await?.id;
    vera.follow(id, None).await?;
    let mut ada = Person::connect(here, &ada).await?;
    assert!(next_team(&mut vera).await?, "Ada is there");
    ada.socket.request(SNAPSHOT).await?;
    let is_here = |event: &Event| {
        matches!(event, Event::Presence { visitors, .. }
            if visitors.iter().any(|it| it.online))
    };
    until(&mut ada, is_here).await?;

    ada.follow(id, None).await?;
    types(&mut vera, id, true).await?;
    assert!(next_typing(&mut ada).await?.2);
    ada.socket.request(receipt(id, 1, 1)).await?;
    let expected = Receipts {
        agent_delivered: 1,
        agent_seen: 1,
        ..Receipts::default()
    };
    assert_eq!(next_receipts(&mut vera).await?, expected);

    let ben = there.add_agent("Ben", "Ada").await?;
    let mut ben = Person::connect(there, &ben).await?;
    ben.follow(id, None).await?;
    while next_presence(&mut ada, "Ben").await?.viewing != [id] {}
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agents_reply_on_one_node_is_read_by_them_on_the_other() -> Result<()> {
    let cluster = Cluster::new(2).await?;
    let (here, there) = (&cluster.nodes[0], &cluster.nodes[1]);
    let (done, token) = here.set_up("Ada", "North").await?;
    let mut vera = visitor(there, &done.site.key).await?;
    let id = vera.start("Where is my parcel?").await?.id;
    let mut elsewhere = Person::connect(there, &token).await?;
    elsewhere.socket.request(SNAPSHOT).await?;
    let mut ada = Person::connect(here, &token).await?;
    ada.send_message(id, "It arrives today.").await?;
    let read = next_seen(&mut elsewhere).await?;
    assert_eq!(
        read.iter()
            .map(|it| (it.conversation_id, it.visitor_texts))
            .collect::<Vec<_>>(),
        [(id, 1)]
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agents_availability_set_on_one_node_applies_on_the_other() -> Result<()> {
    let cluster = Cluster::new(2).await?;
    let (here, there) = (&cluster.nodes[0], &cluster.nodes[1]);
    let (_, token) = here.set_up("Ada", "North").await?;
    let mut ada = Person::connect(here, &token).await?;
    let mut elsewhere = Person::connect(there, &token).await?;
    ada.socket.request(SNAPSHOT).await?;
    elsewhere.socket.request(SNAPSHOT).await?;
    for away in [true, false] {
        let choice = Command::Presence {
            away: Some(away),
            idle: None,
        };
        elsewhere.socket.request(choice).await?;
        let expected = match away {
            true => Availability::Away,
            false => Availability::Online,
        };
        for person in [&mut ada, &mut elsewhere] {
            while next_presence(person, "Ada").await?.availability != expected {}
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_on_a_dead_node_go_offline_within_ten_seconds() -> Result<()> {
    let mut cluster = Cluster::new(2).await?;
    let (_, ada) = cluster.nodes[0].set_up("Ada", "North").await?;
    let ben = cluster.nodes[1].add_agent("Ben", "Ada").await?;
    let mut ada = Person::connect(&cluster.nodes[0], &ada).await?;
    ada.socket.request(SNAPSHOT).await?;
    let ben = Person::connect(&cluster.nodes[1], &ben).await?;
    while next_presence(&mut ada, "Ben").await?.availability != Availability::Online {}
    cluster.stop_node(1).await?;
    drop(ben);
    let gone_at = std::time::Instant::now();
    while next_presence(&mut ada, "Ben").await?.availability != Availability::Offline {}
    assert!(gone_at.elapsed().as_secs() < 10, "{:?}", gone_at.elapsed());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_read_in_another_window_without_nats_are_marked_read_here_later() -> Result<()> {
    let mut cluster = Cluster::new(2).await?;
    let (done, token) = cluster.nodes[0].set_up("Ada", "North").await?;
    let mut vera = visitor(&cluster.nodes[0], &done.site.key).await?;
    let id = vera.start("Where is my parcel?").await?.id;
    let mut ada = Person::connect(&cluster.nodes[0], &token).await?;
    ada.follow(id, None).await?;
    let mut elsewhere = Person::connect(&cluster.nodes[1], &token).await?;
    elsewhere.socket.request(SNAPSHOT).await?;
    cluster.nats.kill()?;
    cluster.wait_until_connected(false).await?;
    ada.socket.request(receipt(id, 1, 1)).await?;
    next_receipts(&mut ada).await?;
    cluster.nats.restart()?;
    cluster.wait_until_connected(true).await?;
    let seen = SeenMarker {
        conversation_id: id,
        seq: 1,
        visitor_texts: 1,
    };
    assert_eq!(next_seen(&mut elsewhere).await?, [seen]);
    Ok(())
}
