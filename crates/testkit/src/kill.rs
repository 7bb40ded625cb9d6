//! The kill test: nothing that was acknowledged is lost, doubled or moved, however the server dies.
//!
//! The real server runs as a process of its own. Visitors and agents talk through the real client
//! without a pause, each text numbered. At random moments the server is killed with SIGKILL and
//! started again on the same data; where the database is a throwaway Postgres, that crashes too, or
//! its connections break while it commits. Every few kills the clients pause until their outboxes are
//! empty, and what each shows is compared with the database, message by message. With several nodes,
//! behind a load balancer, one of them is killed at a time, and NATS now and then. A [`Plan`]'s seed
//! decides all moments and all choices, but not how the machine schedules them.

mod chat_client;
mod clients;
mod load_balancer;
mod network_state;
mod plan;
mod server_process;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use deskbell_store::Store;
use deskbell_testkit_db::nats::Nats;
use deskbell_testkit_db::postgres;
use deskbell_testkit_db::postgres_proxy::PostgresProxy;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::consistency::checks::Records;
use crate::seeded_rng::SeededRng;
use clients::Clients;
use load_balancer::LoadBalancer;
use network_state::NetworkState;
use server_process::ServerProcess;

pub use plan::{Plan, Where};

/// The server lives this long before it is killed, in milliseconds.
const LIFE_MS: (u64, u64) = (50, 600);
/// About the beginning of a pause the database is cut off, or NATS killed, in milliseconds.
const FLIGHT_MS: (u64, u64) = (0, 20);
/// In a pause everybody must be live, and every outbox empty, within this time.
const RETURN: Duration = Duration::from_secs(60);
/// After that everybody's view must equal the database within this time.
const SETTLE: Duration = Duration::from_secs(15);
/// How often the test itself looks.
const GLANCE: Duration = Duration::from_millis(5);

/// How far a run is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    pub kills: u32,
    pub postgres_crashes: u32,
    /// Times that all connections to Postgres broke.
    pub postgres_breaks: u32,
    /// Times that NATS was killed and started again.
    pub nats_kills: u32,
    /// Times that somebody was connected again.
    pub reconnects: u64,
    /// Texts whose sender was told that they are saved.
    pub acknowledged: u64,
}

/// How a run went.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub progress: Progress,
    /// Starts that ended before the server was ready, because the database was away.
    pub failed_starts: u32,
    pub conversations: usize,
    /// Messages in the database.
    pub messages: usize,
    /// The longest time from a kill until everybody was live again.
    pub longest_return: Duration,
    /// What must not be; empty if all is well.
    pub violations: Vec<String>,
    /// Where the servers' data and logs were kept, if there are violations.
    pub kept: Vec<PathBuf>,
}

/// Carries a plan out.
pub async fn run(plan: &Plan, mut on_progress: impl FnMut(&Progress)) -> Result<Report> {
    let mut run = Run::begin(plan).await?;
    for kill in 1..=plan.times {
        run.work_and_kill().await?;
        on_progress(&run.progress());
        let is_last = kill == plan.times;
        if is_last || kill % plan.pause_every.max(1) == 0 {
            run.pause().await?;
            on_progress(&run.progress());
            if !run.report.violations.is_empty() {
                break;
            }
        }
    }
    run.end()
}

/// Something that fails at its own time, and is there again when this ends.
type Failure = Option<JoinHandle<Result<()>>>;

struct Run {
    servers: Vec<ServerProcess>,
    /// Before several servers.
    _balancer: Option<LoadBalancer>,
    /// Between several servers.
    nats: Option<Arc<Mutex<Nats>>>,
    clients: Clients,
    network: watch::Sender<NetworkState>,
    /// To a Postgres that may fail.
    proxy: Option<PostgresProxy>,
    rng: SeededRng,
    /// Since when somebody is away.
    killed_at: Option<Instant>,
    report: Report,
}

