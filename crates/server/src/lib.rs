//! Deskbell, the server: a library, so that tests and tools run the real thing.
//!
//! [`start`] opens the database and listens; [`Running::stopped`] ends when it has stopped.

mod app;
mod auth;
mod clock;
pub mod config;
mod domain;
mod error;
#[cfg(test)]
mod fuzzed;
mod jobs;
mod limits;
mod mail;
mod maintenance;
mod nodes;
pub mod openapi;
mod pages;
mod publish;
mod realtime;
mod router;
mod routes;
mod secret;
mod security;
mod serve;
#[cfg(feature = "simulation")]
pub use realtime::simulation;
mod web;
mod workers;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use deskbell_hub::nats;
use deskbell_store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::app::{App, Parts};
use crate::auth::token::Tokens;
use crate::auth::vault::Vault;
use crate::config::Config;
use crate::domain::attempts::Attempts;
use crate::domain::blocks::Platform;
use crate::domain::receipts::Receipts;
use crate::domain::{arrivals, blocks, presence, receipts, sending};
use crate::limits::Limits;
use crate::mail::Mail;
use crate::maintenance::MaintenanceMode;
use crate::publish::{Publisher, Wakes};
use crate::realtime::poll::Polls;
use crate::web::WebFiles;
use crate::workers::Workers;

/// Transactions that save messages side by side: one may commit while the other gathers. More of
/// them are smaller, and wait for each other at their inbox.
const POSTGRES_LANES: usize = 2;
/// Connections may take so long to end after the order to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// A server that is listening.
pub struct Running {
    /// Where it listens; the port is the real one, also if 0 was asked for.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    workers: Vec<JoinHandle<()>>,
    carrier: Option<nats::Running>,
    app: App,
}

/// Opens the database, brings it up to date and listens.
pub async fn start(mut config: Config) -> anyhow::Result<Running> {
    // leptos renders on whatever executor it is told; a second start in one process keeps the first's.
    let _ = any_spawner::Executor::init_tokio();
    let secret = secret::load(&config)?;
    let store = open_store(&config).await?;
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
    let (lanes, work) = sending::lanes(match &config.database_url {
        Some(_) => POSTGRES_LANES,
        None => 1,
    });
    let (arrivals, door) = arrivals::door();
    let (hub, line) = nodes::hub(&config);
    hub.presence().set_grace(grace);
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
        tokens: Tokens::new(&secret),
        vault: Vault::new(&secret),
        mail: Mail::new(&config),
        limits: Limits::new(config.limits.clone()),
        attempts: Attempts::default(),
        platform: Platform::new(&config.blocked_networks),
        polls: Polls::default(),
        maintenance,
        wakes,
        tasks,
        workers: Workers::default(),
        web: WebFiles::load(),
        api_docs: std::sync::OnceLock::new(),
        stopping,
        config,
    });
    domain::addresses::normalize_stored(&app.store)
        .await
        .map_err(|error| anyhow::anyhow!("{}", error.body.message))?;
    // Before anybody comes in, both must be known.
    for looked in [maintenance::look(&app).await, blocks::look_up(&app).await] {
        looked.map_err(|error| anyhow::anyhow!("{}", error.body.message))?;
    }
    let mut workers = start_workers(&app, work, door);
    workers.extend([
        start_worker(&app, "mail", mail::work),
        start_worker(&app, "blocks", blocks::keep),
        start_worker(&app, "maintenance", maintenance::keep_looking),
        start_worker(&app, "purge", jobs::purge::work),
        start_worker(&app, "absence", jobs::absence::work),
    ]);
    let carrier = nodes::start(&app, line, &secret);
    if demo {
        domain::demo::create(&app)
            .await
            .map_err(|error| anyhow::anyhow!("{}", error.body.message))?;
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
    })
}

/// Opens the database and brings it up to date.
async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let store = match &config.database_url {
        Some(url) => Store::open_postgres(url)
            .await
            .context("the Postgres database cannot be opened")?,
        None => {
            let path = config.data.join("deskbell.db");
            Store::open_sqlite(&path)
                .await
                .with_context(|| format!("{} cannot be opened", path.display()))?
        }
    };
    store
        .migrate()
        .await
        .context("the database cannot be brought up to date")?;
    Ok(store)
}

/// Makes the account with this address one that runs the platform. Answers with whose it is.
pub async fn make_operator(config: &Config, email: &str) -> anyhow::Result<String> {
    let store = open_store(config).await?;
    let made = domain::operator::make_from_outside(&store, email).await;
    store.close().await;
    made.map_err(|error| anyhow::anyhow!("{}", error.body.message))
}

/// What works beside the sessions.
fn start_workers(app: &App, work: sending::Work, door: arrivals::Work) -> Vec<JoinHandle<()>> {
    let mut workers = work.start(app);
    workers.extend(door.start(app));
    workers.push(start_worker(app, "receipts", receipts::work));
    workers.push(start_worker(app, "presence", presence::keep));
    workers
}

fn start_worker<W>(app: &App, name: &'static str, work: fn(App) -> W) -> JoinHandle<()>
where
    W: Future<Output = ()> + Send + 'static,
{
    let own = app.clone();
    app.workers.start(name, move || work(own.clone()))
}

impl Running {
    /// Ends when something has failed that cannot begin anew; then the server is of no use.
    pub async fn failed(&mut self) -> anyhow::Error {
        let Self { task, carrier, .. } = self;
        let carrier = async {
            match carrier {
                Some(carrier) => carrier.ended().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = task => anyhow::anyhow!("it takes no connections any more"),
            () = carrier => anyhow::anyhow!("it tells the other nodes nothing any more"),
        }
    }

    /// Stops taking connections, tells the open ones to come back later, and waits for them.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.stop.send_replace(true);
        match tokio::time::timeout(DRAIN, self.task).await {
            Ok(ended) => ended?,
            Err(_) => tracing::warn!("some connections did not end in time"),
        }
        for worker in self.workers {
            worker.abort();
        }
        self.app.tasks.close();
        if tokio::time::timeout(DRAIN, self.app.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("some background tasks did not end in time");
        }
        if let Some(carrier) = self.carrier {
            carrier.stop().await;
        }
        self.app.store.close().await;
        Ok(())
    }
}
