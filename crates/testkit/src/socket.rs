//! A bare socket that uses the protocol without an engine, for tests of the server.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use deskbell_protocol::{ClientFrame, Command, Event, ServerFrame};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// The timeout of all waiting.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A connection with separate queues of replies and other events.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    last_id: u32,
    events: VecDeque<Event>,
    /// All received texts.
    pub received: Vec<String>,
    /// The close code.
    pub close_code: Option<u16>,
}

impl Socket {
    pub async fn open(host: &str) -> Result<Self> {
        Self::open_with(host, &[]).await
    }

    /// Opens a socket with additional headers of the upgrade request.
    pub async fn open_with(host: &str, headers: &[(&'static str, String)]) -> Result<Self> {
        let mut request = format!("ws://{host}/api/v1/socket").into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse()?);
        }
        let (stream, _) = tokio_tungstenite::connect_async(request).await?;
        Ok(Self {
            stream,
            last_id: 0,
            events: VecDeque::new(),
            received: Vec::new(),
            close_code: None,
        })
    }

    /// Sends a command and waits for its reply; events that arrive before it are queued.
    pub async fn request(&mut self, command: Command) -> Result<Event> {
        self.last_id += 1;
        let id = self.last_id;
        self.send_text(&serde_json::to_string(&ClientFrame { id, command })?)
            .await?;
        loop {
            let frame = self
                .next_frame()
                .await?
                .context("the connection was closed before the reply")?;
            if frame.reply_to == Some(id) {
                return Ok(frame.event);
            }
            self.events.push_back(frame.event);
        }
    }

    /// The next event that is no reply; `None` when the connection is closed.
    pub async fn next_event(&mut self) -> Result<Option<Event>> {
        match self.events.pop_front() {
            Some(event) => Ok(Some(event)),
            None => Ok(self.next_frame().await?.map(|frame| frame.event)),
        }
    }

    /// Sends any text, also an invalid frame.
    pub async fn send_text(&mut self, text: &str) -> Result<()> {
        Ok(self.stream.send(Message::text(text)).await?)
    }

    /// Sends a WebSocket ping, which is not the protocol's ping.
    pub async fn send_ping(&mut self) -> Result<()> {
        Ok(self.stream.send(Message::Ping(Bytes::new())).await?)
    }

    /// The next frame; `None` when the connection is closed.
    pub async fn next_frame(&mut self) -> Result<Option<ServerFrame>> {
        loop {
            let message = tokio::time::timeout(TIMEOUT, self.stream.next())
                .await
                .context("no frame arrived in time")?;
            match message {
                Some(Ok(Message::Text(text))) => {
                    self.received.push(text.to_string());
                    return Ok(Some(serde_json::from_str(&text)?));
                }
                Some(Ok(Message::Close(frame))) => {
                    self.close_code = frame.map(|frame| frame.code.into())
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(other)) => bail!("a text frame, not {other:?}"),
                Some(Err(_)) | None => return Ok(None),
            }
        }
    }

    /// Reads until the connection ends; returns the close code.
    pub async fn closed(&mut self) -> Result<Option<u16>> {
        while self.next_frame().await?.is_some() {}
        Ok(self.close_code)
    }
}
