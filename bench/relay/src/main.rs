//! A relay that saves nothing: the upper bound for a WebSocket server with JSON frames.
//!
//! It has rooms and counts their messages; everything else is axum. Buffers are small and queued
//! frames are written at once, as in a careful server.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use axum::serve::ListenerExt;
use futures_util::SinkExt;
use tokio::net::TcpSocket;
use tokio::sync::mpsc;

use crate::frames::{ClientFrame, ServerFrame};
use crate::rooms::{INBOX, Member, Rooms};

mod frames;
mod rooms;

/// The backlog of the listener; the default, 128, refuses many connections at once.
const BACKLOG: u32 = 4 * 1024;
const BUFFER_BYTES: usize = 4 * 1024;
/// The capacity of a socket's queue; a socket whose queue is full loses frames.
const QUEUE_FRAMES: usize = 4 * 1024;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::var("PORT")
        .ok()
        .and_then(|port| port.parse().ok())
        .unwrap_or(0);
    let app = Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/socket", get(upgrade))
        .with_state(Arc::new(Rooms::default()));
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    let listener = socket
        .listen(BACKLOG)?
        .tap_io(|stream| _ = stream.set_nodelay(true));
    axum::serve(listener, app).await
}

async fn upgrade(State(rooms): State<Arc<Rooms>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .on_upgrade(async move |socket| {
            // A client may disconnect in the middle of a write.
            let _ = serve(&rooms, socket).await;
        })
}

async fn serve(rooms: &Rooms, mut socket: WebSocket) -> Result<(), axum::Error> {
    let (sender, mut queued) = mpsc::channel(QUEUE_FRAMES);
    let mut member = rooms.enter(sender);
    loop {
        tokio::select! {
            arrived = socket.recv() => match arrived {
                Some(Ok(Message::Text(text))) => {
                    let Some(reply) = handle(rooms, &mut member, &text) else { return Ok(()) };
                    socket.feed(Message::Text(reply)).await?;
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Ok(()),
            },
            Some(frame) = queued.recv() => {
                socket.feed(Message::Text(frame)).await?;
                while let Ok(frame) = queued.try_recv() {
                    socket.feed(Message::Text(frame)).await?;
                }
            }
        }
        socket.flush().await?;
    }
}

/// Handles a frame; `None` if it is invalid.
fn handle(rooms: &Rooms, member: &mut Member<'_>, text: &str) -> Option<Utf8Bytes> {
    let frame: ClientFrame = serde_json::from_str(text).ok()?;
    let reply = match frame {
        ClientFrame::Hello { id, token } if !token.is_empty() => ServerFrame::Welcome { id },
        ClientFrame::Hello { .. } => return None,
        ClientFrame::Start { id } => ServerFrame::Started {
            id,
            room: rooms.open(),
        },
        ClientFrame::Join { id, room } => {
            member.join(room);
            ServerFrame::Joined { id }
        }
        ClientFrame::JoinInbox { id } => {
            member.join(INBOX);
            ServerFrame::Joined { id }
        }
        ClientFrame::Send { id, room, text } => ServerFrame::Sent {
            id,
            seq: member.send(room, text),
        },
    };
    Some(reply.encode())
}
