//! Pairs of a visitor and an agent: measures how many messages are saved and delivered.
//!
//! In every other pair the agent writes and the visitor reads. A writer keeps a fixed number of
//! messages in transit and sends the next one when one is acknowledged, which means saved.

use std::rc::Rc;

use anyhow::Result;

use super::counted::{Tally, count};
use super::numbered::{self, Progress, Writer};
use super::{Load, Sample, Tasks, sample};
use crate::accounts::{Accounts, Pair};
use crate::connection::Connection;
use crate::installation::Installation;
use crate::protocol::Incoming;

/// `scenario` is the prefix of the numbers' names.
pub async fn throughput(
    installation: &Installation<'_>,
    load: &Load,
    scenario: &str,
) -> Result<Vec<Sample>> {
    let server = installation.serve()?;
    let accounts = Accounts::new(installation.system, &server).await?;
    let pairs = accounts.pairs(&server, load.pairs).await?;

    let tally = Tally::new();
    let mut tasks = Tasks::default();
    for (index, pair) in pairs.into_iter().enumerate() {
        let (connection, reader, conversation) = roles(index, pair);
        let writer = Writer::new(index, conversation);
        tasks.add(write(connection, writer, load.in_flight, Rc::clone(&tally)));
        tasks.add(read(reader, Rc::clone(&tally)));
    }
    let counted = tally.count(&mut tasks, &server, 1, load).await?;

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
pub fn roles(index: usize, pair: Pair) -> (Rc<Connection>, Rc<Connection>, String) {
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
    connection: Rc<Connection>,
    mut writer: Writer,
    at_once: usize,
    tally: Rc<Tally>,
) -> Result<()> {
    for _ in 0..at_once {
        writer.queue_next(&connection);
        count(&tally.in_flight);
    }
    connection.flush()?;
    loop {
        connection
            .receive(|incoming| {
                if let Incoming::Reply { .. } = incoming {
                    count(&tally.saved);
                    if tally.draining.get() {
                        tally.in_flight.set(tally.in_flight.get() - 1);
                    } else {
                        writer.queue_next(&connection);
                    }
                }
                Ok(())
            })
            .await?;
    }
}

async fn read(connection: Rc<Connection>, tally: Rc<Tally>) -> Result<()> {
    let mut progress = Progress::default();
    loop {
        connection
            .receive(|incoming| {
                if let Incoming::Message { position, text } = incoming
                    && let Some((_, number)) = numbered::read(text)?
                {
                    progress.record(number, position, &tally);
                }
                Ok(())
            })
            .await?;
    }
}
