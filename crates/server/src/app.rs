//! The application state: what handlers can reach.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use deskbell_domain::core::Core;
use deskbell_hub::Hub;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::handles::Capacity;
use crate::realtime::state::Realtime;
use crate::web::WebFiles;
use crate::web::cached_body::CachedBody;
use crate::workers::supervisor::Supervisor;

/// The application state. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of the application state.
pub struct Parts {
    pub config: Config,
    /// What rules use.
    pub core: Core,
    pub hub: Hub,
    /// How many connections this process may have.
    pub capacity: Capacity,
    /// What sessions use.
    pub realtime: Realtime,
    /// Supervised background tasks.
    pub supervisor: Arc<Supervisor>,
    /// Tasks that nobody waits for while the server runs; shutdown does.
    pub tasks: TaskTracker,
    pub web: WebFiles,
    /// Writes the description of the HTTP API. A function, because the routes are not known here.
    pub openapi: fn() -> &'static str,
    /// The page at `/api/docs`, from the first request on.
    pub api_docs: OnceLock<CachedBody>,
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
}
