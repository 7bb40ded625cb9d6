//! A session: one connection, from hello to close.
//!
//! A session is a single task: it reads a command, executes it, replies, and in between forwards
//! the deliveries of the hub. It follows a topic *before* it reads the database, so that no event
//! is missed in between; its cursors drop repeated and outdated events and fill gaps. So the order on the wire
//! does not depend on the order in which the hub delivers.

mod attention;
mod commands;
mod deliveries;
mod notes;
mod reauthenticate;
mod resync;

use std::time::Duration;

use deskbell_base::client_address::ClientAddress;
use deskbell_base::clock;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::limits::{Permit, SessionPermit};
use deskbell_base::scope::Scope;
use deskbell_domain::conversations::writing::OutgoingMessage;
use deskbell_domain::identity::authentication::Credential;
use deskbell_domain::workspace::quotas;
use deskbell_hub::Mailbox;
use deskbell_protocol::{
    CloseCode, Command, ConnectionId, ConversationId, ErrorBody, ErrorCode, Event, Status, limits,
};
use tokio::time::Instant;

use crate::publish::{encode, encode_reply};
use crate::realtime::connection::{Connection, Gone};
use crate::realtime::cursor::{Cursors, InboxCursor, MarkerCursors, NoteCursors};
use crate::realtime::handshake::{frame_too_large, greet};
use crate::realtime::parse::{Incoming, Misunderstanding};
use crate::realtime::pending_replies::{PendingReplies, encode_answer};
use crate::realtime::presence_guard::PresenceGuard;
use crate::realtime::state::Realtime;
use crate::realtime::throttle::Throttle;
use crate::realtime::typing::Typing;
use crate::shutdown::shutdown_requested;
use attention::FollowUp;

/// The idle timeout: three heartbeats. A browser runs the timers of a hidden page once a minute, so
/// two would be too few.
const SILENCE: Duration = Duration::from_millis(3 * limits::HEARTBEAT_MS as u64);

/// The origin of a connection.
pub(crate) struct ConnectRequest {
    /// The token of the request that opened it.
    pub(crate) credential: Option<String>,
    pub(crate) from: ClientAddress,
    /// The permit of its address.
    pub(crate) permit: SessionPermit,
}

struct Session {
    realtime: Realtime,
    /// The credential and its principal.
    credential: Credential,
    from: ClientAddress,
    scope: Scope,
    /// A program that may only read and follow.
    reads_only: bool,
    mailbox: Mailbox,
    cursors: Cursors,
    notes: NoteCursors,
    inbox: InboxCursor,
    markers: MarkerCursors,
    typing: Typing,
    /// Set after `welcome`.
    present: Option<PresenceGuard>,
    /// The conversation that was started here last; the visitor's other connections are informed of
    /// it.
    started_here: Option<ConversationId>,
    connection: Connection,
    throttle: Throttle,
    pending: PendingReplies,
    bad_frames: u32,
    /// When the token expires.
    expires: Instant,
    /// The permits of its address, of its workspace, and of polling.
    permits: (SessionPermit, Permit, Option<Box<Permit>>),
}

/// The end of a session.
enum End {
    /// The client is gone, so no close code is sent.
    Gone,
    /// Close with this code.
    Close(CloseCode),
}

