//! What every request can reach: settings, database, hub, tokens, web files.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use deskbell_hub::{Delivery, Hub, Topic};
use deskbell_protocol::{Event, WorkspaceId};
use deskbell_store::{Store, Tx};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::auth::token::Tokens;
use crate::auth::vault::Vault;
use crate::clock;
use crate::config::Config;
use crate::domain::arrivals::Arrivals;
use crate::domain::attempts::Attempts;
use crate::domain::blocks::Platform;
use crate::domain::receipts::Receipts;
use crate::domain::sending::Lanes;
use crate::error::AppResult;
use crate::limits::Limits;
use crate::mail::Mail;
use crate::maintenance::MaintenanceMode;
use crate::publish::{Wakes, encode};
use crate::realtime::poll::Polls;
use crate::web::WebFiles;
use crate::web::kept::Kept;
use crate::workers::Workers;

/// The application; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of the application.
pub struct Parts {
    pub config: Config,
    pub store: Store,
    pub hub: Hub,
    /// Where messages go to be saved.
    pub lanes: Lanes,
    /// Where it gathers who says hello.
    pub arrivals: Arrivals,
    /// Where it gathers how far people have read.
    pub receipts: Receipts,
    pub tokens: Tokens,
    /// Keeps what the database may have under seal only.
    pub vault: Vault,
    pub mail: Mail,
    pub limits: Limits,
    /// Who was tried to sign in as, and by mistake or by force was not.
    pub attempts: Attempts,
    /// Networks that get no answer.
    pub platform: Platform,
    /// Sessions of those whose network lets no WebSocket through.
    pub polls: Polls,
    /// Maintenance mode.
    pub maintenance: Arc<MaintenanceMode>,
    /// Wakes the mail and purge workers.
    pub wakes: Arc<Wakes>,
    /// Tasks that nobody waits for while the server runs; `stop` does.
    pub tasks: TaskTracker,
    /// Who works beside the sessions.
    pub workers: Workers,
    pub web: WebFiles,
    /// The page at `/api/docs`, once somebody has asked for it.
    pub api_docs: OnceLock<Kept>,
    /// Turns true when the server is to stop.
    pub stopping: watch::Receiver<bool>,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Begins a write.
    pub async fn begin(&self) -> AppResult<Tx> {
        Ok(self.store.begin(clock::now()).await?)
    }

    /// Publishes an event to the followers of `topic` on this node.
    pub fn tell_here(&self, workspace_id: WorkspaceId, topic: Topic, event: Event) {
        let frame = encode(event).into();
        let delivery = Delivery::News { frame };
        self.hub.publish_here(workspace_id, &[topic], delivery);
    }
}
