//! HTTP long polling: a session for networks that block WebSockets.
//!
//! The session is the same as on a socket; a pipe replaces the socket. The end of a client is
//! detected in the same way: it sends nothing for three heartbeats, or reads nothing for ten
//! seconds. In a cluster one node has the session, and polls that reach another node are forwarded
//! to it.

mod cancellation;
mod elsewhere;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::limits::memory::{MemoryAccount, MemoryCharge, of_buffer};
use deskbell_base::limits::{Permit, too_many_poll, too_much_memory};
use deskbell_protocol::{CloseCode, ErrorCode, limits};
use tokio::sync::{Mutex, mpsc};

pub use self::wire::PollBody;
use self::wire::{Taken, encode};
use crate::realtime::cancellations::Cancellations;
use crate::realtime::connection::Connection;
use crate::realtime::pipe::{ClientText, Outgoing, pipe};
use crate::realtime::poll_sessions::{LastAnswer, PollSession};
use crate::realtime::session::{self, ConnectRequest};
use crate::realtime::state::Realtime;
use crate::shutdown::shutdown_requested;

/// The maximum number of polling sessions of this node, whatever the settings give each address.
const MOST: usize = 5_000;
/// How long a session that has ended is kept, so that its last frames can be fetched.
const LINGER: Duration = Duration::from_secs(30);
/// The timeout for passing a frame of the client to the session.
const TAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// The body of an answer, charged to the address of the client until it is sent.
struct ChargedBody {
    json: Bytes,
    _charge: MemoryCharge,
}

impl AsRef<[u8]> for ChargedBody {
    fn as_ref(&self) -> &[u8] {
        &self.json
    }
}

/// Continues a session, on whichever node it is. Returns the body of the answer, which is charged
/// to `account` until it is sent.
pub async fn resume(
    realtime: &Realtime,
    session: &str,
    poll: PollBody,
    account: &MemoryAccount,
) -> AppResult<Bytes> {
    if let Some((rpc, node)) = realtime.polls.elsewhere(session) {
        let json = elsewhere::forward((rpc.clone(), node), &realtime.sessions, poll).await?;
        return charged(json, account);
    }
    let json = continue_here(realtime, session, poll).await?;
    charged(json.into(), account)
}

/// Opens a session on this node.
pub async fn start(
    realtime: &Realtime,
    request: ConnectRequest,
    polling: Permit,
    poll: PollBody,
) -> AppResult<Bytes> {
    let (session, ends) = open(realtime, request, polling)?;
    let json = continue_session(realtime, &session, &ends, poll).await?;
    charged(json.into(), &ends.account)
}

/// Answers a poll that another node has forwarded to this one.
pub async fn answer_node(realtime: Realtime, question: Bytes) -> Bytes {
    elsewhere::answer(realtime, question).await
}

/// Continues a session that is on this node. While the node stops, a session that has ended gets the
/// close code that a waiting request and a socket get, so that every client reconnects in the same way.
async fn continue_here(realtime: &Realtime, session: &str, poll: PollBody) -> AppResult<Vec<u8>> {
    let answer = match realtime.polls.find(session) {
        Some(ends) => continue_session(realtime, session, &ends, poll).await,
        None => Err(ended()),
    };
    match answer {
        Err(error) if error.body.code == ErrorCode::NotFound && *realtime.stopping.borrow() => {
            encode(session, &(Vec::new(), Some(CloseCode::Restart.code())))
        }
        answer => answer,
    }
}

/// Passes the client's frames to the session, and takes the session's frames if the client waits
/// for them. Returns the body of the answer.
async fn continue_session(
    realtime: &Realtime,
    session: &str,
    ends: &PollSession,
    poll: PollBody,
) -> AppResult<Vec<u8>> {
    let mut waiting = match poll.wait {
        true => Some(ends.answers.try_lock().map_err(|_| already_waiting())?),
        false => None,
    };
    // The frames of a repeated request were executed then, and it gets the same answer.
    let repeated = waiting.as_deref().and_then(|it| it.repeated(poll.number));
    if let Some(frames) = repeated {
        return encode(session, &(frames, None));
    }
    for frame in &poll.frames {
        pass_frame(ends, frame.get()).await?;
    }
    let taken = match &mut waiting {
        Some(answers) => take_frames(answers, poll.number, poll.wait_ms).await?,
        None => (Vec::new(), None),
    };
    if taken.1.is_some() {
        realtime.polls.lock().remove(session);
    }
    encode(session, &taken)
}

