//! Authenticated sockets that follow their conversation and send nothing: measures the memory of
//! each.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Load, Sample, Tasks, sample};
use crate::accounts::Visitor;
use crate::connection::Connection;
use crate::installation::Installation;
use crate::protocol::Request;

/// The pause until a server is idle and has released memory.
const PAUSE: Duration = Duration::from_secs(3);
const CONCURRENCY: usize = 64;

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
    let mut tasks = Tasks::default();
    let mut resident = Vec::new();
    let mut samples = Vec::new();
    let mut connected = 0;
    for (what, count) in RESIDENT.into_iter().zip(load.idle) {
        let connecting = stream::iter(&visitors[connected..count]).map(async |visitor| {
            let connection = Connection::open(server.target, &visitor.token).await?;
            let conversation = &visitor.conversation;
            connection
                .request(&Request::Subscribe { conversation })
                .await?;
            anyhow::Ok(connection)
        });
        let connections: Vec<Rc<Connection>> = connecting
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await?;
        for connection in &connections {
            tasks.add(discard_frames(Rc::clone(connection)));
        }
        tasks.add(async {
            Connection::keep_alive(connections).await;
            Ok(())
        });
        connected = count;
        tasks.run_for(PAUSE).await?;
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

async fn discard_frames(connection: Rc<Connection>) -> Result<()> {
    loop {
        connection.receive(|_| Ok(())).await?;
    }
}
