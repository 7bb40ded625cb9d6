//! `POST /api/v1/poll`: a session over plain HTTP, where no WebSocket comes through.
//!
//! The session is the same one; a pipe stands where its socket would. A client that is gone is
//! noticed as on a socket: it says nothing for three heartbeats, or takes nothing for ten seconds. Of
//! several nodes one has the session, and a poll that reaches another is carried to it.

mod elsewhere;

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_hub::NodeId;
use deskbell_hub::nats::Post;
use deskbell_protocol::ErrorBody;
use deskbell_protocol::api::poll::{Poll, Polled};
use deskbell_protocol::{ClientFrame, ErrorCode, limits};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::{Mutex, mpsc};

use crate::app::App;
use crate::auth::cookies;
use crate::auth::member::{bearer, refuse_foreign_writes};
use crate::clock;
use crate::error::{AppError, AppResult, Body};
use crate::limits::address::Address;
use crate::limits::{Seat, too_many_poll};
use crate::openapi::Refusals;
use crate::realtime::connection::Connection;
use crate::realtime::pipe::{Outgoing, pipe};
use crate::realtime::session::{self, Caller};

/// Sessions of this kind at one time, whatever the settings give each; they are the exception.
const MOST: usize = 5_000;
/// A session that has ended is remembered so long, for its last words to be fetched.
const MEMORY: Duration = Duration::from_secs(30);
/// A session takes what a client says within this time.
const TAKE: Duration = Duration::from_secs(10);

/// The sessions that are open, by their secret.
#[derive(Default)]
pub struct Polls {
    here: StdMutex<HashMap<String, Arc<Ends>>>,
    /// To other nodes, if there can be any.
    post: OnceLock<Post>,
}

struct Ends {
    say: mpsc::Sender<String>,
    hear: Mutex<Hearing>,
}

struct Hearing {
    from: mpsc::Receiver<Outgoing>,
    /// The last request that waited and had a number, and what it was told.
    last: Option<(u32, Vec<Box<RawValue>>)>,
}

/// [`deskbell_protocol::api::poll::Polled`] with the frames as they were encoded.
#[derive(Serialize)]
pub struct Answer {
    session: String,
    frames: Vec<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    close_code: Option<u16>,
}

/// The socket's frames over plain HTTP, where no WebSocket comes through.
#[utoipa::path(
    post, path = "/api/v1/poll", tag = "conversations", request_body = Poll,
    responses((status = 200, body = Polled), (status = 404, body = ErrorBody, description = "The session has ended"), (status = 409, body = ErrorBody, description = "Another request waits in this session"), Refusals),
    security((), ("session" = []), ("bearer" = ["conversations:read"]))
)]
pub async fn poll(
    State(app): State<App>,
    from: Address,
    headers: HeaderMap,
    Body(poll): Body<Poll>,
) -> AppResult<Response> {
    refuse_foreign_writes(&Method::POST, &headers)?;
    if poll.frames.len() > limits::POLL_FRAMES {
        let message = format!("At most {} frames go in one poll.", limits::POLL_FRAMES);
        return Err(AppError::new(ErrorCode::TooLarge, message));
    }
    let (session, ends) = match &poll.session {
        Some(session) => {
            if let Some((post, node)) = app.polls.elsewhere(session) {
                return elsewhere::carry(post, node, &poll).await;
            }
            let ends = app.polls.find(session).ok_or_else(ended)?;
            (session.clone(), ends)
        }
        None => {
            let polling = app.limits.poll(from)?;
            let caller = Caller {
                credential: bearer(&headers)
                    .or_else(|| cookies::read(&headers, &app.config, cookies::ACCESS)),
                seat: app.limits.open(from)?,
                from,
            };
            open(&app, caller, polling)?
        }
    };
    let answer = go_on(&app, session, &ends, poll).await?;
    Ok(Json(answer).into_response())
}

/// Answers another node that was asked for a session of this one.
pub async fn answer_node(app: App, question: Bytes) -> Bytes {
    elsewhere::answer(app, question).await
}

/// Passes on what the client says, and what the session says if the client waits for it.
async fn go_on(app: &App, session: String, ends: &Ends, poll: Poll) -> AppResult<Answer> {
    for frame in &poll.frames {
        say(ends, frame).await?;
    }
    let (frames, close_code) = match poll.wait {
        true => hear(ends, poll.number).await?,
        false => (Vec::new(), None),
    };
    if close_code.is_some() {
        app.polls.lock().remove(&session);
    }
    Ok(Answer {
        session,
        frames,
        close_code,
    })
}

fn open(app: &App, caller: Caller, polling: Seat) -> AppResult<(String, Arc<Ends>)> {
    let (connection, client) = pipe(limits::POLL_FRAMES);
    let ends = Arc::new(Ends {
        say: client.say,
        hear: Mutex::new(Hearing {
            from: client.hear,
            last: None,
        }),
    });
    let secret = app.polls.new_secret();
    {
        let mut polls = app.polls.lock();
        if polls.len() >= MOST {
            return Err(too_many_poll());
        }
        polls.insert(secret.clone(), Arc::clone(&ends));
    }
    let (app, session) = (app.clone(), secret.clone());
    tokio::spawn(async move {
        session::run(app.clone(), Connection::Pipe(connection), caller).await;
        tokio::time::sleep(MEMORY).await;
        app.polls.lock().remove(&session);
        drop(polling);
    });
    Ok((secret, ends))
}

async fn say(ends: &Ends, frame: &ClientFrame) -> AppResult<()> {
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
async fn hear(ends: &Ends, number: Option<u32>) -> AppResult<(Vec<Box<RawValue>>, Option<u16>)> {
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

impl Polls {
    /// From now on, sessions may be asked for that other nodes have.
    pub fn carry_with(&self, post: Post) {
        // It is said once, at the start.
        let _ = self.post.set(post);
    }

    /// Of several nodes, a session's secret names the one that has it.
    fn new_secret(&self) -> String {
        let secret = URL_SAFE_NO_PAD.encode(clock::random::<16>());
        match self.post.get() {
            Some(post) => format!("{}.{secret}", post.node()),
            None => secret,
        }
    }

    /// The other node that has a session, and the way to it.
    fn elsewhere(&self, session: &str) -> Option<(&Post, NodeId)> {
        let post = self.post.get()?;
        let node = session.split_once('.')?.0.parse().ok()?;
        (node != post.node()).then_some((post, node))
    }

    fn find(&self, session: &str) -> Option<Arc<Ends>> {
        self.lock().get(session).cloned()
    }

    /// A panic while the lock is held leaves a map that is still whole: go on with it.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Ends>>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
