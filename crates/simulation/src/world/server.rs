//! The server of the world: its start, stop and crash.

use std::time::Duration;

use deskbell::simulation::Node;

use super::{Event, FULL_MS, World};
use crate::plan::Restart;

/// A server that is stopping is killed after this time.
const STOP_LIMIT: Duration = Duration::from_secs(10);

impl World<'_> {
    pub(super) fn start_node(&mut self) {
        self.node = Some(Node::start(self.store.clone(), self.plan.mailbox));
    }

    /// Starts a server in place of the previous one. If that is still stopping, it waits: the two would
    /// write to one file, which the lock of the data folder prevents.
    pub(super) fn start_next(&mut self) {
        if self
            .stopping
            .as_ref()
            .is_some_and(|stop| !stop.is_finished())
        {
            self.schedule(self.now() + FULL_MS, Event::Start);
            return;
        }
        self.log("the server starts");
        self.start_node();
    }

    /// Ends the server; another one is started after a while.
    pub(crate) fn restart(&mut self, how: Restart, ms: u64) {
        let Some(node) = self.node.take() else { return };
        match how {
            Restart::Stop => {
                let stop = tokio::time::timeout(STOP_LIMIT, node.stop());
                self.stopping = Some(tokio::spawn(async move { _ = stop.await }));
            }
            Restart::Crash => drop(node),
            Restart::Vanish => {
                for connection in &mut self.connections {
                    connection.up_works = false;
                    connection.down_works = false;
                }
                drop(node);
            }
        }
        self.schedule(self.now() + ms, Event::Start);
    }
}
