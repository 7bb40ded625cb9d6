//! The memory that one address can make the server hold, measured from outside.

use anyhow::{Context, Result};
use deskbell_protocol::api::conversations::poll::Polled;
use deskbell_protocol::api::identity::setup::SetupDone;
use deskbell_protocol::api::visitors::VisitorToken;
use deskbell_protocol::{
    ClientFrame, ClientMessageId, Command, ConversationId, Event, LEVEL, limits,
};
use futures_util::SinkExt;
use reqwest::{Client, StatusCode};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;

use crate::process::Process;

const MB: u64 = 1024 * 1024;
/// The memory quota of one address.
const MOST: u64 = 64 * MB;
/// The number of connections of the attack: nearly as many as one address may have.
const CONNECTIONS: usize = 1_900;
/// The number of readiness checks; the server reads what has arrived before each.
const ROUNDS: usize = 2_000;
/// After this many checks without growth it has read everything.
const STEADY: usize = 200;

/// A server without trusted proxies, as on the internet.
struct Target {
    process: Process,
    http: Client,
    site_key: String,
    /// Its memory before the attack.
    before: u64,
    _data: TempDir,
}

impl Target {
    async fn start() -> Result<Self> {
        let limit = getrlimit(Resource::Nofile);
        setrlimit(
            Resource::Nofile,
            Rlimit {
                current: limit.maximum,
                ..limit
            },
        )?;
        let data = TempDir::new()?;
        let process = Process::start(
            data.path(),
            &["--trusted-proxies", "", "--log", "error,deskbell=info"],
        )?;
        let http = Client::new();
        let body = json!({ "name": "Ada", "email": "ada@north.example", "password": "Rings-2-bells",
            "workspace": "North", "site": "Shop", "allowed_origins": [] });
        let request = http.post(process.url("/api/v1/setup")).json(&body);
        let response = request.header("x-deskbell", "1").send().await?;
        let done: SetupDone = response.error_for_status()?.json().await?;
        let before = resident(process.id())?;
        Ok(Self {
            process,
            http,
            site_key: done.site.key,
            before,
            _data: data,
        })
    }

    /// The largest growth of its memory, until it does not grow any more.
    async fn growth(&self) -> Result<u64> {
        let mut most = 0;
        let mut steady = 0;
        for _ in 0..ROUNDS {
            let now = resident(self.process.id())?.saturating_sub(self.before);
            steady = if now <= most { steady + 1 } else { 0 };
            most = most.max(now);
            if steady == STEADY {
                break;
            }
            self.http.get(self.process.url("/readyz")).send().await?;
        }
        Ok(most)
    }

    async fn post(&self, path: &str, body: Value) -> Result<reqwest::Response> {
        let request = self.http.post(self.process.url(path)).json(&body);
        Ok(request.header("x-deskbell", "1").send().await?)
    }
}

/// The memory of a process in bytes, as the kernel counts it.
fn resident(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.context("resident memory")?.parse::<u64>()? * 1024)
}

/// Opens connections that each send `bytes` and then wait.
async fn open(address: &str, bytes: &[u8]) -> Result<Vec<TcpStream>> {
    let mut streams = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut stream = TcpStream::connect(address).await?;
        // A refused connection breaks in the middle.
        let _ = stream.write_all(bytes).await;
        streams.push(stream);
    }
    Ok(streams)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_sent_requests_of_one_address_hold_at_most_64_megabytes() -> Result<()> {
    let target = Target::start().await?;
    let head = format!(
        "GET / HTTP/1.1\r\nhost: a\r\nx-slow: {}",
        "x".repeat(400_000)
    );
    let request = half_sent_body();
    for (what, bytes) in [
        ("heads", &head[..16_000]),
        ("long heads", &head),
        ("bodies", &request),
    ] {
        let streams = open(&target.process.address, bytes.as_bytes()).await?;
        let growth = target.growth().await?;
        println!("{what}: {} KB", growth / 1024);
        assert!(growth <= MOST, "{what}: {} KB", growth / 1024);
        drop(streams);
    }
    Ok(())
}

