//! `POST /api/v1/poll`: a session over plain HTTP, where no WebSocket comes through.
//!
//! The session is the same one; a pipe stands where its socket would. A client that is gone is
//! noticed as on a socket: it says nothing for three heartbeats, or takes nothing for ten seconds. Of
//! several nodes one has the session, and a poll that reaches another is carried to it.

mod elsewhere;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use deskbell_domain::error::{AppError, AppResult};
use deskbell_domain::limits::{Permit, too_many_poll};
use deskbell_protocol::api::poll::Poll;
use deskbell_protocol::{ClientFrame, ErrorCode, limits};
use serde_json::value::RawValue;
use tokio::sync::{Mutex, mpsc};

use crate::realtime::connection::Connection;
use crate::realtime::pipe::{Outgoing, pipe};
pub use crate::realtime::poll_sessions::Answer;
use crate::realtime::poll_sessions::{LastAnswer, PollSession};
use crate::realtime::session::{self, ConnectRequest};
use crate::realtime::state::Realtime;

/// Sessions of this kind at one time, whatever the settings give each; they are the exception.
const MOST: usize = 5_000;
/// A session that has ended is remembered so long, for its last words to be fetched.
const MEMORY: Duration = Duration::from_secs(30);
/// A session takes what a client says within this time.
const TAKE: Duration = Duration::from_secs(10);

/// The answer to a poll: from a session of this node, or as another node has encoded it.
pub enum PollReply {
    Here(Answer),
    Elsewhere(Bytes),
}

/// Continues a session, on whichever node it is.
pub async fn resume(realtime: &Realtime, session: String, poll: Poll) -> AppResult<PollReply> {
    if let Some((post, node)) = realtime.polls.elsewhere(&session) {
        return elsewhere::carry(post, node, &poll)
            .await
            .map(PollReply::Elsewhere);
    }
    let ends = realtime.polls.find(&session).ok_or_else(ended)?;
    let answer = go_on(realtime, session, &ends, poll).await?;
    Ok(PollReply::Here(answer))
}

/// Opens a session on this node.
pub async fn start(
    realtime: &Realtime,
    request: ConnectRequest,
    polling: Permit,
    poll: Poll,
) -> AppResult<PollReply> {
    let (session, ends) = open(realtime, request, polling)?;
    let answer = go_on(realtime, session, &ends, poll).await?;
    Ok(PollReply::Here(answer))
}

/// Answers another node that was asked for a session of this one.
pub async fn answer_node(realtime: Realtime, question: Bytes) -> Bytes {
    elsewhere::answer(realtime, question).await
}

/// Passes on what the client says, and what the session says if the client waits for it.
async fn go_on(
    realtime: &Realtime,
    session: String,
    ends: &PollSession,
    poll: Poll,
) -> AppResult<Answer> {
    for frame in &poll.frames {
        say(ends, frame).await?;
    }
    let (frames, close_code) = match poll.wait {
        true => hear(ends, poll.number).await?,
        false => (Vec::new(), None),
    };
    if close_code.is_some() {
        realtime.polls.lock().remove(&session);
    }
    Ok(Answer {
        session,
        frames,
        close_code,
    })
}

fn open(
    realtime: &Realtime,
    request: ConnectRequest,
    polling: Permit,
) -> AppResult<(String, Arc<PollSession>)> {
    let (connection, client) = pipe(limits::POLL_FRAMES);
    let ends = Arc::new(PollSession {
        say: client.say,
        hear: Mutex::new(LastAnswer {
            from: client.hear,
            last: None,
        }),
    });
    let secret = realtime.polls.new_secret();
    {
        let mut polls = realtime.polls.lock();
        if polls.len() >= MOST {
            return Err(too_many_poll());
        }
        polls.insert(secret.clone(), Arc::clone(&ends));
    }
    let (realtime, session) = (realtime.clone(), secret.clone());
    tokio::spawn(async move {
        session::run(realtime.clone(), Connection::Pipe(connection), request).await;
        tokio::time::sleep(MEMORY).await;
        realtime.polls.lock().remove(&session);
        drop(polling);
    });
    Ok((secret, ends))
}

async fn say(ends: &PollSession, frame: &ClientFrame) -> AppResult<()> {
    let text = serde_json::to_string(frame).map_err(AppError::internal)?;
    match tokio::time::timeout(TAKE, ends.say.send(text)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(ended()),
        Err(_) => Err(AppError::new(
            ErrorCode::RateLimited,
            "This session is overloaded. Send fewer frames at a time.",
        )),
    }
}

/// Waits for the first frame, and takes those behind it. Whoever asks with the same number again did
/// not hear the answer.
async fn hear(
    ends: &PollSession,
    number: Option<u32>,
) -> AppResult<(Vec<Box<RawValue>>, Option<u16>)> {
    let Ok(mut hearing) = ends.hear.try_lock() else {
        return Err(AppError::new(
            ErrorCode::Conflict,
            "Another request is already waiting in this session.",
        ));
    };
    if let Some((last, frames)) = &hearing.last
        && number == Some(*last)
    {
        return Ok((frames.clone(), None));
    }
    let (frames, close_code) = take(&mut hearing.from).await?;
    hearing.last = number.map(|number| (number, frames.clone()));
    Ok((frames, close_code))
}

async fn take(from: &mut mpsc::Receiver<Outgoing>) -> AppResult<(Vec<Box<RawValue>>, Option<u16>)> {
    let patience = Duration::from_millis(limits::POLL_WAIT_MS.into());
    let Ok(first) = tokio::time::timeout(patience, from.recv()).await else {
        return Ok((Vec::new(), None));
    };
    let mut frames = Vec::new();
    let mut next = Some(first.ok_or_else(ended)?);
    while let Some(outgoing) = next {
        match outgoing {
            Outgoing::Close(code) => return Ok((frames, Some(code.code()))),
            Outgoing::Frame(frame, _room) => {
                frames.push(serde_json::from_slice(&frame).map_err(AppError::internal)?);
            }
        }
        next = (frames.len() < limits::POLL_FRAMES)
            .then(|| from.try_recv().ok())
            .flatten();
    }
    Ok((frames, None))
}

fn ended() -> AppError {
    AppError::new(
        ErrorCode::NotFound,
        "This session has ended. Open a new one and resume.",
    )
}
