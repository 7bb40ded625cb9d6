//! Pairs of a visitor and an agent: measures how many messages are saved and delivered.
//!
//! In every other pair the agent writes and the visitor reads. A writer keeps a fixed number of
//! messages in transit and sends the next one when one is acknowledged, which means saved.

use std::rc::Rc;

use anyhow::Result;

use super::counted::{Tally, count};
use super::numbered::{self, Progress, Writer};
use super::{Load, Sample, Team, sample};
use crate::crowd::{Crowd, Pair};
use crate::dialect::Heard;
use crate::installation::Installation;
use crate::link::Link;

/// `scenario` is the prefix of the numbers' names.
pub async fn throughput(
    installation: &Installation<'_>,
    load: &Load,
    scenario: &str,
) -> Result<Vec<Sample>> {
    let server = installation.serve()?;
    let crowd = Crowd::new(installation.system, &server).await?;
    let pairs = crowd.pairs(&server, load.pairs).await?;

    let tally = Tally::new();
    let mut team = Team::default();
    for (index, pair) in pairs.into_iter().enumerate() {
        let (link, reader, conversation) = roles(index, pair);
        let writer = Writer::new(index, conversation);
        team.add(write(link, writer, load.in_flight, Rc::clone(&tally)));
        team.add(read(reader, Rc::clone(&tally)));
    }
    let counted = tally.count(&mut team, &server, 1, load).await?;

    let both = counted.saved_per_second.min(counted.delivered_per_second);
    let mut samples = vec![sample(
        format!("{scenario}: saved and delivered"),
        "messages/s",
        both,
    )];
    samples.extend(counted.checks(scenario));
    Ok(samples)
}

/// The writer, the reader and their conversation.
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

/// Keeps `at_once` messages in transit.
pub async fn write(
    link: Rc<Link>,
    mut writer: Writer,
    at_once: usize,
    tally: Rc<Tally>,
) -> Result<()> {
    for _ in 0..at_once {
        writer.queue_next(&link);
        count(&tally.in_flight);
    }
    link.flush()?;
    loop {
        link.listen(|heard| {
            if let Heard::Reply { .. } = heard {
                count(&tally.saved);
                if tally.draining.get() {
                    tally.in_flight.set(tally.in_flight.get() - 1);
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
