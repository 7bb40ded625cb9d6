//! A batcher: a bounded queue whose worker processes all queued jobs at once.
//!
//! While the worker processes one batch, the next one collects by itself. So there is no timer, and
//! a single job is not delayed.

use std::sync::Arc;

use deskbell_base::error::{AppError, AppResult};
use deskbell_protocol::ErrorCode;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use crate::workers::supervisor::Supervisor;

/// The capacity of a queue. When it is full, sessions wait, and so do their clients.
const CAPACITY: usize = 4096;

/// The sending end of the queue, for sessions.
pub struct Queue<J>(mpsc::Sender<J>);

/// The receiving end of the queue, for the worker.
pub struct Batches<J> {
    jobs: mpsc::Receiver<J>,
    most: usize,
}

/// A batcher whose batches have at most `most` jobs.
pub fn batcher<J>(most: usize) -> (Queue<J>, Batches<J>) {
    let (queue, jobs) = mpsc::channel(CAPACITY);
    (Queue(queue), Batches { jobs, most })
}

impl<J> Queue<J> {
    /// Adds a job; waits while the queue is full.
    pub async fn push(&self, job: J) -> AppResult<()> {
        self.0.send(job).await.map_err(|_| restarting())
    }
}

impl<J: Send + 'static> Batches<J> {
    /// Starts the worker, which ends when it is aborted. `process` returns the jobs that must be
    /// retried with the next batch.
    pub fn start<P, F>(
        self,
        supervisor: &Supervisor,
        name: &'static str,
        process: P,
    ) -> JoinHandle<()>
    where
        P: Fn(Vec<J>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Vec<J>> + Send + 'static,
    {
        // A worker that is restarted after a panic continues with the queued jobs.
        let (jobs, most) = (Arc::new(Mutex::new(self.jobs)), self.most);
        supervisor.start(name, move || work(Arc::clone(&jobs), most, process.clone()))
    }
}

async fn work<J, P, F>(jobs: Arc<Mutex<mpsc::Receiver<J>>>, most: usize, process: P)
where
    P: Fn(Vec<J>) -> F,
    F: Future<Output = Vec<J>>,
{
    let mut jobs = jobs.lock().await;
    let mut batch = Vec::with_capacity(most);
    loop {
        if batch.is_empty() && jobs.recv_many(&mut batch, most).await == 0 {
            return;
        }
        fill(&mut jobs, &mut batch, most).await;
        batch = process(batch).await;
    }
}

/// Yields to other tasks until none of them adds a job: the larger the batch, the less each job
/// costs.
async fn fill<J>(jobs: &mut mpsc::Receiver<J>, batch: &mut Vec<J>, most: usize) {
    while batch.len() < most {
        tokio::task::yield_now().await;
        let before = batch.len();
        while batch.len() < most
            && let Ok(job) = jobs.try_recv()
        {
            batch.push(job);
        }
        if batch.len() == before {
            break;
        }
    }
}

/// The refusal while a worker is being restarted, or the server stops.
pub fn restarting() -> AppError {
    AppError::new(
        ErrorCode::Unavailable,
        "The server is restarting. Try again in a moment.",
    )
}
