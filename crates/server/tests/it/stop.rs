//! The stop of a server: it waits for what its sessions have accepted, and asks clients to reconnect.

use anyhow::Result;
use deskbell_protocol::api::conversations::poll::Polled;
use deskbell_protocol::{ClientFrame, Command, ConversationId, Event};
use deskbell_testkit::cluster::Cluster;
use deskbell_testkit::people::{Person, visitor, visitor_token};
use deskbell_testkit::server::Database;
use serde_json::json;
use tokio::net::TcpStream;

use crate::North;
use crate::late::TableLock;
use crate::poll_frames::{hello, poll};

/// Waits until the server does not listen any more.
async fn stops_listening(address: &str) {
    while TcpStream::connect(address).await.is_ok() {}
}

/// Sends a message with the number 77, without waiting for the reply.
async fn send_unanswered(person: &mut Person, conversation_id: ConversationId) -> Result<()> {
    let command = Command::Send {
        conversation_id,
        client_id: person.next_client_id(),
        text: "Two.".to_owned(),
        assignee: None,
    };
    let frame = ClientFrame { id: 77, command };
    person
        .socket
        .send_text(&serde_json::to_string(&frame)?)
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_waits_until_messages_are_saved_and_answered() -> Result<()> {
    let north = North::new(Database::Postgres).await?;
    let mut vera = north.visitor().await?;
    let conversation_id = vera.start("One.").await?.id;
    let messages = TableLock::new(&north.server, "messages").await?;
    send_unanswered(&mut vera, conversation_id).await?;
    messages.wait_for_reader().await?;

    let address = north.server.host();
    let answers = async {
        stops_listening(&address).await;
        messages.release().await?;
        let mut answer = None;
        while let Some(frame) = vera.socket.next_frame().await? {
            if frame.reply_to == Some(77) {
                answer = Some(frame.event);
            }
        }
        anyhow::Ok(answer)
    };
    let (stopped, answer) = tokio::join!(north.server.stop(), answers);
    stopped?;
    let answer = answer?;
    assert!(
        matches!(answer, Some(Event::Saved { seq: 2, .. })),
        "{answer:?}"
    );
    assert_eq!(vera.socket.close_code, Some(4000), "it asks to come back");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forwarded_poll_to_a_stopping_node_gets_the_close_code_of_the_stop() -> Result<()> {
    let mut cluster = Cluster::new(2).await?;
    let stopping = cluster.nodes.remove(0);
    let other = &cluster.nodes[0];
    let (done, _) = stopping.set_up("Ada", "North").await?;
    let token = visitor_token(&stopping, &done.site.key, None).await?;
    let body = json!({ "wait": true, "frames": [hello(&token.token)] });
    let opened = poll(&stopping, &body).send().await?.error_for_status()?;
    let session = opened.json::<Polled>().await?.session;
    // A message that is not saved yet prevents the end of the stop.
    let mut vera = visitor(&stopping, &done.site.key).await?;
    let conversation_id = vera.start("One.").await?.id;
    let messages = TableLock::new(&stopping, "messages").await?;
    send_unanswered(&mut vera, conversation_id).await?;
    messages.wait_for_reader().await?;

    let address = stopping.host();
    let polls = async {
        stops_listening(&address).await;
        let body = json!({ "session": session, "wait": true });
        let mut codes = Vec::new();
        while codes.len() < 3 {
            let polled = poll(other, &body).send().await?.error_for_status()?;
            codes.push(polled.json::<Polled>().await?.close_code);
        }
        messages.release().await?;
        anyhow::Ok(codes)
    };
    let (stopped, codes) = tokio::join!(stopping.stop(), polls);
    stopped?;
    assert_eq!(codes?, [Some(4000); 3], "each asks the client to reconnect");
    Ok(())
}
