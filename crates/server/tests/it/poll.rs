//! Long polling: the socket's frames over plain HTTP.

use anyhow::{Context, Result};
use deskbell_protocol::api::conversations::poll::{Poll, Polled};
use deskbell_protocol::{
    Body, ClientFrame, CloseCode, Command, ErrorBody, ErrorCode, Event, LEVEL, ServerFrame, limits,
};
use deskbell_testkit::people::visitor_token;
use deskbell_testkit::server::{Database, TestServer};
use reqwest::Response;

use crate::{North, on_both};

on_both!(
    vera_chats_with_ada_without_a_websocket,
    a_poll_without_a_valid_token_gets_the_close_code_of_a_socket,
    a_lost_answer_of_a_poll_is_repeated,
    a_repeated_poll_does_not_execute_its_frames_again,
    a_poll_that_does_not_wait_gets_the_frames_that_are_ready,
    only_one_poll_of_a_live_session_waits,
    polls_are_limited_and_only_for_our_own_pages,
);

/// A client that polls.
struct Poller<'a> {
    server: &'a TestServer,
    session: Option<String>,
    last_id: u32,
    number: Option<u32>,
    wait_ms: Option<u32>,
}

impl<'a> Poller<'a> {
    fn new(server: &'a TestServer) -> Self {
        Self {
            server,
            session: None,
            last_id: 0,
            number: None,
            wait_ms: None,
        }
    }

    async fn post(&self, frames: Vec<ClientFrame>, wait: bool) -> Result<Response> {
        let poll = Poll {
            session: self.session.clone(),
            frames,
            wait,
            number: self.number,
            wait_ms: self.wait_ms,
        };
        self.server
            .post("/api/v1/poll", serde_json::to_value(poll)?)
            .await
    }

    async fn poll(&mut self, frames: Vec<ClientFrame>) -> Result<Polled> {
        let polled: Polled = self
            .post(frames, true)
            .await?
            .error_for_status()?
            .json()
            .await?;
        self.session = Some(polled.session.clone());
        Ok(polled)
    }

    /// Sends a command, and waits for the next frames.
    async fn request(&mut self, command: Command) -> Result<ServerFrame> {
        self.last_id += 1;
        let id = self.last_id;
        let polled = self.poll(vec![ClientFrame { id, command }]).await?;
        polled.frames.into_iter().next().context("an answer")
    }
}

fn hello(token: &str) -> Command {
    Command::Hello {
        level: LEVEL,
        token: Some(token.to_owned()),
    }
}

async fn error(response: Response) -> Result<ErrorCode> {
    Ok(response.json::<ErrorBody>().await?.code)
}

async fn vera_chats_with_ada_without_a_websocket(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let token = visitor_token(&north.server, &north.site_key, None).await?;
    let mut vera = Poller::new(&north.server);
    let welcome = vera.request(hello(&token.token)).await?.event;
    assert!(matches!(welcome, Event::Welcome { .. }), "{welcome:?}");
    let start = Command::Start {
        client_id: deskbell_protocol::ClientMessageId::from_parts(1, [1; 10]),
        text: "Where is my parcel?".to_owned(),
    };
    let Event::Started { conversation, .. } = vera.request(start).await?.event else {
        anyhow::bail!("started");
    };
    let conversation_id = conversation.id;
    vera.request(Command::Subscribe {
        conversation_id,
        after_seq: Some(1),
    })
    .await?;

    let mut ada = north.ada().await?;
    ada.change(Command::Claim { conversation_id }).await?;
    ada.send_message(conversation_id, "On its way.").await?;
    let mut received = Vec::new();
    while received.len() < 2 {
        let polled = vera.poll(Vec::new()).await?;
        received.extend(
            polled
                .frames
                .into_iter()
                .filter_map(|frame| match frame.event {
                    Event::MessageCreated { message } => Some((message.seq, message.body)),
                    _ => None,
                }),
        );
    }
    let name = "Ada".to_owned();
    let text = "On its way.".to_owned();
    assert_eq!(
        received,
        [(2, Body::Joined { name }), (3, Body::Text { text })]
    );
    Ok(())
}

async fn a_lost_answer_of_a_poll_is_repeated(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let token = visitor_token(&north.server, &north.site_key, None).await?;
    let mut vera = Poller::new(&north.server);
    vera.request(hello(&token.token)).await?;
    let ping = |id| {
        vec![ClientFrame {
            id,
            command: Command::Ping,
        }]
    };
    vera.post(ping(2), false).await?.error_for_status()?;
    vera.number = Some(1);
    let lost = vera.poll(Vec::new()).await?;
    assert_eq!(lost.frames.len(), 1, "{:?}", lost.frames);
    vera.post(ping(3), false).await?.error_for_status()?;
    assert_eq!(vera.poll(Vec::new()).await?, lost, "as it was");
    vera.number = Some(2);
    let next = vera.poll(Vec::new()).await?;
    assert_eq!(
        next.frames[0].reply_to,
        Some(3),
        "and then what came after it"
    );
    Ok(())
}