/// A request whose body is never finished.
fn half_sent_body() -> String {
    let body = "x".repeat(limits::BODY_BYTES - 1_000);
    let length = limits::BODY_BYTES;
    format!(
        "POST /api/v1/auth/sign-in HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_is_too_large_is_refused() -> Result<()> {
    let target = Target::start().await?;
    let request = target.http.get(target.process.url("/readyz"));
    let large = request.header("x-large", "x".repeat(20_000)).send().await?;
    assert_eq!(large.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    let mut request = target.http.get(target.process.url("/readyz"));
    for number in 0..101 {
        request = request.header(format!("x-{number}"), "1");
    }
    let many = request.send().await?;
    assert_eq!(many.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    let request = target.http.get(target.process.url("/readyz"));
    let good = request.header("x-good", "x".repeat(8_000)).send().await?;
    assert_eq!(good.status(), StatusCode::OK);
    Ok(())
}

/// A frame of a poll.
fn frame(id: u32, command: Command) -> ClientFrame {
    ClientFrame { id, command }
}

fn hello(token: &str) -> Command {
    Command::Hello {
        level: LEVEL,
        token: Some(token.to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_that_nobody_fetches_hold_at_most_64_megabytes_of_one_address() -> Result<()> {
    let mut target = Target::start().await?;
    let opened = unfetched_polls(&mut target, "x").await?;
    let growth = target.growth().await?;
    println!("{opened} polling sessions: {} KB", growth / 1024);
    assert!(opened > 50, "{opened} sessions");
    assert!(growth <= MOST, "{} KB", growth / 1024);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_and_half_sent_requests_together_hold_at_most_64_megabytes_of_one_address()
-> Result<()> {
    let mut target = Target::start().await?;
    let opened = unfetched_polls(&mut target, "\u{1f514}").await?;
    println!("{opened} polls: {} KB", target.growth().await? / 1024);
    let streams = open(&target.process.address, half_sent_body().as_bytes()).await?;
    let growth = target.growth().await?;
    println!("and {} bodies: {} KB", streams.len(), growth / 1024);
    assert!(growth <= MOST, "{} KB", growth / 1024);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unread_sockets_and_polls_together_hold_at_most_64_megabytes_of_one_address() -> Result<()>
{
    let mut target = Target::start().await?;
    let pages = LongPages::prepare(&mut target, "\u{1f514}").await?;
    let sockets = pages.unread_sockets(&target).await?;
    println!(
        "{} sockets: {} KB",
        sockets.len(),
        target.growth().await? / 1024
    );
    assert!(sockets.len() > 50, "{} sockets", sockets.len());
    let opened = pages.unfetched_polls(&target).await?;
    let growth = target.growth().await?;
    println!("and {opened} polls: {} KB", growth / 1024);
    assert!(growth <= MOST, "{} KB", growth / 1024);
    Ok(())
}

/// Opens polling sessions that load the pages of a conversation and fetch nothing. The messages
/// consist of `letter`. Returns how many were opened.
async fn unfetched_polls(target: &mut Target, letter: &str) -> Result<usize> {
    let pages = LongPages::prepare(target, letter).await?;
    pages.unfetched_polls(target).await
}

/// A visitor whose conversation consists of long messages.
struct LongPages {
    token: String,
    conversation_id: ConversationId,
}

impl LongPages {
    /// Writes the conversation, and measures the server's memory again.
    async fn prepare(target: &mut Target, letter: &str) -> Result<Self> {
        let body = json!({ "site_key": target.site_key });
        let response = target.post("/api/v1/visitors", body).await?;
        let token = response.json::<VisitorToken>().await?.token;
        let conversation_id = long_conversation(target, &token, letter).await?;
        // The caches of the database grow with use and belong to no address.
        warm_up(target, &token, conversation_id).await?;
        target.before = resident(target.process.id())?;
        Ok(Self {
            token,
            conversation_id,
        })
    }

    /// Commands that load a page several times.
    fn frames(&self, pages: u32) -> Vec<ClientFrame> {
        let load = Command::Load {
            conversation_id: self.conversation_id,
            before_seq: 60,
        };
        let loads = (0..pages).map(|number| frame(2 + number, load.clone()));
        std::iter::once(frame(1, hello(&self.token)))
            .chain(loads)
            .collect()
    }

    async fn unfetched_polls(&self, target: &Target) -> Result<usize> {
        let frames = self.frames(3);
        let mut opened = 0;
        for _ in 0..300 {
            let response = target.post("/api/v1/poll", json!({ "frames": frames, "wait": false }));
            opened += usize::from(response.await?.status() == StatusCode::OK);
        }
        Ok(opened)
    }

    /// Opens sockets that request one page each and read nothing: the kernel takes it, so that
    /// only a buffer that stays allocated is left.
    async fn unread_sockets(&self, target: &Target) -> Result<Vec<WebSocketStream<TcpStream>>> {
        let url = format!("ws://{}/api/v1/socket", target.process.address);
        let frames = self.frames(1);
        let mut sockets = Vec::new();
        for _ in 0..200 {
            let tcp = TcpSocket::new_v4()?;
            tcp.set_recv_buffer_size(4_096)?;
            let stream = tcp.connect(target.process.address.parse()?).await?;
            // Refused while the address is at its quota.
            let Ok((mut socket, _)) = tokio_tungstenite::client_async(&url, stream).await else {
                continue;
            };
            for frame in &frames {
                let text = serde_json::to_string(frame)?;
                // A session over the quota is closed by the server in the middle.
                if socket.send(text.into()).await.is_err() {
                    break;
                }
            }
            sockets.push(socket);
        }
        Ok(sockets)
    }
}

/// A conversation of sixty long messages.
async fn long_conversation(target: &Target, token: &str, letter: &str) -> Result<ConversationId> {
    let text = letter.repeat(limits::TEXT_CHARS);
    let start = Command::Start {
        client_id: ClientMessageId::from_parts(1, [1; 10]),
        text: text.clone(),
    };
    let body = json!({ "frames": [frame(1, hello(token)), frame(2, start)], "wait": true });
    let mut polled: Polled = target.post("/api/v1/poll", body).await?.json().await?;
    let session = polled.session.clone();
    let conversation_id = loop {
        let started = polled.frames.iter().find_map(|frame| match &frame.event {
            Event::Started { conversation, .. } => Some(conversation.id),
            _ => None,
        });
        if let Some(id) = started {
            break id;
        }
        let body = json!({ "session": session, "wait": true });
        polled = target.post("/api/v1/poll", body).await?.json().await?;
    };
    for number in 0..60 {
        let send = Command::Send {
            conversation_id,
            client_id: ClientMessageId::from_parts(2, [number; 10]),
            text: text.clone(),
            assignee: None,
        };
        let body = json!({ "session": session, "frames": [frame(3, send)], "wait": true });
        target
            .post("/api/v1/poll", body)
            .await?
            .error_for_status()?;
    }
    Ok(conversation_id)
}

/// Reads the conversation until the caches of the database are full, many requests at a time.
async fn warm_up(target: &Target, token: &str, conversation_id: ConversationId) -> Result<()> {
    let load = Command::Load {
        conversation_id,
        before_seq: 60,
    };
    let body = json!({ "frames": [frame(1, hello(token)), frame(2, load)], "wait": true });
    for _ in 0..8 {
        let reads = (0..8).map(|_| read_once(target, &body));
        futures_util::future::try_join_all(reads).await?;
    }
    Ok(())
}

/// Opens a polling session with these frames and fetches every answer.
async fn read_once(target: &Target, body: &Value) -> Result<()> {
    let polled: Polled = target
        .post("/api/v1/poll", body.clone())
        .await?
        .json()
        .await?;
    let mut fetched = polled.frames.len();
    while fetched < 2 {
        let body = json!({ "session": polled.session, "wait": true });
        let more: Polled = target.post("/api/v1/poll", body).await?.json().await?;
        fetched += more.frames.len();
    }
    Ok(())
}
