//! Opens and authenticates sockets as fast as possible, as after a restart.

use std::rc::Rc;
use std::time::Instant;

use anyhow::Result;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Load, Sample, sample};
use crate::accounts::Visitor;
use crate::connection::Connection;
use crate::installation::Installation;

/// The number of concurrent handshakes: fewer than the listener's backlog of any server.
const CONCURRENCY: usize = 400;

pub async fn storm(
    installation: &Installation<'_>,
    load: &Load,
    visitors: &[Visitor],
) -> Result<Vec<Sample>> {
    let server = installation.serve()?;
    let started_at = Instant::now();
    let connecting = stream::iter(&visitors[..load.storm])
        .map(|visitor| Connection::open(server.target, &visitor.token));
    let connections: Vec<Rc<Connection>> = connecting
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await?;
    let seconds = started_at.elapsed().as_secs_f64();
    drop(connections);
    Ok(vec![sample("connection storm", "s", seconds)])
}
