//! The clock, and random bytes.

use std::time::{SystemTime, UNIX_EPOCH};

use deskbell_protocol::UnixMs;
use deskbell_store::simulation;

/// Now, in Unix milliseconds.
pub fn now() -> UnixMs {
    if let Some(now) = simulation::now() {
        return now;
    }
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// `N` random bytes for secrets and ids.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if !simulation::fill(&mut bytes) {
        getrandom::fill(&mut bytes).expect("the operating system has randomness");
    }
    bytes
}