impl Run {
    async fn begin(plan: &Plan) -> Result<Self> {
        let (database_url, proxy) = match &plan.database {
            Where::Sqlite => (None, None),
            Where::Postgres(url) => (Some(url.clone()), None),
            Where::FailingPostgres => {
                let made = tokio::task::spawn_blocking(postgres::new_durable_database);
                let (url, _) = made.await??;
                let proxy = PostgresProxy::to(&url).await?;
                (Some(url), Some(proxy))
            }
        };
        let mut rng = SeededRng::new(plan.seed);
        let nats = match plan.nodes {
            0 | 1 => None,
            _ => Some(tokio::task::spawn_blocking(Nats::start).await??),
        };
        let mut servers = Vec::new();
        for node in 0..plan.nodes.max(1) {
            let other = plan.other_binary.as_ref().filter(|_| node % 2 == 1);
            let binary = other.unwrap_or(&plan.binary).clone();
            let mut server = ServerProcess::new(binary, database_url.clone())?;
            if let Some(proxy) = &proxy {
                server.reach_postgres_through(proxy);
            }
            if let Some(nats) = &nats {
                server.join_others_through(nats)?;
            }
            server.start().await?;
            servers.push(server);
        }
        let balancer = match &nats {
            Some(_) => Some(
                LoadBalancer::before(servers.iter().map(ServerProcess::address).collect()).await?,
            ),
            None => None,
        };
        let address = balancer
            .as_ref()
            .map_or(servers[0].address(), |balancer| balancer.address);
        let (network, watched) = watch::channel(NetworkState {
            is_up: true,
            may_send: true,
        });
        let clients = Clients::gather(&servers[0], address, plan, &mut rng, &watched).await?;
        Ok(Self {
            servers,
            _balancer: balancer,
            nats: nats.map(|nats| Arc::new(Mutex::new(nats))),
            clients,
            network,
            proxy,
            rng,
            killed_at: None,
            report: Report::default(),
        })
    }

    fn progress(&self) -> Progress {
        let (reconnects, acknowledged) = self.clients.counts();
        Progress {
            reconnects,
            acknowledged,
            ..self.report.progress
        }
    }

    /// A server lives for a while, and dies; now and then what it stands on fails about that time.
    async fn work_and_kill(&mut self) -> Result<()> {
        let failure = match self.rng.next_u64() % 6 {
            0 => self.crash_postgres(),
            1 => self.cut_off_postgres(LIFE_MS),
            2 | 3 => self.kill_nats(LIFE_MS),
            _ => None,
        };
        let life = self.rng.millis(LIFE_MS);
        self.work(life).await;
        let index = self.pick_server();
        let is_only = self.servers.len() == 1;
        self.network.send_modify(|network| network.is_up = !is_only);
        self.servers[index].kill()?;
        self.killed_at = Some(Instant::now());
        self.report.progress.kills += 1;
        self.report.failed_starts += self.servers[index].start().await?;
        self.network.send_modify(|network| network.is_up = true);
        finish(failure).await
    }

    fn pick_server(&mut self) -> usize {
        let count = u64::try_from(self.servers.len()).unwrap_or(1);
        usize::try_from(self.rng.next_u64() % count).unwrap_or_default()
    }

    /// If there is one: after a while it is killed, and after another while started again.
    fn kill_nats(&mut self, when_ms: (u64, u64)) -> Failure {
        let nats = Arc::clone(self.nats.as_ref()?);
        self.report.progress.nats_kills += 1;
        let (wait, away) = (self.rng.millis(when_ms), self.rng.millis(LIFE_MS));
        Some(tokio::spawn(async move {
            sleep(wait).await;
            lock(&nats).kill()?;
            sleep(away).await;
            tokio::task::spawn_blocking(move || lock(&nats).start_again()).await?
        }))
    }

