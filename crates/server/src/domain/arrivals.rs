//! The door: what many visitors are asked at their hello at the same time is read together.
//!
//! After a restart all come back at once, and to each the database would be asked the same two
//! things: who is this, and where did they leave off. So sessions put their questions into a lane
//! and wait; the lane's worker takes all that lie there and reads the answers to all of them in
//! one statement. While it reads the next gather by themselves: there is no timer, and whoever
//! comes alone waits for nobody. An answer is never older than its question.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use deskbell_protocol::{Conversation, ErrorCode, SiteId, VisitorId, WorkspaceId};
use deskbell_store::visitors::Visit;
use deskbell_store::{Reader, Result, VisitorScope, conversations, visitors};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::app::App;
use crate::error::{AppError, AppResult};

/// At most so many questions are answered by one statement.
const BATCH: usize = 256;
/// At most so many wait in a lane; a session that finds it full waits until there is room.
const LANE: usize = 4096;

/// The door, seen from the sessions.
pub struct Arrivals {
    visits: Lane<Visiting>,
    conversations: Lane<Talking>,
}

/// The door, seen from the workers.
pub struct Work {
    visits: mpsc::Receiver<Asked<Visiting>>,
    conversations: mpsc::Receiver<Asked<Talking>>,
}

/// Who is this, on this site?
type Visiting = (SiteId, VisitorId);

/// The question for a visitor's newest conversation that is not closed, or else the newest closed one.
type Talking = (WorkspaceId, VisitorId);

/// What can be asked for many at once.
trait Question: Copy + Eq + Hash + Send + Sync + 'static {
    type Answer: Clone + Send + 'static;

    /// The answers to those that have one.
    fn read(
        asked: &[Self],
        reader: &mut Reader,
    ) -> impl Future<Output = Result<HashMap<Self, Self::Answer>>> + Send;
}

impl Question for Visiting {
    type Answer = Visit;

    async fn read(asked: &[Self], reader: &mut Reader) -> Result<HashMap<Self, Visit>> {
        visitors::find_visits(reader, asked).await
    }
}

impl Question for Talking {
    type Answer = Conversation;

    async fn read(asked: &[Self], reader: &mut Reader) -> Result<HashMap<Self, Conversation>> {
        conversations::newest_for_visitors(reader, asked).await
    }
}

/// A question, and who waits for its answer.
struct Asked<Q: Question> {
    question: Q,
    reply: oneshot::Sender<AppResult<Option<Q::Answer>>>,
}

/// Where questions of one kind gather.
struct Lane<Q: Question>(mpsc::Sender<Asked<Q>>);

/// A door that nobody is at yet.
pub fn door() -> (Arrivals, Work) {
    let (visits, visits_asked) = mpsc::channel(LANE);
    let (conversations, conversations_asked) = mpsc::channel(LANE);
    let arrivals = Arrivals {
        visits: Lane(visits),
        conversations: Lane(conversations),
    };
    let work = Work {
        visits: visits_asked,
        conversations: conversations_asked,
    };
    (arrivals, work)
}

impl Arrivals {
    /// The visitor whom a token names, on a site that is not deleted.
    pub async fn find_visit(&self, site: SiteId, visitor: VisitorId) -> AppResult<Option<Visit>> {
        self.visits.ask((site, visitor)).await
    }

    /// The visitor's newest conversation that is not closed; if all are, the newest of them.
    pub async fn find_current(&self, visitor: &VisitorScope) -> AppResult<Option<Conversation>> {
        let question = (visitor.workspace_id, visitor.visitor_id);
        self.conversations.ask(question).await
    }
}

impl<Q: Question> Lane<Q> {
    /// `None`: there is no answer to this one.
    async fn ask(&self, question: Q) -> AppResult<Option<Q::Answer>> {
        let (reply, answer) = oneshot::channel();
        let asked = Asked { question, reply };
        self.0.send(asked).await.map_err(|_| restarting())?;
        answer.await.map_err(|_| restarting())?
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
    pub fn start(self, app: &App) -> [JoinHandle<()>; 2] {
        [start(app, self.visits), start(app, self.conversations)]
    }
}

fn start<Q: Question>(app: &App, lane: mpsc::Receiver<Asked<Q>>) -> JoinHandle<()> {
    // One worker after the other: if one fails, the next goes on with what waits.
    let (own, lane) = (app.clone(), Arc::new(Mutex::new(lane)));
    let begin = move || work(own.clone(), Arc::clone(&lane));
    app.workers.start("arrivals", begin)
}

async fn work<Q: Question>(app: App, lane: Arc<Mutex<mpsc::Receiver<Asked<Q>>>>) {
    let mut lane = lane.lock().await;
    let mut batch = Vec::with_capacity(BATCH);
    while lane.recv_many(&mut batch, BATCH).await > 0 {
        // Whoever is about to ask does so now.
        tokio::task::yield_now().await;
        while batch.len() < BATCH
            && let Ok(asked) = lane.try_recv()
        {
            batch.push(asked);
        }
        answer_all(&app, &mut batch).await;
    }
}

/// Answers a batch and leaves it empty. If it fails as a whole, each is answered alone, so that one
/// cannot spoil the others'; but not while the database does not answer.
async fn answer_all<Q: Question>(app: &App, batch: &mut Vec<Asked<Q>>) {
    let questions: Vec<Q> = batch.iter().map(|asked| asked.question).collect();
    match read(app, &questions).await {
        Ok(found) => {
            for asked in batch.drain(..) {
                let answer = found.get(&asked.question).cloned();
                asked.answer(Ok(answer));
            }
        }
        Err(error) if error.body.code == ErrorCode::Unavailable => {
            error.log();
            for asked in batch.drain(..) {
                asked.answer(Err(AppError::from(error.body.clone())));
            }
        }
        Err(_) => {
            for asked in batch.drain(..) {
                let alone = read(app, &[asked.question]).await;
                let answer = alone.map(|mut found| found.remove(&asked.question));
                asked.answer(answer);
            }
        }
    }
}

async fn read<Q: Question>(app: &App, questions: &[Q]) -> AppResult<HashMap<Q, Q::Answer>> {
    let mut reader = app.store.read().await?;
    Ok(Q::read(questions, &mut reader).await?)
}

impl<Q: Question> Asked<Q> {
    /// Whoever asked may be gone.
    fn answer(self, answer: AppResult<Option<Q::Answer>>) {
        let _ = self.reply.send(answer);
    }
}
