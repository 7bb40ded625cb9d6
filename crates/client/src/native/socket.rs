//! A WebSocket that sends and receives single frames.

use std::collections::VecDeque;
use std::io;

use deskbell_protocol::{ClientFrame, Command, Event, LEVEL, ServerFrame};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// The connection has ended, with the close code if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionClosed {
    /// See [`deskbell_protocol::CloseCode`].
    pub code: Option<u16>,
}

/// An open WebSocket. Dropping it closes the connection without a close frame, as a network failure
/// does.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    last_id: u32,
    /// Frames that arrived while the reply to a command was awaited.
    queued: VecDeque<ServerFrame>,
}

impl Socket {
    /// Opens a socket with these headers, such as `("cookie", "deskbell_access=…")`.
    pub async fn open(url: &str, headers: &[(&str, &str)]) -> io::Result<Self> {
        let mut request = url.into_client_request().map_err(io::Error::other)?;
        for (name, value) in headers {
            let name = HeaderName::try_from(*name).map_err(io::Error::other)?;
            let value = HeaderValue::try_from(*value).map_err(io::Error::other)?;
            request.headers_mut().insert(name, value);
        }
        let (stream, _) = connect_async(request).await.map_err(io::Error::other)?;
        if let MaybeTlsStream::Plain(tcp) = stream.get_ref() {
            // Frames are small and a reply is awaited for each.
            tcp.set_nodelay(true)?;
        }
        Ok(Self {
            stream,
            last_id: 0,
            queued: VecDeque::new(),
        })
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: &ClientFrame) -> Result<(), ConnectionClosed> {
        let text = serde_json::to_string(frame).expect("a frame is always JSON");
        self.send_text(text).await
    }

    /// Sends any text, also an invalid frame.
    pub async fn send_text(&mut self, text: impl Into<String>) -> Result<(), ConnectionClosed> {
        let message = Message::text(text.into());
        self.stream
            .send(message)
            .await
            .map_err(|_| ConnectionClosed { code: None })
    }

    /// Sends a binary message, which is not part of the protocol.
    pub async fn send_bytes(&mut self, bytes: Vec<u8>) -> Result<(), ConnectionClosed> {
        let message = Message::binary(bytes);
        self.stream
            .send(message)
            .await
            .map_err(|_| ConnectionClosed { code: None })
    }

    /// Waits for the next frame. Cancel safe.
    pub async fn receive(&mut self) -> Result<ServerFrame, ConnectionClosed> {
        if let Some(frame) = self.queued.pop_front() {
            return Ok(frame);
        }
        self.read().await
    }

    /// Sends a command and waits for its reply; frames that arrive before it are queued for
    /// [`Socket::receive`].
    pub async fn request(&mut self, command: Command) -> Result<Event, ConnectionClosed> {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&ClientFrame { id, command }).await?;
        loop {
            let frame = self.read().await?;
            if frame.reply_to == Some(id) {
                return Ok(frame.event);
            }
            self.queued.push_back(frame);
        }
    }

    /// Sends `hello` and returns the reply, normally `welcome`.
    pub async fn hello(&mut self, token: Option<String>) -> Result<Event, ConnectionClosed> {
        self.request(Command::Hello {
            level: LEVEL,
            token,
        })
        .await
    }

    /// Reads until the connection ends, and returns how.
    pub async fn closed(&mut self) -> ConnectionClosed {
        loop {
            if let Err(closed) = self.read().await {
                return closed;
            }
        }
    }

    /// Closes the connection with a close frame.
    pub async fn close(mut self) {
        // It may be closed already.
        let _ = self.stream.close(None).await;
    }

    async fn read(&mut self) -> Result<ServerFrame, ConnectionClosed> {
        loop {
            let message: Option<Result<Message, tungstenite::Error>> = self.stream.next().await;
            match message {
                Some(Ok(Message::Text(text))) => {
                    if let Ok(frame) = serde_json::from_str(text.as_str()) {
                        return Ok(frame);
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    return Err(ConnectionClosed {
                        code: frame.map(|frame| frame.code.into()),
                    });
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(ConnectionClosed { code: None }),
            }
        }
    }
}