impl From<Gone> for End {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

/// Serves one connection to its end.
///
/// A task has the size of its largest state, and most sessions are idle: code that only starts or
/// ends them is boxed, and so is rare code with a large state.
pub(crate) async fn run(realtime: Realtime, connection: Connection, request: ConnectRequest) {
    if let Some(mut session) = Box::pin(begin(realtime, connection, request)).await {
        let end = session.serve().await;
        Box::pin(session.end(end)).await;
    }
}

/// Authenticates the client and welcomes it; `None` if the connection has ended.
async fn begin(
    realtime: Realtime,
    mut connection: Connection,
    request: ConnectRequest,
) -> Option<Box<Session>> {
    let looked_up_at = Instant::now();
    let hello = match greet(&realtime, &mut connection, request.credential, request.from).await {
        Ok(hello) => hello,
        Err(code) => {
            if let Some(code) = code {
                connection.close(code).await;
            }
            return None;
        }
    };
    let workspace_id = hello.principal.scope.workspace_id();
    let polling = match connection.is_poll() {
        true => realtime
            .core
            .limits
            .workspace_polling_session(workspace_id)
            .map(Box::new)
            .map(Some),
        false => Ok(None),
    };
    let permit = quotas::connection(
        &realtime.core,
        workspace_id,
        hello.principal.own_connection_limit,
    );
    let permits = match permit.and_then(|permit| Ok((request.permit, permit, polling?))) {
        Ok(permits) => permits,
        Err(error) => {
            let error = Event::Error { error: error.body };
            let _ = connection.send(encode_reply(hello.id, error)).await;
            connection.close(CloseCode::Flood).await;
            return None;
        }
    };
    let session_id = ConnectionId::from_parts(clock::now(), clock::random());
    let mailbox = realtime.hub.join(session_id, workspace_id);
    let mut session = Box::new(Session {
        throttle: Throttle::new(&realtime.core.limits, request.from),
        realtime,
        credential: hello.credential,
        from: request.from,
        scope: hello.principal.scope,
        reads_only: hello.principal.reads_only,
        mailbox,
        cursors: Cursors::default(),
        notes: NoteCursors::default(),
        inbox: InboxCursor::default(),
        markers: MarkerCursors::default(),
        typing: Typing::default(),
        present: None,
        started_here: None,
        connection,
        pending: PendingReplies::default(),
        bad_frames: 0,
        expires: hello.expires,
        permits,
    });
    let welcomed = match session.follow_principal(looked_up_at).await {
        Ok(()) => {
            let away = hello.principal.away;
            session
                .welcome(hello.id, hello.level, session_id, away)
                .await
        }
        Err(end) => Err(end),
    };
    match welcomed {
        Ok(()) => Some(session),
        Err(end) => {
            session.end(end).await;
            None
        }
    }
}

impl Session {
    async fn end(mut self: Box<Self>, end: End) {
        self.stop_typing();
        let Self {
            connection,
            mailbox,
            present,
            permits: _permits,
            ..
        } = *self;
        drop((mailbox, present));
        if let End::Close(code) = end {
            connection.close(code).await;
        }
    }

    async fn welcome(
        &mut self,
        reply_to: u32,
        level: u16,
        session_id: ConnectionId,
        away: bool,
    ) -> Result<(), End> {
        // Registered first: conversations that the visitor starts on another connection are then
        // delivered here.
        let present = PresenceGuard::take(&self.realtime.hub, session_id, &self.scope, away);
        let mut past = Vec::new();
        let (conversation, team_online) = match &self.scope {
            Scope::Visitor(visitor) => {
                let current = self.realtime.visitors.find_current(visitor).await;
                let current = current.map_err(|error| {
                    error.log();
                    End::Close(CloseCode::Internal)
                })?;
                let (current, closed) = match current {
                    Some(newest) if newest.status == Status::Closed => (None, Some(newest)),
                    current => (current, None),
                };
                present.set_listed(current.is_some());
                past.extend(closed);
                let hub = &self.realtime.hub;
                let team_online = hub.is_team_online(visitor.workspace_id);
                (current, Some(team_online))
            }
            Scope::Agent(_) => (None, None),
        };
        self.present = Some(present);
        let welcome = Event::Welcome {
            level,
            session_id,
            you: self.scope.principal(),
            now: clock::now(),
            heartbeat_ms: limits::HEARTBEAT_MS,
            conversation,
            team_online,
            past,
        };
        Ok(self
            .connection
            .send(encode_reply(reply_to, welcome))
            .await?)
    }

    async fn serve(&mut self) -> End {
        let mut stopping = self.realtime.stopping.clone();
        let stopped = shutdown_requested(&mut stopping);
        let mut heard_at = Instant::now();
        // One timer for all timeouts of an idle session; it is set again only when it fires.
        let alarm = tokio::time::sleep_until(self.expires.min(heard_at + SILENCE));
        tokio::pin!(stopped, alarm);
        loop {
            // In this order: a stop request and the end of the token have priority, and the mailbox
            // is emptied before the next command.
            let outcome = tokio::select! {
                biased;
                () = &mut stopped => Box::pin(self.answer_all()).await.and(Err(End::Close(CloseCode::Restart))),
                () = &mut alarm => {
                    let rings_at = self.expires.min(heard_at + SILENCE);
                    alarm.as_mut().reset(rings_at);
                    self.end_typing();
                    match Instant::now() {
                        now if now < rings_at => Ok(()),
                        now if now < self.expires => Err(End::Close(CloseCode::Silent)),
                        _ => Box::pin(self.token_ends()).await,
                    }
                }
                incoming = self.connection.receive(), if self.pending.has_room() => {
                    if !matches!(incoming, Incoming::ControlFrame) {
                        heard_at = Instant::now();
                    }
                    self.take(incoming).await
                }
                delivery = self.mailbox.next() => match delivery {
                    Some(delivery) => self.deliver(&delivery).await,
                    None => Err(End::Close(CloseCode::TooSlow)),
                },
                answer = self.pending.next() => self.connection.queue(answer).await.map_err(End::from),
            };
            let outcome = match outcome {
                Ok(()) => self.forward_queued().await,
                Err(end) => Err(end),
            };
            if let Err(end) = outcome {
                return end;
            }
            if let Some(end) = self.typing.next_end()
                && end < alarm.deadline()
            {
                alarm.as_mut().reset(end);
            }
        }
    }