/// A body that is charged to `account` until it is sent.
fn charged(json: Bytes, account: &MemoryAccount) -> AppResult<Bytes> {
    let charge = account
        .charge(of_buffer(json.len()))
        .ok_or_else(too_much_memory)?;
    Ok(Bytes::from_owner(ChargedBody {
        json,
        _charge: charge,
    }))
}

fn open(
    realtime: &Realtime,
    request: ConnectRequest,
    polling: Permit,
) -> AppResult<(String, Arc<PollSession>)> {
    let account = request.permit.account.clone();
    let (connection, client) = pipe(limits::POLL_FRAMES, &account);
    let ends = Arc::new(PollSession {
        sender: client.sender,
        account,
        answers: Mutex::new(LastAnswer {
            from: client.receiver,
            last: None,
        }),
        cancellations: Cancellations::default(),
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
    let sessions = realtime.sessions.clone();
    sessions.spawn(async move {
        session::run(realtime.clone(), Connection::Pipe(connection), request).await;
        let mut stopping = realtime.stopping.clone();
        tokio::select! {
            () = tokio::time::sleep(LINGER) => {}
            // No request follows; one that waits has the session's frames by itself.
            () = shutdown_requested(&mut stopping) => {}
        }
        realtime.polls.lock().remove(&session);
        drop(polling);
    });
    Ok((secret, ends))
}

async fn pass_frame(ends: &PollSession, frame: &str) -> AppResult<()> {
    let text = ClientText::new(frame, &ends.account).ok_or_else(too_much_memory)?;
    match tokio::time::timeout(TAKE_TIMEOUT, ends.sender.send(text)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(ended()),
        Err(_) => Err(AppError::new(
            ErrorCode::RateLimited,
            "This session is busy. Send fewer frames at a time.",
        )),
    }
}

/// Waits for the first frame, and takes the queued ones after it.
async fn take_frames(
    answers: &mut LastAnswer,
    number: Option<u32>,
    wait_ms: Option<u32>,
) -> AppResult<Taken> {
    // The client has received the last answer. Dropping its frames releases their permits, for
    // which the session may wait.
    answers.last = None;
    let (frames, close_code) = take(&mut answers.from, wait_ms).await?;
    answers.last = number.map(|number| (number, frames.clone()));
    Ok((frames, close_code))
}

async fn take(from: &mut mpsc::Receiver<Outgoing>, wait_ms: Option<u32>) -> AppResult<Taken> {
    let most = limits::POLL_WAIT_MS;
    let limit = Duration::from_millis(wait_ms.unwrap_or(most).min(most).into());
    let Ok(first) = tokio::time::timeout(limit, from.recv()).await else {
        return Ok((Vec::new(), None));
    };
    let mut frames = Vec::new();
    let mut next = Some(first.ok_or_else(ended)?);
    while let Some(outgoing) = next {
        match outgoing {
            Outgoing::Close(code) => return Ok((frames, Some(code.code()))),
            Outgoing::Frame(frame) => frames.push(frame),
        }
        next = (frames.len() < limits::POLL_FRAMES)
            .then(|| from.try_recv().ok())
            .flatten();
    }
    Ok((frames, None))
}

fn already_waiting() -> AppError {
    AppError::new(
        ErrorCode::Conflict,
        "Another request is waiting in this session already.",
    )
}

fn ended() -> AppError {
    AppError::new(
        ErrorCode::NotFound,
        "This session has ended. Open another one and resume.",
    )
}
