//! Opens and authenticates sockets as fast as possible, as after a restart.

use std::rc::Rc;
use std::time::Instant;

use anyhow::Result;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Load, Sample, sample};
use crate::crowd::Visitor;
use crate::installation::Installation;
use crate::link::Link;

/// The number of concurrent handshakes: fewer than the listener's backlog of any server.
const AT_ONCE: usize = 400;

pub async fn storm(
    installation: &Installation<'_>,
    load: &Load,
    visitors: &[Visitor],
) -> Result<Vec<Sample>> {
    let server = installation.serve()?;
    let begun = Instant::now();
    let arriving = stream::iter(&visitors[..load.storm])
        .map(|visitor| Link::open(server.target, &visitor.token));
    let arrived: Vec<Rc<Link>> = arriving.buffer_unordered(AT_ONCE).try_collect().await?;
    let seconds = begun.elapsed().as_secs_f64();
    drop(arrived);
    Ok(vec![sample("connection storm", "s", seconds)])
}
