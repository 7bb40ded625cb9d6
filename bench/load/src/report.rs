//! RESULTS.md and results.json.
use crate::{Options, samples::Samples, scenarios::Load};
use anyhow::Result;
pub fn write(
    _options: &Options,
    _load: &Load,
    _samples: &Samples,
    _failures: &[String],
) -> Result<()> {
    Ok(())
}
