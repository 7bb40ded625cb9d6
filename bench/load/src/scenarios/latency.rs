//! The same pairs at a fixed rate: measures the time from sending to receiving.
//!
//! Messages are sent when they are due, regardless of the previous ones, and the clock
//! starts when a message is due: a stalled server is charged for everyone who had to wait.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::numbered::{self, Writer};
use super::throughput::roles;
use super::{Load, Sample, Tasks, sample};
use crate::accounts::Accounts;
use crate::connection::Connection;
use crate::installation::Installation;
use crate::protocol::Incoming;

/// The due times of each pair's messages.
type Due = Rc<RefCell<Vec<Instant>>>;

struct Sender {
    connection: Rc<Connection>,
    writer: Writer,
    due: Due,
}

/// `rate` in messages per second, over all pairs.
pub async fn latency(
    installation: &Installation<'_>,
    load: &Load,
    rate: f64,
) -> Result<Vec<Sample>> {
    let server = installation.serve()?;
    let accounts = Accounts::new(installation.system, &server).await?;
    let pairs = accounts.pairs(&server, load.pairs).await?;

    let measured: Rc<RefCell<Vec<Duration>>> = Rc::default();
    let warm = Rc::new(Cell::new(None));
    let mut tasks = Tasks::default();
    let mut senders = Vec::new();
    for (index, pair) in pairs.into_iter().enumerate() {
        let (connection, reader, conversation) = roles(index, pair);
        let due = Due::default();
        tasks.add(discard_frames(Rc::clone(&connection)));
        tasks.add(read(
            reader,
            Rc::clone(&due),
            Rc::clone(&warm),
            Rc::clone(&measured),
        ));
        senders.push(Sender {
            connection,
            writer: Writer::new(index, conversation),
            due,
        });
    }

    let start = Instant::now();
    warm.set(Some(start + load.warm_up));
    let whole = load.warm_up + load.window;
    let count = (rate * whole.as_secs_f64()) as u32;
    let mut failed = Ok(());
    tasks
        .run_until(async { failed = pace(senders, start, whole / count.max(1), count).await })
        .await?;
    failed?;
    let expected = f64::from(count) * load.window.as_secs_f64() / whole.as_secs_f64();
    let all_arrived = async {
        while (measured.borrow().len() as f64) < expected - 1.0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tasks
        .run_until(async { _ = tokio::time::timeout(load.drain, all_arrived).await })
        .await?;

    let mut times = measured.take();
    times.sort_unstable();
    let at = |share: f64| -> Result<f64> {
        let index = (share * times.len() as f64) as usize;
        let time = times.get(index.min(times.len().saturating_sub(1)));
        Ok(time.context("nothing was delivered")?.as_secs_f64() * 1000.0)
    };
    Ok(vec![
        sample("latency: rate", "messages/s", rate),
        sample("latency, median", "ms", at(0.5)?),
        sample("latency, 99th percentile", "ms", at(0.99)?),
        sample("latency, 99.9th percentile", "ms", at(0.999)?),
    ])
}

/// Sends `count` messages at this interval. It spins, because a timer is too coarse and the core is
/// the generator's own.
async fn pace(
    mut senders: Vec<Sender>,
    start: Instant,
    interval: Duration,
    count: u32,
) -> Result<()> {
    let sender_count = senders.len();
    for number in 0..count {
        let due = start + interval * number;
        while Instant::now() < due {
            tokio::task::yield_now().await;
        }
        let sender = &mut senders[number as usize % sender_count];
        sender.due.borrow_mut().push(due);
        sender.writer.queue_next(&sender.connection);
        sender.connection.flush()?;
        if number.is_multiple_of(16) {
            // A late sender must not keep the receivers from reading.
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}

async fn discard_frames(connection: Rc<Connection>) -> Result<()> {
    loop {
        connection.receive(|_| Ok(())).await?;
    }
}

async fn read(
    connection: Rc<Connection>,
    due: Due,
    warm: Rc<Cell<Option<Instant>>>,
    measured: Rc<RefCell<Vec<Duration>>>,
) -> Result<()> {
    loop {
        connection
            .receive(|incoming| {
                if let Incoming::Message { text, .. } = incoming
                    && let Some((_, number)) = numbered::read(text)?
                {
                    let due = due.borrow()[number - 1];
                    if warm.get().is_some_and(|warm| due >= warm) {
                        measured.borrow_mut().push(due.elapsed());
                    }
                }
                Ok(())
            })
            .await?;
    }
}
