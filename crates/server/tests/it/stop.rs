//! A stop of the server waits for what its sessions have accepted.

use anyhow::Result;
use deskbell_protocol::{ClientFrame, Command, Event};
use deskbell_testkit::server::Database;
use tokio::net::TcpStream;

use crate::North;
use crate::late::Held;

/// Waits until the server does not listen any more.
async fn stops_listening(address: &str) {
    while TcpStream::connect(address).await.is_ok() {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_waits_until_messages_are_saved_and_answered() -> Result<()> {
    let north = North::new(Database::Postgres).await?;
    let mut vera = north.visitor().await?;
    let conversation_id = vera.start("One.").await?.id;
    let messages = Held::new(&north, "messages").await?;
    let command = Command::Send {
        conversation_id,
        client_id: vera.next_client_id(),
        text: "Two.".to_owned(),
        assignee: None,
    };
    let frame = ClientFrame { id: 77, command };
    vera.socket
        .send_text(&serde_json::to_string(&frame)?)
        .await?;
    messages.is_wanted().await?;

    let address = north.server.host();
    let answers = async {
        stops_listening(&address).await;
        messages.let_go().await?;
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
