//! Counts messages in transit: their number, their order, and whether all arrive.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use super::{Load, Sample, Tasks, sample};
use crate::installation::Server;
use crate::process::{Meter, Utilisation};

/// The common counters of all tasks of a scenario.
#[derive(Default)]
pub struct Tally {
    pub saved: Cell<u64>,
    pub delivered: Cell<u64>,
    pub out_of_order: Cell<u64>,
    /// Sent and not yet acknowledged.
    pub in_flight: Cell<u64>,
    /// No task sends new messages.
    pub draining: Cell<bool>,
}

pub fn count(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}

/// The results.
pub struct Counted {
    pub saved_per_second: f64,
    pub delivered_per_second: f64,
    /// Processor time of the server and its database: the most reliable number on a machine with
    /// other load.
    processor_us_per_message: f64,
    out_of_order_percent: f64,
    missing_percent: f64,
    busy: Utilisation,
}

impl Tally {
    pub fn new() -> Rc<Self> {
        Rc::default()
    }

    /// Lets the tasks run and counts, then waits for the rest. Each saved message must be delivered
    /// to this many `readers`.
    pub async fn count(
        &self,
        tasks: &mut Tasks,
        server: &Server,
        readers: u64,
        load: &Load,
    ) -> Result<Counted> {
        tasks.run_for(load.warm_up).await?;
        let (meter, used) = (Meter::start()?, server.used()?);
        let (saved, delivered) = (self.saved.get(), self.delivered.get());
        tasks.run_for(load.window).await?;
        let (saved, delivered) = (self.saved.get() - saved, self.delivered.get() - delivered);
        let (busy, used) = (meter.read()?, server.used()? - used);
        self.drain(tasks, readers, load.drain).await?;

        let all = self.saved.get() * readers;
        let per_second = |number: u64| number as f64 / load.window.as_secs_f64();
        let percent = |part: u64| 100.0 * part as f64 / all.max(1) as f64;
        Ok(Counted {
            saved_per_second: per_second(saved),
            delivered_per_second: per_second(delivered),
            processor_us_per_message: 1e6 * used / saved.max(1) as f64,
            out_of_order_percent: percent(self.out_of_order.get()),
            missing_percent: percent(all.abs_diff(self.delivered.get())),
            busy,
        })
    }

    /// Waits until nothing is in transit. Messages that have not arrived by then are reported as
    /// missing.
    async fn drain(&self, tasks: &mut Tasks, readers: u64, timeout: Duration) -> Result<()> {
        self.draining.set(true);
        let all_arrived = async {
            while self.in_flight.get() > 0 || self.delivered.get() < readers * self.saved.get() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tasks
            .run_until(async { _ = tokio::time::timeout(timeout, all_arrived).await })
            .await
    }
}

impl Counted {
    /// Whether the numbers of this scenario are valid.
    pub fn checks(&self, scenario: &str) -> Vec<Sample> {
        let percent = |what: &str, value: f64| sample(format!("{scenario}: {what}"), "%", value);
        let processor = format!("{scenario}: CPU time per message");
        vec![
            sample(processor, "µs", self.processor_us_per_message),
            percent("out of order", self.out_of_order_percent),
            percent("saved but not delivered", self.missing_percent),
            percent(
                "CPU use of the server's core",
                100.0 * self.busy.server_core,
            ),
            percent(
                "CPU use of the generator's core",
                100.0 * self.busy.generator,
            ),
        ]
    }
}