    /// If it is ours: after a while it crashes, and is started again.
    fn crash_postgres(&mut self) -> Failure {
        self.proxy.as_ref()?;
        self.report.progress.postgres_crashes += 1;
        let wait = self.rng.millis(LIFE_MS);
        Some(tokio::spawn(async move {
            sleep(wait).await;
            tokio::task::spawn_blocking(postgres::crash_durable_cluster).await?
        }))
    }

    /// If there is a proxy: after a while it breaks when the server commits.
    fn cut_off_postgres(&mut self, when_ms: (u64, u64)) -> Failure {
        let cut = self.proxy.as_ref()?.cut_off_a_commit();
        self.report.progress.postgres_breaks += 1;
        let wait = self.rng.millis(when_ms);
        Some(tokio::spawn(async move {
            sleep(wait).await;
            cut.await;
            Ok(())
        }))
    }

    /// Lets people talk, and notes when the last of them has come back.
    async fn work(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.note_return();
            sleep(GLANCE).await;
        }
    }

    fn note_return(&mut self) {
        if let Some(killed_at) = self.killed_at.take_if(|_| self.clients.is_live()) {
            self.report.longest_return = self.report.longest_return.max(killed_at.elapsed());
        }
    }

    /// Everybody stops talking; then all that was said must be saved, and seen by all.
    async fn pause(&mut self) -> Result<()> {
        let life = self.rng.millis(LIFE_MS);
        self.work(life).await;
        // A server that outlives its database has clients who notice nothing, and nothing that is
        // said later shows them what they missed.
        let failure = self.cut_off_postgres(FLIGHT_MS);
        finish(failure).await?;
        let (nats, dead) = self.break_a_cluster()?;
        self.network.send_modify(|network| network.may_send = false);
        if let Some(dead) = dead {
            self.report.failed_starts += self.servers[dead].start().await?;
        }
        finish(nats).await?;
        let waited_from = Instant::now();
        while !self.clients.is_drained() && waited_from.elapsed() < RETURN {
            self.note_return();
            sleep(GLANCE).await;
        }
        self.note_return();
        self.report.violations = self.compare().await?;
        self.network.send_modify(|network| network.may_send = true);
        Ok(())
    }

    /// What a node could not tell the others, or NATS lost, nothing that is said later shows either.
    fn break_a_cluster(&mut self) -> Result<(Failure, Option<usize>)> {
        if self.servers.len() == 1 {
            return Ok((None, None));
        }
        if self.rng.one_in(2) {
            return Ok((self.kill_nats(FLIGHT_MS), None));
        }
        let index = self.pick_server();
        self.servers[index].kill()?;
        self.report.progress.kills += 1;
        Ok((None, Some(index)))
    }

    /// Compares until all is well or the patience ends; answers with what is wrong then.
    async fn compare(&mut self) -> Result<Vec<String>> {
        let store = self.servers[0].store().await?;
        let waited_from = Instant::now();
        let violations = loop {
            let violations = self.compare_once(&store).await?;
            if violations.is_empty() || waited_from.elapsed() > SETTLE {
                break violations;
            }
            sleep(GLANCE * 10).await;
        };
        // Closed, so that the next kill is not softened by somebody who has the file open.
        store.close().await;
        Ok(violations)
    }

    async fn compare_once(&mut self, store: &Store) -> Result<Vec<String>> {
        let records = Records::read(store, self.clients.workspace())
            .await
            .context("the database cannot be read")?;
        self.report.conversations = records.conversations();
        self.report.messages = records.messages();
        Ok(self.clients.differences(&records))
    }

    fn end(mut self) -> Result<Report> {
        self.report.progress = self.progress();
        drop(self.clients);
        for server in &mut self.servers {
            server.kill()?;
            if !self.report.violations.is_empty() {
                self.report.kept.push(server.keep_data());
            }
        }
        Ok(self.report)
    }
}

fn lock(nats: &Mutex<Nats>) -> MutexGuard<'_, Nats> {
    nats.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn finish(failure: Failure) -> Result<()> {
    match failure {
        Some(failure) => failure.await?,
        None => Ok(()),
    }
}
