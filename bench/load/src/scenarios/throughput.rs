//! Pairs of a visitor and an agent: as many messages as go through, saved and delivered.
//!
//! In every other pair the agent writes and the visitor reads. A writer keeps a fixed number of
//! messages under way and writes the next one when one is acknowledged, which means saved.

use std::cell::Cell;
use std::rc::Rc;

use anyhow::Result;

use super::numbered::{self, Progress, Writer};
use super::{Load, Sample, Tally, Team, count, sample};
use crate::crowd::{Crowd, Pair};
use crate::dialect::Heard;
use crate::installation::Installation;
use crate::link::Link;
use crate::process::Meter;

pub async fn throughput(installation: &Installation<'_>, load: &Load) -> Result<Vec<Sample>> {
    let server = installation.serve()?;
    let crowd = Crowd::new(installation.system, &server).await?;
    let pairs = crowd.pairs(&server, load.pairs).await?;

    let tally = Tally::new();
    let in_flight = Rc::new(Cell::new(0));
    let mut team = Team::default();
    for (index, pair) in pairs.into_iter().enumerate() {
        let (writer, reader, conversation) = roles(index, pair);
        team.add(write(
            writer,
            Writer::new(index, conversation),
            load.in_flight,
            Rc::clone(&in_flight),
            Rc::clone(&tally),
        ));
        team.add(read(reader, Rc::clone(&tally)));
    }

    team.work_for(load.warm_up).await?;
    let meter = Meter::start()?;
    let (saved, delivered) = (tally.saved.get(), tally.delivered.get());
    team.work_for(load.window).await?;
    let (saved, delivered) = (tally.saved.get() - saved, tally.delivered.get() - delivered);
    let busy = meter.read()?;
    tally.drained(&mut team, &in_flight, 1, load.drain).await?;

    let all = tally.saved.get();
    let missing = all.abs_diff(tally.delivered.get());
    Ok(vec![
        sample("saved", "messages/s", per_second(saved, load)),
        sample(
            "saved and delivered",
            "messages/s",
            per_second(saved.min(delivered), load),
        ),
        sample(
            "out of order",
            "% of messages",
            percent(tally.out_of_order.get(), all),
        ),
        sample(
            "saved but not delivered",
            "% of messages",
            percent(missing, all),
        ),
        sample(
            "throughput: server's core busy",
            "%",
            100.0 * busy.server_core,
        ),
        sample(
            "throughput: generator's core busy",
            "%",
            100.0 * busy.generator,
        ),
    ])
}

/// Who writes, who reads, and where.
pub fn roles(index: usize, pair: Pair) -> (Rc<Link>, Rc<Link>, String) {
    let Pair {
        visitor,
        agent,
        conversation,
    } = pair;
    if index.is_multiple_of(2) {
        (visitor, agent, conversation)
    } else {
        (agent, visitor, conversation)
    }
}

pub fn per_second(number: u64, load: &Load) -> f64 {
    number as f64 / load.window.as_secs_f64()
}

pub fn percent(part: u64, whole: u64) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

/// Keeps `at_once` messages under way.
pub async fn write(
    link: Rc<Link>,
    mut writer: Writer,
    at_once: usize,
    in_flight: Rc<Cell<u64>>,
    tally: Rc<Tally>,
) -> Result<()> {
    for _ in 0..at_once {
        writer.queue_next(&link);
        count(&in_flight);
    }
    link.flush()?;
    loop {
        link.listen(|heard| {
            if let Heard::Reply { .. } = heard {
                count(&tally.saved);
                if tally.draining.get() {
                    in_flight.set(in_flight.get() - 1);
                } else {
                    writer.queue_next(&link);
                }
            }
            Ok(())
        })
        .await?;
    }
}

async fn read(link: Rc<Link>, tally: Rc<Tally>) -> Result<()> {
    let mut progress = Progress::default();
    loop {
        link.listen(|heard| {
            if let Heard::Message { position, text } = heard
                && let Some((_, number)) = numbered::read(text)?
            {
                progress.note(number, position, &tally);
            }
            Ok(())
        })
        .await?;
    }
}
