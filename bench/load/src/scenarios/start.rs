//! Measures the time from the start of the process to its first response, on a database with data;
//! then the memory of an idle server.

use std::time::Duration;

use anyhow::Result;

use super::{Sample, sample};
use crate::installation::Installation;

const PAUSE: Duration = Duration::from_secs(3);

pub async fn start(installation: &Installation<'_>) -> Result<Vec<Sample>> {
    let server = installation.serve()?;
    let milliseconds = server.started_in.as_secs_f64() * 1000.0;
    tokio::time::sleep(PAUSE).await;
    let resident = server.process.resident_kb()? / 1024.0;
    let anonymous = server.process.anonymous_kb()? / 1024.0;
    server.process.stop()?;
    Ok(vec![
        sample("start-up until the first response", "ms", milliseconds),
        sample("resident memory of an idle server", "MB", resident),
        sample("anonymous memory of an idle server", "MB", anonymous),
    ])
}
