//! Sessions over pipes: the real server without a socket, a file or a listener.

use std::net::{IpAddr, Ipv4Addr};

use deskbell_base::client_address::ClientAddress;
use deskbell_base::clock;
use deskbell_base::limits::settings::LimitSettings;
use deskbell_base::secrets::token::TokenSigner;
use deskbell_hub::{Hub, NodeId};
use deskbell_protocol::{SessionId, SiteId, UserId, VisitorId, WorkspaceId};
use deskbell_store::Store;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::app::App;
use crate::compose::{Ingredients, compose};
use crate::config::{Config, Settings};
use crate::handles::Capacity;
use crate::realtime::connection::Connection;
use crate::realtime::pipe::pipe;
pub use crate::realtime::pipe::{Client, ClientText, Outgoing};
use crate::realtime::session::{self, ConnectRequest};
use crate::web::WebFiles;

/// The secret of all nodes.
const SECRET: [u8; 64] = [7; 64];

/// A server on this task's runtime. Dropping it ends it without a close code for any client.
pub struct Node {
    /// This field is dropped first, because sessions would get a stop request otherwise.
    sessions: JoinSet<()>,
    app: App,
    stop: watch::Sender<bool>,
    workers: Vec<JoinHandle<()>>,
}

impl Node {
    /// Starts a server on a migrated database; its mailboxes have this capacity.
    pub fn start(store: Store, mailbox: usize) -> Self {
        let node = NodeId::new(u64::from_le_bytes(clock::random()));
        let (hub, _line) = Hub::with_small_mailboxes(node, mailbox);
        let (stop, stopping) = watch::channel(false);
        let config = config();
        hub.set_presence_grace(config.grace);
        let (app, tasks) = compose(Ingredients {
            config,
            capacity: Capacity::new(1_024),
            store,
            hub,
            secret: &SECRET,
            writers: 1,
            web: WebFiles::default(),
            stopping,
        });
        let (workers, _) = tasks.start_ingest(&app);
        Self {
            sessions: JoinSet::new(),
            app,
            stop,
            workers,
        }
    }

    /// Opens a connection; its pipes have this capacity in each direction. `None`: there are too
    /// many.
    pub fn connect(&mut self, frames: usize) -> Option<Client> {
        let from = ClientAddress::from(IpAddr::from(Ipv4Addr::LOCALHOST));
        let (connection, client) = pipe(frames, &self.app.core.limits.memory(from));
        let caller = ConnectRequest {
            credential: None,
            from,
            permit: self.app.core.limits.session(from).ok()?,
        };
        let session = session::run(
            self.app.realtime.clone(),
            Connection::Pipe(connection),
            caller,
        );
        self.sessions.spawn(session);
        Some(client)
    }

    /// Asks all clients to reconnect later, and waits until all sessions have ended.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.sessions.join_next().await.is_some() {}
    }

    /// The token of a signed-in agent, for any node.
    pub fn agent_token(session: SessionId, user: UserId, of: WorkspaceId) -> String {
        TokenSigner::new(&SECRET).sign_agent(session, user, of, clock::now())
    }

    /// The token of a visitor, for any node.
    pub fn visitor_token(visitor: VisitorId, site: SiteId, of: WorkspaceId) -> String {
        TokenSigner::new(&SECRET).sign_visitor(visitor, site, of, 0, clock::now())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        for worker in &self.workers {
            worker.abort();
        }
    }
}

/// The settings of an empty server without limits, because simulated people are fast.
fn config() -> Config {
    let settings = Settings {
        limits: Some(LimitSettings::Text("off".to_owned())),
        ..Settings::default()
    };
    Config::check(settings).expect("these settings are right")
}
