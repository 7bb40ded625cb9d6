//! Starts the cluster transport, if this process is a node of a cluster.

use std::sync::Arc;

use deskbell_base::clock;
use deskbell_hub::nats::{self, NodeRpcHandler, Options};
use deskbell_hub::{ClusterReceiver, Hub, NodeId};
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::realtime::poll;
use crate::realtime::state::Realtime;

/// The hub, and the receiver of its transport in a cluster.
pub fn hub(config: &Config) -> (Hub, Option<ClusterReceiver>) {
    if config.nats_url.is_none() {
        return (Hub::default(), None);
    }
    let node = NodeId::new(u64::from_be_bytes(clock::random()));
    let (hub, receiver) = Hub::with_cluster(node);
    (hub, Some(receiver))
}

/// Starts the transport to the other nodes.
pub fn start(
    config: &Config,
    realtime: &Realtime,
    receiver: Option<ClusterReceiver>,
    secret: &[u8],
) -> Option<nats::NatsTransport> {
    let options = Options {
        url: config.nats_url.clone()?,
        prefix: prefix(secret),
    };
    let asked = realtime.clone();
    let handler: NodeRpcHandler =
        Arc::new(move |request| Box::pin(poll::answer_node(asked.clone(), request)));
    let transport = nats::start(realtime.hub.clone(), receiver?, options, handler);
    realtime.polls.set_rpc_client(transport.rpc_client());
    Some(transport)
}

/// The prefix of the subjects: derived from the secret, because several installations may share one
/// NATS.
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
