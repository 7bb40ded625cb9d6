//! The way of a message into the database: what many sessions say at the same time is saved
//! together.
//!
//! A commit waits for the disk, and each statement costs a trip to the database, however many rows
//! it takes. So sessions put what is said into a lane and wait; the lane's worker takes all that
//! lies there, decides on each, saves what may be saved in one transaction and answers when it is
//! committed. While it commits the next batch gathers by itself: there is no timer, and a message
//! that is alone waits for nobody. A conversation's messages all take one lane, so they keep their
//! order.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use deskbell_protocol::{
    AgentView, Body, ClientId, ConversationId, ErrorCode, Event, Message, Sender, Status, UserId,
};
use deskbell_store::conversations::{self, Locked};
use deskbell_store::messages::{self, Unsaved};
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::app::App;
use crate::auth::scope::Scope;
use crate::clock;
use crate::domain::conversations::{already_claimed, hold_member, hold_own_membership};
use crate::error::{AppError, AppResult};

/// At most so many messages are saved in one transaction.
const BATCH: usize = 1024;
/// At most so many wait in a lane; a session that finds it full waits, and so does its client.
const LANE: usize = 4096;

/// The lanes, seen from the sessions. Postgres commits several transactions side by side, SQLite
/// one after the other.
pub struct Lanes(Vec<mpsc::Sender<Sending>>);

/// The lanes, seen from the workers.
pub struct Work(Vec<mpsc::Receiver<Sending>>);

/// A message to be saved, as the `send` command describes it.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub conversation_id: ConversationId,
    pub client_id: ClientId,
    pub text: String,
    /// Agent: the colleague to whom the sender knows the conversation to be assigned.
    pub assignee: Option<UserId>,
}

/// A queued message, with the channel for its answer.
struct Sending {
    scope: Scope,
    message: Outgoing,
    reply: oneshot::Sender<AppResult<Message>>,
}

/// A message on its way.
pub struct Saving {
    client_id: ClientId,
    answer: oneshot::Receiver<AppResult<Message>>,
}

/// What becomes of it.
enum Fate {
    /// The answer is known.
    Answer(Box<AppResult<Message>>),
    /// A visitor's: the resolved conversation must be reopened first.
    Reopen,
    /// An agent's: the conversation becomes the agent's in the transaction that saves the message.
    Assign,
    /// The same client id is in this batch already: the next one will find it.
    Later,
}

/// So many lanes.
pub fn lanes(count: usize) -> (Lanes, Work) {
    let (senders, receivers) = (0..count).map(|_| mpsc::channel(LANE)).unzip();
    (Lanes(senders), Work(receivers))
}

impl Lanes {
    /// Takes a message that was checked by [`super::text::message`]; waits only while a lane is full.
    pub async fn send(&self, scope: Scope, message: Outgoing) -> AppResult<Saving> {
        let (reply, answer) = oneshot::channel();
        let client_id = message.client_id;
        let lane = message.conversation_id.0.as_u128() % self.0.len() as u128;
        let sending = Sending {
            scope,
            message,
            reply,
        };
        let lane = usize::try_from(lane).unwrap_or_default();
        self.0[lane].send(sending).await.map_err(|_| restarting())?;
        Ok(Saving { client_id, answer })
    }
}

impl Outgoing {
    fn body(&self) -> Body {
        Body::Text {
            text: self.text.clone(),
        }
    }
}

impl Saving {
    /// The answer to whoever sent it, when it is committed. Safe to be dropped while it waits.
    pub async fn saved(&mut self) -> AppResult<Event> {
        let answer = (&mut self.answer).await;
        self.tell(answer.map_err(|_| restarting())?)
    }

    /// The answer if it is committed already.
    pub fn try_saved(&mut self) -> Option<AppResult<Event>> {
        match self.answer.try_recv() {
            Ok(answer) => Some(self.tell(answer)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Closed) => Some(Err(restarting())),
        }
    }

