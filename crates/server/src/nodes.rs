//! What makes this process one node of several, if it is to be one.

use std::sync::Arc;

use deskbell_domain::clock;
use deskbell_hub::nats::{self, Answerer, Options};
use deskbell_hub::{Hub, Line, NodeId};
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::realtime::poll;
use crate::realtime::state::Realtime;

/// A hub, and the line to other nodes if there can be any.
pub fn hub(config: &Config) -> (Hub, Option<Line>) {
    if config.nats_url.is_none() {
        return (Hub::default(), None);
    }
    let node = NodeId::new(u64::from_be_bytes(clock::random()));
    let (hub, line) = Hub::with_carrier(node);
    (hub, Some(line))
}

/// Begins to tell other nodes, and to hear them.
pub fn start(
    config: &Config,
    realtime: &Realtime,
    line: Option<Line>,
    secret: &[u8],
) -> Option<nats::Running> {
    let options = Options {
        url: config.nats_url.clone()?,
        prefix: prefix(secret),
    };
    let asked = realtime.clone();
    let answerer: Answerer =
        Arc::new(move |question| Box::pin(poll::answer_node(asked.clone(), question)));
    let carrier = nats::start(realtime.hub.clone(), line?, options, answerer);
    realtime.polls.carry_with(carrier.post());
    Some(carrier)
}

/// Whoever has the same secret is of the same installation; others may use the same NATS.
fn prefix(secret: &[u8]) -> String {
    let digest = Sha256::new_with_prefix("deskbell nodes ")
        .chain_update(secret)
        .finalize();
    let name: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("deskbell.{name}")
}