async fn a_repeated_poll_does_not_execute_its_frames_again(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let token = visitor_token(&north.server, &north.site_key, None).await?;
    let mut vera = Poller::new(&north.server);
    vera.request(hello(&token.token)).await?;
    let ping = |id| {
        vec![ClientFrame {
            id,
            command: Command::Ping,
        }]
    };
    vera.number = Some(1);
    let lost = vera.poll(ping(2)).await?;
    assert_eq!(vera.poll(ping(2)).await?, lost);
    vera.number = Some(2);
    let next = vera.poll(ping(3)).await?;
    let replies: Vec<_> = next.frames.iter().map(|frame| frame.reply_to).collect();
    assert_eq!(replies, [Some(3)], "the second ping was answered once");
    Ok(())
}

async fn a_poll_that_does_not_wait_gets_the_frames_that_are_ready(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let token = visitor_token(&north.server, &north.site_key, None).await?;
    let mut vera = Poller::new(&north.server);
    vera.request(hello(&token.token)).await?;
    vera.wait_ms = Some(0);
    let sent_at = std::time::Instant::now();
    assert_eq!(vera.poll(Vec::new()).await?.frames, []);
    let limit = std::time::Duration::from_millis(limits::POLL_WAIT_MS.into());
    assert!(sent_at.elapsed() < limit / 2, "it did not wait");
    let ping = ClientFrame {
        id: 2,
        command: Command::Ping,
    };
    vera.post(vec![ping], false).await?.error_for_status()?;
    let mut frames = Vec::new();
    while frames.is_empty() {
        frames = vera.poll(Vec::new()).await?.frames;
    }
    assert_eq!(frames[0].reply_to, Some(2));
    Ok(())
}

async fn a_poll_without_a_valid_token_gets_the_close_code_of_a_socket(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut rude = Poller::new(&north.server);
    let frames = vec![ClientFrame {
        id: 1,
        command: hello("nonsense"),
    }];
    let mut polled = rude.poll(frames).await?;
    let refused = polled.frames.first().map(|frame| &frame.event);
    assert!(
        matches!(refused, Some(Event::Error { error }) if error.code == ErrorCode::Unauthenticated)
    );
    while polled.close_code.is_none() {
        polled = rude.poll(Vec::new()).await?;
    }
    assert_eq!(polled.close_code, Some(CloseCode::Unauthenticated.code()));
    let after = rude.post(Vec::new(), true).await?;
    assert_eq!(after.status(), 404);
    assert_eq!(error(after).await?, ErrorCode::NotFound);
    Ok(())
}

async fn only_one_poll_of_a_live_session_waits(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let token = visitor_token(&north.server, &north.site_key, None).await?;
    let mut vera = Poller::new(&north.server);
    vera.request(hello(&token.token)).await?;
    let mut first = Box::pin(vera.post(Vec::new(), true));
    let mut second = Box::pin(vera.post(Vec::new(), true));
    // The later one is refused at once; the other one gets the next frames.
    let (refused, waiting) = tokio::select! {
        refused = &mut first => (refused?, second),
        refused = &mut second => (refused?, first),
    };
    assert_eq!(refused.status(), 409);
    assert_eq!(error(refused).await?, ErrorCode::Conflict);
    let ping = |id| {
        vec![ClientFrame {
            id,
            command: Command::Ping,
        }]
    };
    let refused = vera.post(ping(8), true).await?;
    assert_eq!(refused.status(), 409);
    let (polled, sent) = tokio::join!(waiting, vera.post(ping(9), false));
    assert_eq!(sent?.status(), 200);
    let polled: Polled = polled?.json().await?;
    let first = polled.frames.first().and_then(|it| it.reply_to);
    assert_eq!(
        first,
        Some(9),
        "the frames of the refused poll were not executed"
    );

    let mut lost = Poller::new(&north.server);
    lost.session = Some("nowhere".to_owned());
    assert_eq!(lost.post(Vec::new(), true).await?.status(), 404);
    Ok(())
}

async fn polls_are_limited_and_only_for_our_own_pages(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let vera = Poller::new(&north.server);
    let frames = (0..=limits::POLL_FRAMES)
        .map(|_| ClientFrame {
            id: 1,
            command: Command::Ping,
        })
        .collect();
    let many = vera.post(frames, false).await?;
    assert_eq!(many.status(), 413);
    let foreign = north
        .server
        .request(reqwest::Method::POST, "/api/v1/poll")
        .header("x-deskbell", "1")
        .header("origin", "https://evil.example")
        .json(&serde_json::json!({ "wait": true }))
        .send()
        .await?;
    assert_eq!(foreign.status(), 403);
    Ok(())
}
