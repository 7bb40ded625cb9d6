//! The server of Deskbell, as a library for the binary, tests and tools.
//!
//! [`start`] opens the database and listens; [`Running::stop`] stops it.

mod app;
mod auth;
mod body_charge;
mod client_address;
mod compose;
pub mod config;
mod data_folder;
mod database;
mod error;
mod error_line;
mod extract;
#[cfg(test)]
#[path = "../../base/src/fuzzed.rs"]
mod fuzzed;
mod handles;
mod ingest;
pub mod log;
mod nodes;
pub mod openapi;
mod pages;
mod publish;
mod realtime;
mod request_id;
mod router;
mod routes;
mod secret;
mod security;
mod serve;
mod shutdown;
#[cfg(feature = "simulation")]
pub mod simulation;
mod web;
mod workers;

/// For tools that sign tokens without a server.
pub use deskbell_base::secrets::jwt_crypto::install as install_jwt_crypto;

pub use error_line::error_line;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use deskbell_base::error::AppError;
use deskbell_domain::identity::{accounts, address_lookup};
use deskbell_domain::platform::{demo, operator};
use deskbell_hub::nats;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::compose::{Ingredients, compose};
use crate::config::Config;
use crate::data_folder::FolderLock;
use crate::handles::Capacity;
use crate::web::WebFiles;
use crate::workers::platform_poller;

/// Queues of the message writer on Postgres: one can commit while the other collects. More queues
/// would make smaller batches, which wait for each other at the row of their inbox.
const POSTGRES_WRITERS: usize = 2;
/// The time that connections and sessions have to end after a stop request, and then again background
/// tasks.
const DRAIN: Duration = Duration::from_secs(10);

/// A server that is listening.
pub struct Running {
    /// The address it listens on; the actual port, even if the setting is 0.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    workers: Vec<JoinHandle<()>>,
    carrier: Option<nats::NatsTransport>,
    app: App,
    _folder: Option<FolderLock>,
}

/// Opens and migrates the database, and listens.
pub async fn start(mut config: Config) -> anyhow::Result<Running> {
    deskbell_pages::use_tokio();
    let capacity = Capacity::new(handles::raise_limit());
    data_folder::prepare(&config.data)?;
    let secret = secret::load(&config)?;
    let folder = match config.database_url {
        Some(_) => None,
        None => Some(data_folder::lock(&config.data)?),
    };
    let store = database::open(&config).await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = listener.local_addr()?;
    if config.listen.port() == 0 && config.public_url.port() == Some(0) {
        let _ = config.public_url.set_port(Some(address.port()));
    }
    config.listen = address;
    let (stop, stopping) = watch::channel(false);
    let (demo, grace) = (config.demo, config.grace);
    let writers = match &config.database_url {
        Some(_) => POSTGRES_WRITERS,
        None => 1,
    };
    let (hub, line) = nodes::hub(&config);
    hub.set_presence_grace(grace);
    let (app, tasks) = compose(Ingredients {
        config,
        capacity,
        store,
        hub,
        secret: &secret,
        writers,
        web: WebFiles::load(),
        stopping,
    });
    address_lookup::normalize_stored(&app.core.db)
        .await
        .map_err(AppError::with_cause)?;
    platform_poller::load(&app.core)
        .await
        .map_err(AppError::with_cause)?;
    let (mut workers, rest) = tasks.start_ingest(&app);
    workers.extend(rest.start(&app));
    let carrier = nodes::start(&app.config, &app.realtime, line, &secret);
    if demo {
        let port = app.config.listen.port();
        demo::create(&app.core, port, app.config.demo_conversations)
            .await
            .map_err(AppError::with_cause)?;
    }
    let router = router::router(app.clone());
    let task = tokio::spawn(serve::serve(listener, app.clone(), router));
    Ok(Running {
        address,
        stop,
        task,
        workers,
        carrier,
        app,
        _folder: folder,
    })
}

/// Makes the account with this address an operator. Returns its name.
pub async fn make_operator(config: &Config, email: &str) -> anyhow::Result<String> {
    let store = database::open_existing(config).await?;
    let made = operator::make_operator(&store, email).await;
    store.close().await;
    made.map_err(AppError::with_cause)
}

impl Running {
    /// The next step for the person who has started the server: the address to open.
    pub async fn next_step(&self) -> anyhow::Result<String> {
        let is_set_up = accounts::is_set_up(&self.app.core).await;
        let origin = self.app.config.origin();
        Ok(match is_set_up.map_err(AppError::with_cause)? {
            false => format!("open {origin}/setup to set up Deskbell"),
            true => format!("open {origin}/app to sign in"),
        })
    }

    /// A line for the person who has started the server with `--demo`: the sign-in, or that the option has
    /// no effect. `None` without it.
    pub async fn demo(&self) -> anyhow::Result<Option<String>> {
        let config = &self.app.config;
        if !config.demo {
            return Ok(None);
        }
        let exists = demo::exists(&self.app.core).await;
        let origin = config.origin();
        Ok(Some(match exists.map_err(AppError::with_cause)? {
            true => {
                let (email, password) = (demo::EMAIL, demo::PASSWORD);
                format!(
                    "demo: open {origin}/demo as a visitor, and {origin}/app as an agent (e-mail {email}, password {password})"
                )
            }
            false => format!(
                "--demo has no effect, because the database already has a workspace: open {origin}/app to sign in"
            ),
        }))
    }

    /// Completes when a part has failed that cannot be restarted; then the server must end.
    pub async fn failed(&mut self) -> anyhow::Error {
        let Self { task, carrier, .. } = self;
        let carrier = async {
            match carrier {
                Some(carrier) => carrier.ended().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = task => anyhow::anyhow!("the HTTP server has failed"),
            () = carrier => anyhow::anyhow!("the connection to the other nodes has failed"),
        }
    }

    /// Accepts no more connections, asks clients to reconnect later, and waits until their sessions and
    /// all background tasks have ended.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.stop.send_replace(true);
        let (task, app) = (self.task, self.app);
        let connections = async {
            let (sessions, hub) = (&app.realtime.sessions, &app.hub);
            task.await?;
            // What clients have sent is saved and answered while the workers still run.
            sessions.close();
            sessions.wait().await;
            hub.stop().await;
            anyhow::Ok(())
        };
        match tokio::time::timeout(DRAIN, connections).await {
            Ok(ended) => ended?,
            Err(_) => tracing::warn!("some connections did not end in time"),
        }
        for worker in self.workers {
            worker.abort();
        }
        app.tasks.close();
        if tokio::time::timeout(DRAIN, app.tasks.wait()).await.is_err() {
            tracing::warn!("some background tasks did not end in time");
        }
        if let Some(carrier) = self.carrier {
            carrier.stop().await;
        }
        app.core.db.close().await;
        Ok(())
    }
}