    fn tell(&self, answer: AppResult<Message>) -> AppResult<Event> {
        let message = answer?;
        Ok(Event::Saved {
            conversation_id: message.conversation_id,
            client_id: self.client_id,
            message_id: message.id,
            seq: message.seq,
            created_at: message.created_at,
        })
    }
}

fn restarting() -> AppError {
    AppError::new(
        ErrorCode::Unavailable,
        "The server is restarting. Try again in a moment.",
    )
}

impl Work {
    /// One worker for each lane; they end when they are aborted.
    pub fn start(self, app: &App) -> Vec<tokio::task::JoinHandle<()>> {
        let lanes = self.0.into_iter();
        lanes
            .map(|lane| {
                // One worker after the other: if one fails, the next goes on with what waits.
                let (own, lane) = (app.clone(), Arc::new(Mutex::new(lane)));
                let begin = move || work(own.clone(), Arc::clone(&lane));
                app.workers.start("sending", begin)
            })
            .collect()
    }
}

async fn work(app: App, lane: Arc<Mutex<mpsc::Receiver<Sending>>>) {
    let mut lane = lane.lock().await;
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        if batch.is_empty() && lane.recv_many(&mut batch, BATCH).await == 0 {
            return;
        }
        // Whoever has a word ready says it now: the larger the batch, the less each message costs.
        // One round through all sessions in which nobody does ends the waiting.
        while batch.len() < BATCH {
            tokio::task::yield_now().await;
            let before = batch.len();
            while batch.len() < BATCH
                && let Ok(sending) = lane.try_recv()
            {
                batch.push(sending);
            }
            if batch.len() == before {
                break;
            }
        }
        batch = save_all(&app, batch).await;
    }
}

/// Saves a batch; returns what must be tried again. If the batch fails as a whole, each is tried
/// alone, so that one cannot spoil the others'; but not while the database does not answer.
async fn save_all(app: &App, batch: Vec<Sending>) -> Vec<Sending> {
    let saved = match save(app, &batch, Repeats::Unlikely).await {
        Err(error) if error.body.code == ErrorCode::Conflict => {
            save(app, &batch, Repeats::Certain).await
        }
        saved => saved,
    };
    match saved {
        Ok(fates) => {
            let mut again = Vec::new();
            for (sending, fate) in batch.into_iter().zip(fates) {
                match fate {
                    Fate::Answer(answer) => sending.answer(*answer),
                    Fate::Later => again.push(sending),
                    Fate::Reopen => match reopen(app, &sending).await {
                        Ok(()) => again.push(sending),
                        Err(error) => sending.answer(Err(error)),
                    },
                    Fate::Assign => match assign_and_save(app, &sending).await {
                        Ok(Some(message)) => sending.answer(Ok(message)),
                        Ok(None) => again.push(sending),
                        Err(error) => sending.answer(Err(error)),
                    },
                }
            }
            again
        }
        // Nobody's fault, and it would meet them all again one by one.
        Err(error) if batch.len() == 1 || error.body.code == ErrorCode::Unavailable => {
            error.log();
            for sending in batch {
                sending.answer(Err(AppError::from(error.body.clone())));
            }
            Vec::new()
        }
        Err(_) => {
            let mut again = Vec::new();
            for sending in batch {
                again.extend(Box::pin(save_all(app, vec![sending])).await);
            }
            again
        }
    }
}

/// Whether something in a batch was sent before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeats {
    /// Where a message may be saved it is not looked for: the database refuses one that stands
    /// already.
    Unlikely,
    /// It has refused.
    Certain,
}

