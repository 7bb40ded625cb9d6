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
use super::{Load, Sample, Team, sample};
use crate::crowd::Crowd;
use crate::dialect::Heard;
use crate::installation::Installation;
use crate::link::Link;

/// The due times of each pair's messages.
type Due = Rc<RefCell<Vec<Instant>>>;

struct Line {
    link: Rc<Link>,
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
    let crowd = Crowd::new(installation.system, &server).await?;
    let pairs = crowd.pairs(&server, load.pairs).await?;

    let measured: Rc<RefCell<Vec<Duration>>> = Rc::default();
    let warm = Rc::new(Cell::new(None));
    let mut team = Team::default();
    let mut lines = Vec::new();
    for (index, pair) in pairs.into_iter().enumerate() {
        let (link, reader, conversation) = roles(index, pair);
        let due = Due::default();
        team.add(ignore(Rc::clone(&link)));
        team.add(read(
            reader,
            Rc::clone(&due),
            Rc::clone(&warm),
            Rc::clone(&measured),
        ));
        lines.push(Line {
            link,
            writer: Writer::new(index, conversation),
            due,
        });
    }

    let begin = Instant::now();
    warm.set(Some(begin + load.warm_up));
    let whole = load.warm_up + load.window;
    let count = (rate * whole.as_secs_f64()) as u32;
    let mut failed = Ok(());
    team.work_until(async { failed = pace(lines, begin, whole / count.max(1), count).await })
        .await?;
    failed?;
    let wanted = f64::from(count) * load.window.as_secs_f64() / whole.as_secs_f64();
    let all_there = async {
        while (measured.borrow().len() as f64) < wanted - 1.0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    team.work_until(async { _ = tokio::time::timeout(load.drain, all_there).await })
        .await?;

    let mut times = measured.take();
    times.sort_unstable();
    let at = |share: f64| -> Result<f64> {
        let place = (share * times.len() as f64) as usize;
        let time = times.get(place.min(times.len().saturating_sub(1)));
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
async fn pace(mut lines: Vec<Line>, begin: Instant, apart: Duration, count: u32) -> Result<()> {
    let places = lines.len();
    for number in 0..count {
        let due = begin + apart * number;
        while Instant::now() < due {
            tokio::task::yield_now().await;
        }
        let line = &mut lines[number as usize % places];
        line.due.borrow_mut().push(due);
        line.writer.queue_next(&line.link);
        line.link.flush()?;
        if number.is_multiple_of(16) {
            // A late sender must not keep the receivers from reading.
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}

async fn ignore(link: Rc<Link>) -> Result<()> {
    loop {
        link.listen(|_| Ok(())).await?;
    }
}

async fn read(
    link: Rc<Link>,
    due: Due,
    warm: Rc<Cell<Option<Instant>>>,
    measured: Rc<RefCell<Vec<Duration>>>,
) -> Result<()> {
    loop {
        link.listen(|heard| {
            if let Heard::Message { text, .. } = heard
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
