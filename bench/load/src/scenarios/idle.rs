//! Authenticated sockets that follow their conversation and send nothing: measures the memory of
//! each.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Load, Sample, Team, sample};
use crate::crowd::Visitor;
use crate::dialect::Ask;
use crate::installation::Installation;
use crate::link::Link;

/// The pause until a server is idle and has released memory.
const REST: Duration = Duration::from_secs(3);
const AT_ONCE: usize = 64;

/// The names of the numbers of the three counts.
const RESIDENT: [&str; 3] = [
    "idle sockets: resident memory, first count",
    "idle sockets: resident memory, second count",
    "idle sockets: resident memory, third count",
];

/// Runs the scenario. `visitors`: as many returning visitors as the largest count.
pub async fn idle(
    installation: &Installation<'_>,
    load: &Load,
    visitors: &[Visitor],
) -> Result<Vec<Sample>> {
    let server = installation.serve()?;
    let mut team = Team::default();
    let mut resident = Vec::new();
    let mut samples = Vec::new();
    let mut here = 0;
    for (what, count) in RESIDENT.into_iter().zip(load.idle) {
        let arriving = stream::iter(&visitors[here..count]).map(async |visitor| {
            let link = Link::open(server.target, &visitor.token).await?;
            let conversation = &visitor.conversation;
            link.ask(&Ask::Follow { conversation }).await?;
            anyhow::Ok(link)
        });
        let arrived: Vec<Rc<Link>> = arriving.buffer_unordered(AT_ONCE).try_collect().await?;
        for link in &arrived {
            team.add(stay(Rc::clone(link)));
        }
        team.add(async {
            Link::keep_alive(arrived).await;
            Ok(())
        });
        here = count;
        team.work_for(REST).await?;
        let kb = server.process.resident_kb()?;
        samples.push(sample(what, "MB", kb / 1024.0));
        resident.push(kb);
    }
    let sockets = (load.idle[2] - load.idle[1]) as f64;
    samples.push(sample(
        "memory per idle socket",
        "KB",
        (resident[2] - resident[1]) / sockets,
    ));
    Ok(samples)
}

async fn stay(link: Rc<Link>) -> Result<()> {
    loop {
        link.listen(|_| Ok(())).await?;
    }
}