    async fn take(&mut self, incoming: Incoming) -> Result<(), End> {
        let (id, command) = match incoming {
            Incoming::Frame(frame) => (frame.id, frame.command),
            Incoming::NotUnderstood { id, kind } => {
                return Box::pin(self.complain(id, kind)).await;
            }
            Incoming::ControlFrame if self.throttle.allows_control_frame() => return Ok(()),
            Incoming::ControlFrame => return self.count_refused_frame(),
            Incoming::TooLarge => {
                Box::pin(self.connection.send(frame_too_large())).await?;
                return Err(End::Close(CloseCode::TooLarge));
            }
            Incoming::Gone => return Err(End::Gone),
        };
        if let Err(error) = self
            .throttle
            .check(&self.realtime.core.limits, &self.scope, &command)
        {
            Box::pin(self.reply_in_order(id, Err(error))).await?;
            return self.count_refused_frame();
        }
        if self.reads_only && command.writes() {
            let error = AppError::new(ErrorCode::Forbidden, "This token is read-only.");
            return Box::pin(self.reply_in_order(id, Err(error))).await;
        }
        match command {
            Command::Send {
                conversation_id,
                client_id,
                text,
                assignee,
            } => {
                let outgoing = OutgoingMessage {
                    conversation_id,
                    client_id,
                    text,
                    assignee,
                };
                Box::pin(self.enqueue_message(id, outgoing)).await
            }
            command => Box::pin(self.answer(id, command)).await,
        }
    }

    /// Counts a frame over a limit. Occasional ones are tolerated.
    fn count_refused_frame(&self) -> Result<(), End> {
        if self.throttle.is_flood() {
            return Err(End::Close(CloseCode::Flood));
        }
        Ok(())
    }

    /// A message is answered once it is saved. Until then the client may send more, which are saved
    /// together.
    async fn enqueue_message(&mut self, id: u32, outgoing: OutgoingMessage) -> Result<(), End> {
        let conversation_id = outgoing.conversation_id;
        match self.realtime.messages.send(&self.scope, outgoing).await {
            Ok(saving) => {
                self.pending.push(id, saving);
                self.wrote(conversation_id);
                Ok(())
            }
            Err(error) => self.reply_in_order(id, Err(error)).await,
        }
    }

    async fn answer(&mut self, id: u32, command: Command) -> Result<(), End> {
        self.answer_all().await?;
        let follow_up = FollowUp::by(&command);
        let answer = self.execute(command).await;
        if let Ok(Event::Changed { conversation }) = &answer {
            self.cursors
                .raise_revision(conversation.id, conversation.revision);
        }
        let follow_up = follow_up.filter(|_| answer.is_ok());
        self.connection.queue(encode_answer(id, answer)).await?;
        match follow_up {
            Some(follow_up) => self.send_initial_events(follow_up).await,
            None => Ok(()),
        }
    }

    async fn reply_in_order(&mut self, id: u32, answer: AppResult<Event>) -> Result<(), End> {
        self.answer_all().await?;
        Ok(self.connection.queue(encode_answer(id, answer)).await?)
    }

    /// Waits for messages that are being saved, so that replies keep the order of the commands.
    async fn answer_all(&mut self) -> Result<(), End> {
        while !self.pending.is_empty() {
            let answer = self.pending.next().await;
            self.connection.queue(answer).await?;
        }
        Ok(())
    }

    async fn complain(&mut self, id: Option<u32>, kind: Misunderstanding) -> Result<(), End> {
        let error = match kind {
            Misunderstanding::Malformed(why) => {
                ErrorBody::new(ErrorCode::BadRequest, format!("Invalid frame: {why}."))
            }
            Misunderstanding::UnknownCommand(name) => ErrorBody::new(
                ErrorCode::UnknownCommand,
                format!("This server knows no command \"{name}\"."),
            ),
        };
        let event = Event::Error { error };
        let frame = match id {
            Some(id) => encode_reply(id, event),
            None => encode(event),
        };
        self.connection.send(frame).await?;
        self.bad_frames += 1;
        if self.bad_frames >= limits::BAD_FRAMES {
            return Err(End::Close(CloseCode::Protocol));
        }
        Ok(())
    }
}
