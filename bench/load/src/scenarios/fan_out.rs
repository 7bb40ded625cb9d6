//! Visitors write, and every agent follows the inbox: measures the deliveries to all agents.
//!
//! Deskbell sends the conversation's new head to the inbox; the others send the message.

use std::rc::Rc;

use anyhow::Result;

use super::counted::Tally;
use super::numbered::{self, Progress, Writer};
use super::throughput::write;
use super::{Load, Sample, Tasks, sample};
use crate::accounts::Accounts;
use crate::connection::Connection;
use crate::installation::Installation;
use crate::protocol::Incoming;

pub async fn fan_out(installation: &Installation<'_>, load: &Load) -> Result<Vec<Sample>> {
    let server = installation.serve()?;
    let accounts = Accounts::new(installation.system, &server).await?;
    let visitors = accounts.visitors(&server, load.pairs).await?;
    let agents = accounts.agents(&server, load.agents).await?;

    let tally = Tally::new();
    let mut tasks = Tasks::default();
    for agent in agents {
        tasks.add(read(agent, load.pairs, Rc::clone(&tally)));
    }
    for (index, (conversation, connection)) in visitors.into_iter().enumerate() {
        let writer = Writer::new(index, conversation);
        tasks.add(write(connection, writer, 1, Rc::clone(&tally)));
    }
    let counted = tally
        .count(&mut tasks, &server, load.agents as u64, load)
        .await?;

    let (delivered, saved) = (counted.delivered_per_second, counted.saved_per_second);
    let mut samples = vec![
        sample("fan-out: delivered to agents", "deliveries/s", delivered),
        sample("fan-out: saved", "messages/s", saved),
    ];
    samples.extend(counted.checks("fan-out"));
    Ok(samples)
}

async fn read(connection: Rc<Connection>, writers: usize, tally: Rc<Tally>) -> Result<()> {
    let mut progress = vec![Progress::default(); writers];
    loop {
        connection
            .receive(|incoming| {
                let (text, position) = match incoming {
                    Incoming::Message { text, position } => (text, Some(position)),
                    Incoming::Head { text } => (text, None),
                    _ => return Ok(()),
                };
                if let Some((writer, number)) = numbered::read(text)?
                    && let Some(progress) = progress.get_mut(writer)
                {
                    // A head has no sequence number to check, only the writer's number.
                    progress.record(number, position.unwrap_or(number as i64), &tally);
                }
                Ok(())
            })
            .await?;
    }
}
