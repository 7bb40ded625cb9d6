//! The hooks of a simulated server: its clock, its random numbers and its delays in the database.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use deskbell_protocol::UnixMs;
use deskbell_store::simulation::{Flaw, Hooks};
use deskbell_testkit_checks::seeded_rng::SeededRng;
use tokio::time::Instant;

use crate::plan::Plan;

/// The start time of every simulation: 2100-01-01. Tokens are checked by the machine's clock too,
/// and must not have expired.
pub(crate) const START: UnixMs = 4_102_444_800_000;

/// One commit of so many is published late, if the plan has a slow database.
const PUBLISHED_LATE_ONE_IN: u64 = 16;
/// The longest delay of a publication.
const PUBLISHED_LATE_MS: u64 = 2_000;

/// Hooks that follow a plan.
pub(crate) struct SimHooks {
    start: Instant,
    rng: SeededRng,
    slow_one_in: u64,
    slow_ms: u64,
    flaw: Option<Flaw>,
    /// While this is set, statements take no time, because views are being compared.
    is_comparing: Rc<Cell<bool>>,
}

impl SimHooks {
    /// The hooks of a plan, which begins now.
    pub(crate) fn new(plan: &Plan, flaw: Option<Flaw>, is_comparing: Rc<Cell<bool>>) -> Self {
        Self {
            start: Instant::now(),
            rng: SeededRng::new(plan.seed ^ 0x5e_2e_2e),
            slow_one_in: plan.slow_one_in,
            slow_ms: plan.slow_ms,
            flaw,
            is_comparing,
        }
    }

    /// Hooks without delays, for what is created before a plan begins.
    pub(crate) fn without_delays() -> Self {
        Self {
            start: Instant::now(),
            rng: SeededRng::new(1),
            slow_one_in: 0,
            slow_ms: 0,
            flaw: None,
            is_comparing: Rc::default(),
        }
    }
}

impl Hooks for SimHooks {
    fn now(&self) -> UnixMs {
        START + UnixMs::try_from(self.start.elapsed().as_millis()).unwrap_or(0)
    }

    fn random(&mut self) -> u64 {
        self.rng.next_u64()
    }

    fn statement_delay(&mut self) -> Duration {
        if !self.is_comparing.get() && self.slow_one_in > 0 && self.rng.one_in(self.slow_one_in) {
            self.rng.millis((1, self.slow_ms.max(1)))
        } else {
            Duration::ZERO
        }
    }

    fn publication_delay(&mut self) -> Duration {
        if !self.is_comparing.get()
            && self.slow_one_in > 0
            && self.rng.one_in(PUBLISHED_LATE_ONE_IN)
        {
            self.rng.millis((1, PUBLISHED_LATE_MS))
        } else {
            Duration::ZERO
        }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }
}