/// One transaction for all; nothing is saved if it fails. `Conflict` if something stands already.
async fn save(app: &App, batch: &[Sending], repeats: Repeats) -> AppResult<Vec<Fate>> {
    let mut tx = app.store.begin_batch(clock::now()).await?;
    let ids: BTreeSet<_> = batch.iter().map(|it| it.message.conversation_id).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let mut heads = conversations::lock_all(&mut tx, &ids).await?;
    let is_doubtful = |sending: &&Sending| {
        let head = heads.get(&sending.message.conversation_id);
        repeats == Repeats::Certain || !head.is_some_and(|head| sending.may_go_on(head))
    };
    let doubtful: Vec<_> = batch.iter().filter(is_doubtful).map(Sending::key).collect();
    let known = messages::find_all_by_client_id(&mut tx, &doubtful).await?;
    let mut fates = Vec::with_capacity(batch.len());
    let mut unsaved = Vec::with_capacity(batch.len());
    let mut taken = HashSet::with_capacity(batch.len());
    for sending in batch {
        let head = heads.get(&sending.message.conversation_id);
        let fate = match sending.decide(head, known.get(&sending.key())) {
            Decision::Save(_) if !taken.insert(sending.key()) => Some(Fate::Later),
            Decision::Save(message) => {
                unsaved.push(message);
                None
            }
            Decision::Reopen => Some(Fate::Reopen),
            Decision::Assign => Some(Fate::Assign),
            Decision::Answer(answer) => Some(Fate::Answer(answer)),
        };
        fates.push(fate);
    }
    let saved = messages::append_all(&mut tx, &mut heads, unsaved).await?;
    tx.keep(heads);
    tx.commit().await?;
    let mut saved = saved.into_iter();
    let fates = fates.into_iter().map(|fate| {
        fate.or_else(|| {
            saved
                .next()
                .map(|message| Fate::Answer(Box::new(Ok(message))))
        })
        .unwrap_or(Fate::Later)
    });
    Ok(fates.collect())
}

/// Reopens a resolved conversation whose visitor writes: for its agent if that is a member who can be
/// reached, or else for everybody.
async fn reopen(app: &App, sending: &Sending) -> AppResult<()> {
    let Scope::Visitor(visitor) = &sending.scope else {
        return Ok(());
    };
    let workspace_id = visitor.workspace_id;
    let mut tx = app.begin().await?;
    let id = sending.message.conversation_id;
    let before = conversations::get_for_visitor(&mut tx, visitor, id).await?;
    let agent = hold_member(&mut tx, workspace_id, before.assignee).await?;
    let resolved =
        conversations::lock_for_visitor(&mut tx, visitor, sending.message.conversation_id).await?;
    if resolved.status != Status::Resolved {
        return Ok(());
    }
    let is_reachable = |agent: &AgentView| {
        let presence = app.hub.presence();
        resolved
            .assignee
            .as_ref()
            .is_some_and(|it| it.id == agent.id)
            && presence.is_reachable(workspace_id, agent.id)
    };
    let (status, assignee) = match agent.filter(is_reachable) {
        Some(agent) => (Status::Active, Some(agent)),
        None => (Status::Waiting, None),
    };
    let reopened = conversations::set_status(&mut tx, &resolved, status, assignee);
    let body = Body::Reopened {
        name: visitor.name.clone(),
    };
    messages::append(&mut tx, &reopened, &Sender::System, None, &body).await?;
    Ok(tx.commit().await?)
}

/// Claims a waiting conversation, or reopens a resolved one, for the agent who writes in it, and
/// saves the message in the same transaction. `None` if neither is needed any more: the message
/// must be decided on again.
async fn assign_and_save(app: &App, sending: &Sending) -> AppResult<Option<Message>> {
    let Scope::Agent(agent) = &sending.scope else {
        return Ok(None);
    };
    let message = &sending.message;
    let mut tx = app.begin().await?;
    hold_own_membership(&mut tx, agent).await?;
    let unassigned = conversations::lock_for_agent(&mut tx, agent, message.conversation_id).await?;
    let name = agent.user.name.clone();
    let told = match unassigned.status {
        Status::Resolved => Body::Reopened { name },
        Status::Waiting => Body::Joined { name },
        Status::Active if unassigned.assignee.is_none() => Body::Joined { name },
        _ => return Ok(None),
    };
    let known = messages::find_all_by_client_id(&mut tx, &[sending.key()]).await?;
    if !known.is_empty() {
        return Ok(None);
    }
    let assignee = Some(agent.user.clone());
    let assigned = conversations::set_status(&mut tx, &unassigned, Status::Active, assignee);
    let told = messages::append(&mut tx, &assigned, &Sender::System, None, &told).await?;
    let (sender, body) = (sending.sender(), message.body());
    let client_id = Some(message.client_id);
    let saved = messages::append(&mut tx, &told.conversation, &sender, client_id, &body).await?;
    tx.commit().await?;
    Ok(Some(saved.message))
}

