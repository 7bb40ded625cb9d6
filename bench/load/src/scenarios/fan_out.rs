//! Visitors write, and every agent follows the inbox: what is delivered to all agents together.
//!
//! Deskbell tells an inbox of a message by the conversation's new head; the others send the message.

use std::cell::Cell;
use std::rc::Rc;

use anyhow::Result;

use super::numbered::{self, Progress, Writer};
use super::throughput::{per_second, percent, write};
use super::{Load, Sample, Tally, Team, sample};
use crate::crowd::Crowd;
use crate::dialect::Heard;
use crate::installation::Installation;
use crate::link::Link;
use crate::process::Meter;

pub async fn fan_out(installation: &Installation<'_>, load: &Load) -> Result<Vec<Sample>> {
    let server = installation.serve()?;
    let crowd = Crowd::new(installation.system, &server).await?;
    let visitors = crowd.visitors(&server, load.pairs).await?;
    let agents = crowd.agents(&server, load.agents).await?;

    let tally = Tally::new();
    let in_flight = Rc::new(Cell::new(0));
    let mut team = Team::default();
    for agent in agents {
        team.add(read(agent, load.pairs, Rc::clone(&tally)));
    }
    for (index, (conversation, link)) in visitors.into_iter().enumerate() {
        let writer = Writer::new(index, conversation);
        let (in_flight, tally) = (Rc::clone(&in_flight), Rc::clone(&tally));
        team.add(write(link, writer, 1, in_flight, tally));
    }

    team.work_for(load.warm_up).await?;
    let meter = Meter::start()?;
    let (saved, delivered) = (tally.saved.get(), tally.delivered.get());
    team.work_for(load.window).await?;
    let (saved, delivered) = (tally.saved.get() - saved, tally.delivered.get() - delivered);
    let busy = meter.read()?;
    let agents = load.agents as u64;
    tally
        .drained(&mut team, &in_flight, agents, load.drain)
        .await?;

    let all = tally.saved.get() * agents;
    let missing = all.abs_diff(tally.delivered.get());
    Ok(vec![
        sample(
            "fan-out: delivered to agents",
            "deliveries/s",
            per_second(delivered, load),
        ),
        sample("fan-out: saved", "messages/s", per_second(saved, load)),
        sample(
            "fan-out: out of order",
            "% of deliveries",
            percent(tally.out_of_order.get(), all),
        ),
        sample(
            "fan-out: not delivered",
            "% of deliveries",
            percent(missing, all),
        ),
        sample("fan-out: server's core busy", "%", 100.0 * busy.server_core),
        sample(
            "fan-out: generator's core busy",
            "%",
            100.0 * busy.generator,
        ),
    ])
}

async fn read(link: Rc<Link>, writers: usize, tally: Rc<Tally>) -> Result<()> {
    let mut progress = vec![Progress::default(); writers];
    loop {
        link.listen(|heard| {
            let (text, position) = match heard {
                Heard::Message { text, position } => (text, Some(position)),
                Heard::Head { text } => (text, None),
                _ => return Ok(()),
            };
            if let Some((writer, number)) = numbered::read(text)?
                && let Some(progress) = progress.get_mut(writer)
            {
                // A head has no place of its own: the writer's number is all there is to check.
                progress.note(number, position.unwrap_or(number as i64), &tally);
            }
            Ok(())
        })
        .await?;
    }
}
