//! The message writer: saves the messages that many sessions send at the same time in one
//! transaction (group commit).
//!
//! The messages of a conversation all use the same queue, so they keep their order.

use std::collections::BTreeMap;
use std::sync::Arc;

use deskbell_base::error::{AppError, AppResult};
use deskbell_base::scope::Scope;
use deskbell_base::text;
use deskbell_domain::conversations::writing::{
    self, DuplicateCheck, LockWait, NewMessage, Outcome, OutgoingMessage,
};
use deskbell_domain::core::Core;
use deskbell_hub::Hub;
use deskbell_protocol::{ClientMessageId, ErrorCode, Event, Message};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::task::JoinHandle;

use crate::ingest::batcher::{Batches, Queue, batcher, restarting};
use crate::workers::supervisor::Supervisor;

/// The maximum number of messages in one transaction.
const BATCH: usize = 1024;

/// The queues of messages that wait to be written. Postgres commits several transactions in
/// parallel, SQLite one after the other.
pub struct MessageWriter(Vec<Queue<WriteRequest>>);

/// The writer's tasks.
pub struct WriterTasks(Vec<Batches<WriteRequest>>);

/// A message, and the reply channel of its session.
struct WriteRequest {
    message: NewMessage,
    reply: oneshot::Sender<AppResult<Message>>,
}

impl AsRef<NewMessage> for WriteRequest {
    fn as_ref(&self) -> &NewMessage {
        &self.message
    }
}

/// A message that is being written.
pub struct PendingWrite {
    client_id: ClientMessageId,
    answer: oneshot::Receiver<AppResult<Message>>,
}

/// Creates a message writer with this many queues.
pub fn message_writer(queues: usize) -> (MessageWriter, WriterTasks) {
    let (queues, batches) = (0..queues).map(|_| batcher(BATCH)).unzip();
    (MessageWriter(queues), WriterTasks(batches))
}

impl MessageWriter {
    /// Checks a message and adds it to a queue; waits only while the queue is full.
    pub async fn send(
        &self,
        scope: &Scope,
        mut message: OutgoingMessage,
    ) -> AppResult<PendingWrite> {
        message.text = text::message(&message.text)?;
        let message = NewMessage {
            scope: scope.clone(),
            message,
        };
        let (reply, answer) = oneshot::channel();
        let client_id = message.message.client_id;
        let queue = message.message.conversation_id.0.as_u128() % self.0.len() as u128;
        let queue = usize::try_from(queue).unwrap_or_default();
        self.0[queue].push(WriteRequest { message, reply }).await?;
        Ok(PendingWrite { client_id, answer })
    }
}

impl PendingWrite {
    /// The reply to the sender, once the message is committed. Cancel-safe.
    pub async fn saved(&mut self) -> AppResult<Event> {
        let answer = (&mut self.answer).await;
        self.reply(answer.map_err(|_| restarting())?)
    }

    /// The message, once it is committed.
    pub async fn message(self) -> AppResult<Message> {
        self.answer.await.map_err(|_| restarting())?
    }

    /// The reply, if the message is committed already.
    pub fn try_saved(&mut self) -> Option<AppResult<Event>> {
        match self.answer.try_recv() {
            Ok(answer) => Some(self.reply(answer)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Closed) => Some(Err(restarting())),
        }
    }

    fn reply(&self, answer: AppResult<Message>) -> AppResult<Event> {
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

impl WriterTasks {
    /// Starts one worker for each queue.
    pub fn start(self, core: &Core, hub: &Hub, supervisor: &Supervisor) -> Vec<JoinHandle<()>> {
        let batches = self.0.into_iter();
        let start = |batches: Batches<WriteRequest>| {
            let parts = Arc::new((core.clone(), hub.clone()));
            batches.start(supervisor, "message writer", move |batch| {
                let parts = Arc::clone(&parts);
                async move { save_all(&parts.0, &parts.1, batch, LockWait::Normal).await }
            })
        };
        batches.map(start).collect()
    }
}

/// Saves a batch; returns what must be retried. If the batch fails as a whole, each message is
/// tried alone, so that one cannot affect the others; but not while the database is unavailable. If
/// a lock was not granted, each workspace is tried alone, so that a frozen node delays the others
/// only once.
async fn save_all(
    core: &Core,
    hub: &Hub,
    batch: Vec<WriteRequest>,
    wait: LockWait,
) -> Vec<WriteRequest> {
    let saved = match writing::save(core, &batch, DuplicateCheck::WhereRefused, wait).await {
        Err(error) if error.body.code == ErrorCode::Conflict => {
            writing::save(core, &batch, DuplicateCheck::Everywhere, wait).await
        }
        saved => saved,
    };
    match saved {
        Err(error) if wait == LockWait::Normal && error.is_lock_timeout() => {
            let mut workspaces: BTreeMap<_, Vec<_>> = BTreeMap::new();
            for request in batch {
                let workspace = request.message.scope.workspace_id();
                workspaces.entry(workspace).or_default().push(request);
            }
            let mut again = Vec::new();
            for batch in workspaces.into_values() {
                again.extend(Box::pin(save_all(core, hub, batch, LockWait::Short)).await);
            }
            again
        }
        Ok(outcomes) => {
            let mut again = Vec::new();
            for (request, outcome) in batch.into_iter().zip(outcomes) {
                match outcome {
                    Outcome::Answer(answer) => request.answer(*answer),
                    Outcome::Later => again.push(request),
                    Outcome::Reopen => match reopen(core, hub, &request.message).await {
                        Ok(()) => again.push(request),
                        Err(error) => request.answer(Err(error)),
                    },
                    Outcome::Assign => match writing::assign_and_save(core, &request.message).await
                    {
                        Ok(Some(message)) => request.answer(Ok(message)),
                        Ok(None) => again.push(request),
                        Err(error) => request.answer(Err(error)),
                    },
                }
            }
            again
        }
        // The database is unavailable: retrying one by one would fail, too.
        Err(error) if batch.len() == 1 || error.body.code == ErrorCode::Unavailable => {
            error.log();
            for request in batch {
                request.answer(Err(AppError::from(error.body.clone())));
            }
            Vec::new()
        }
        Err(_) => {
            let mut again = Vec::new();
            for request in batch {
                again.extend(Box::pin(save_all(core, hub, vec![request], wait)).await);
            }
            again
        }
    }
}

async fn reopen(core: &Core, hub: &Hub, message: &NewMessage) -> AppResult<()> {
    writing::reopen(core, message, |workspace_id, agent| {
        hub.is_reachable(workspace_id, agent)
    })
    .await
}

impl WriteRequest {
    /// The session may have ended. The message is saved, and its client gets it when it resumes.
    fn answer(self, answer: AppResult<Message>) {
        let _ = self.reply.send(answer);
    }
}