enum Decision {
    Save(Unsaved),
    Reopen,
    Assign,
    Answer(Box<AppResult<Message>>),
}

impl Sending {
    fn key(&self) -> (ConversationId, ClientId) {
        (self.message.conversation_id, self.message.client_id)
    }

    /// Whoever sent it may be gone; it is saved all the same, and told when they come back.
    fn answer(self, answer: AppResult<Message>) {
        let _ = self.reply.send(answer);
    }

    /// Whether nothing but its having been sent before can keep it from being saved.
    fn may_go_on(&self, head: &Locked) -> bool {
        match self.scope {
            Scope::Visitor(_) => matches!(head.status, Status::Waiting | Status::Active),
            Scope::Agent(_) => head.status == Status::Active && self.is_expected(head),
        }
    }

    /// Whether an active conversation is the agent's, or that of the colleague whom the agent names.
    fn is_expected(&self, head: &Locked) -> bool {
        let (Scope::Agent(agent), Some(assignee)) = (&self.scope, &head.assignee) else {
            return false;
        };
        assignee.id == agent.user.id || self.message.assignee == Some(assignee.id)
    }

    fn decide(&self, head: Option<&Locked>, known: Option<&Message>) -> Decision {
        let refuse = |error| Decision::Answer(Box::new(Err(error)));
        let Some(head) = head.filter(|head| self.reaches(head)) else {
            return refuse(deskbell_store::Error::NotFound.into());
        };
        // A repeated send is answered as the first was, whatever has happened to the conversation since.
        if let Some(message) = known {
            return if self.wrote(message) {
                Decision::Answer(Box::new(Ok(message.clone())))
            } else {
                refuse(AppError::new(
                    ErrorCode::Conflict,
                    "This client_id belongs to someone else's message.",
                ))
            };
        }
        match (&self.scope, head.status) {
            (_, Status::Closed) => return refuse(AppError::closed()),
            (Scope::Visitor(_), Status::Resolved) => return Decision::Reopen,
            (Scope::Agent(_), Status::Waiting | Status::Resolved) => return Decision::Assign,
            (Scope::Agent(_), Status::Active) if head.assignee.is_none() => {
                return Decision::Assign;
            }
            (Scope::Agent(_), _) if !self.is_expected(head) => {
                return refuse(already_claimed(head.assignee.clone()));
            }
            (Scope::Visitor(_) | Scope::Agent(_), _) => {}
        }
        Decision::Save(Unsaved {
            conversation_id: self.message.conversation_id,
            sender: self.sender(),
            client_id: Some(self.message.client_id),
            body: self.message.body(),
        })
    }

    fn sender(&self) -> Sender {
        match &self.scope {
            Scope::Visitor(visitor) => Sender::Visitor {
                id: visitor.visitor_id,
                name: visitor.name.clone(),
            },
            Scope::Agent(agent) => Sender::Agent {
                id: agent.user.id,
                name: agent.user.name.clone(),
            },
        }
    }

    fn reaches(&self, head: &Locked) -> bool {
        match &self.scope {
            Scope::Visitor(visitor) => head.is_of_visitor(visitor),
            Scope::Agent(agent) => head.is_of_workspace(agent.workspace_id),
        }
    }

    fn wrote(&self, message: &Message) -> bool {
        match (&self.scope, &message.sender) {
            (Scope::Visitor(visitor), Sender::Visitor { id, .. }) => visitor.visitor_id == *id,
            (Scope::Agent(agent), Sender::Agent { id, .. }) => agent.user.id == *id,
            _ => false,
        }
    }
}
