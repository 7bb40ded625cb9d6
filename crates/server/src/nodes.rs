//! The hub of this process, and what carries its packets to the other nodes if there are any.

use deskbell_hub::nats::{self, Options};
use deskbell_hub::{Hub, NodeId};
use sha2::{Digest, Sha256};

use crate::clock;
use crate::config::Config;

/// A hub as the settings want it.
pub fn hub(config: &Config, secret: &[u8]) -> (Hub, Option<nats::Running>) {
    if config.nats_urls.is_empty() {
        return (Hub::default(), None);
    }
    let node = NodeId::new(u64::from_be_bytes(clock::random()));
    let (hub, line) = Hub::with_carrier(node);
    let options = Options {
        urls: config.nats_urls.clone(),
        prefix: prefix(secret),
    };
    let carrier = nats::start(hub.clone(), line, options);
    (hub, Some(carrier))
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
