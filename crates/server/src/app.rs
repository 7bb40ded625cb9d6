//! The application state, which handlers receive.

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
    /// The handles and settings of rules.
    pub core: Core,
    pub hub: Hub,
    /// The capacity of connections of this process.
    pub capacity: Capacity,
    /// The shared state of sessions.
    pub realtime: Realtime,
    /// Supervised background tasks.
    pub supervisor: Arc<Supervisor>,
    /// Tasks that are awaited at shutdown only.
    pub tasks: TaskTracker,
    pub web: WebFiles,
    /// Generates the description of the HTTP API. It is a function, because this module does not know the
    /// routes.
    pub openapi: fn() -> &'static str,
    /// The page at `/api/docs`, generated at the first request.
    pub api_docs: OnceLock<CachedBody>,
    /// Becomes true when the server must stop.
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
