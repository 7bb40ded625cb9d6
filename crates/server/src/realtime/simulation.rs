//! Sessions over pipes: the server as it is, without a socket, a file or a start of its own.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use deskbell_hub::{Hub, NodeId};
use deskbell_protocol::{AuthSessionId, SiteId, UserId, VisitorId, WorkspaceId};
use deskbell_store::Store;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::task::TaskTracker;

use super::connection::Connection;
use super::pipe::pipe;
use super::poll::Polls;
use super::session::{self, Caller};
use crate::app::{App, Parts};
use crate::auth::token::Tokens;
use crate::auth::vault::Vault;
use crate::clock;
use crate::config::{Config, Settings};
use crate::domain::attempts::Attempts;
use crate::domain::blocks::Platform;
use crate::domain::receipts::Receipts;
use crate::domain::{arrivals, sending};
use crate::limits::Limits;
use crate::limits::address::Address;
use crate::limits::settings::LimitSettings;
use crate::mail::Mail;
use crate::maintenance::MaintenanceMode;
use crate::publish::{self, Publisher, Wakes};
use crate::web::WebFiles;
use crate::workers::Workers;

pub use super::pipe::{Client, Outgoing};

/// What all nodes sign their tokens with.
const SECRET: [u8; 64] = [7; 64];

/// A server that runs in this task's runtime. Dropping it ends it without a word to anybody.
pub struct Node {
    /// Dropped first: without `stop`, sessions would be told to stop.
    sessions: JoinSet<()>,
    app: App,
    stop: watch::Sender<bool>,
    workers: Vec<JoinHandle<()>>,
}

impl Node {
    /// Starts one on a database that is up to date; its mailboxes hold so many deliveries.
    pub fn start(store: Store, mailbox: usize) -> Self {
        let node = NodeId::new(u64::from_le_bytes(clock::random()));
        let (hub, _line) = Hub::with_small_mailboxes(node, mailbox);
        let (stop, stopping) = watch::channel(false);
        let (lanes, work) = sending::lanes(1);
        let (arrivals, door) = arrivals::door();
        let config = config();
        hub.presence().set_grace(config.grace);
        let (maintenance, wakes) = (Arc::<MaintenanceMode>::default(), Arc::<Wakes>::default());
        let tasks = TaskTracker::new();
        let publisher = Publisher::new(publish::Parts {
            hub: hub.clone(),
            store: store.clone(),
            wakes: Arc::clone(&wakes),
            maintenance: Arc::clone(&maintenance),
            tasks: tasks.clone(),
            stopping: stopping.clone(),
        });
        let app = App::new(Parts {
            store: store.with_hook(Arc::new(publisher)),
            hub,
            lanes,
            arrivals,
            receipts: Receipts::default(),
            tokens: Tokens::new(&SECRET),
            vault: Vault::new(&SECRET),
            mail: Mail::new(&config),
            limits: Limits::new(config.limits.clone()),
            attempts: Attempts::default(),
            platform: Platform::new(&config.blocked_networks),
            polls: Polls::default(),
            maintenance,
            wakes,
            tasks,
            workers: Workers::default(),
            web: WebFiles::default(),
            api_docs: std::sync::OnceLock::new(),
            stopping,
            config,
        });
        let workers = crate::start_workers(&app, work, door);
        Self {
            sessions: JoinSet::new(),
            app,
            stop,
            workers,
        }
    }

    /// A new connection; its pipes hold so many frames each way. `None`: there are too many.
    pub fn connect(&mut self, frames: usize) -> Option<Client> {
        let (connection, client) = pipe(frames);
        let from = Address::from(IpAddr::from(Ipv4Addr::LOCALHOST));
        let caller = Caller {
            credential: None,
            from,
            seat: self.app.limits.open(from).ok()?,
        };
        let session = session::run(self.app.clone(), Connection::Pipe(connection), caller);
        self.sessions.spawn(session);
        Some(client)
    }

    /// Tells everybody to come back later.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// What an agent who has signed in says hello with, to any node.
    pub fn agent_token(session: AuthSessionId, user: UserId, of: WorkspaceId) -> String {
        Tokens::new(&SECRET).sign_agent(session, user, of, clock::now())
    }

    /// What a visitor says hello with, to any node.
    pub fn visitor_token(visitor: VisitorId, site: SiteId, of: WorkspaceId) -> String {
        Tokens::new(&SECRET).sign_visitor(visitor, site, of, 0, clock::now())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        for worker in &self.workers {
            worker.abort();
        }
    }
}

/// As a server has them that nobody has set up, but nothing is limited: simulated people are quick.
fn config() -> Config {
    let settings = Settings {
        limits: Some(LimitSettings::Text("off".to_owned())),
        ..Settings::default()
    };
    Config::check(settings).expect("these settings are right")
}
