//! The kill test: no acknowledged text is lost, duplicated or reordered, however the server dies.
//!
//! The real server runs as a child process. Visitors and agents chat through the real client
//! without a pause; each text is numbered. At random times the server is killed with SIGKILL and
//! restarted on the same data; a throwaway Postgres crashes too, or its connections break during a
//! commit. After every few kills the clients pause until their outboxes are empty, and what each
//! client shows is compared with the database, message by message. With several nodes behind a load
//! balancer, one of them is killed at a time, another frozen, and NATS killed. The seed of a [`Plan`] decides
//! all times and choices, but not the scheduling of the machine.

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
use deskbell_testkit_checks::consistency::checks::Records;
use deskbell_testkit_checks::seeded_rng::SeededRng;
use deskbell_testkit_db::nats::Nats;
use deskbell_testkit_db::postgres;
use deskbell_testkit_db::postgres_proxy::PostgresProxy;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use clients::Clients;
use load_balancer::LoadBalancer;
use network_state::NetworkState;
use server_process::ServerProcess;

pub use plan::{DatabaseKind, Plan};

/// How long the server runs before it is killed, in milliseconds.
const UPTIME_MS: (u64, u64) = (50, 600);
/// How long after the start of a pause the database is disconnected, or NATS killed, in
/// milliseconds.
const FAILURE_DELAY_MS: (u64, u64) = (0, 20);
/// One of this many kills happens while another node is frozen.
const FROZEN_ONE_IN: u64 = 5;
/// The timeout of a pause until every client is connected and every outbox is empty.
const RECONNECT_TIMEOUT: Duration = Duration::from_secs(60);
/// The timeout after that until the view of every client equals the database.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(15);
/// The polling interval of the test.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// The progress of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    pub kills: u32,
    pub postgres_crashes: u32,
    /// Number of times that all connections to Postgres broke.
    pub postgres_breaks: u32,
    /// Number of times that NATS was killed and restarted.
    pub nats_kills: u32,
    /// Number of times that a node was frozen while another was killed.
    pub freezes: u32,
    /// Number of reconnects of all clients.
    pub reconnects: u64,
    /// Number of texts that were acknowledged as saved.
    pub acknowledged: u64,
}

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub progress: Progress,
    /// Number of starts that failed because the database was not available.
    pub failed_starts: u32,
    pub conversations: usize,
    /// Number of messages in the database.
    pub messages: usize,
    /// The longest time from a kill until every client was connected again.
    pub longest_outage: Duration,
    /// The violations; empty if the run has passed.
    pub violations: Vec<String>,
    /// The folders of the servers' data and logs, if there are violations.
    pub saved_folders: Vec<PathBuf>,
}

/// Runs a plan.
pub async fn run(plan: &Plan, mut on_progress: impl FnMut(&Progress)) -> Result<Report> {
    let mut run = Run::start(plan).await?;
    for kill in 1..=plan.times {
        run.run_and_kill().await?;
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
    run.finish()
}

/// A task that injects a failure and ends when it is over.
type Failure = Option<JoinHandle<Result<()>>>;

struct Run {
    servers: Vec<ServerProcess>,
    /// In front of several servers.
    _balancer: Option<LoadBalancer>,
    /// Connects several servers.
    nats: Option<Arc<Mutex<Nats>>>,
    clients: Clients,
    network: watch::Sender<NetworkState>,
    /// In front of a Postgres with failures.
    proxy: Option<PostgresProxy>,
    rng: SeededRng,
    /// Since when a client is disconnected.
    killed_at: Option<Instant>,
    longest_freeze: Duration,
    /// The nodes that may be killed: an older release is not, because it could not start again.
    restartable: Vec<usize>,
    report: Report,
}

/// A node that is frozen, and until when.
struct Frozen {
    index: usize,
    until: Instant,
}

impl Run {
    async fn start(plan: &Plan) -> Result<Self> {
        let (database_url, proxy) = match &plan.database {
            DatabaseKind::Sqlite => (None, None),
            DatabaseKind::Postgres(url) => (Some(url.clone()), None),
            DatabaseKind::FailingPostgres => {
                let task = tokio::task::spawn_blocking(postgres::new_durable_database);
                let (url, _) = task.await??;
                let proxy = PostgresProxy::start(&url).await?;
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
                server.use_postgres_proxy(proxy);
            }
            if let Some(nats) = &nats {
                server.use_nats(nats)?;
            }
            servers.push(server);
        }
        // An older release does not start on a database that a newer one has migrated.
        let is_old = |node: &usize| plan.other_binary.is_some() && node % 2 == 1;
        let (old, new): (Vec<_>, Vec<_>) = (0..servers.len()).partition(is_old);
        for node in old.iter().chain(&new) {
            servers[*node].start().await?;
        }
        let balancer = match &nats {
            Some(_) => Some(
                LoadBalancer::start(servers.iter().map(ServerProcess::address).collect()).await?,
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
        // An older release may refuse the tokens of a newer one, not the other way round.
        let oldest = &servers[old.first().copied().unwrap_or_default()];
        let clients = Clients::connect(oldest, address, plan, &mut rng, &watched).await?;
        Ok(Self {
            servers,
            _balancer: balancer,
            nats: nats.map(|nats| Arc::new(Mutex::new(nats))),
            clients,
            network,
            proxy,
            rng,
            killed_at: None,
            longest_freeze: plan.longest_freeze,
            restartable: new,
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

    /// Lets a server run for a while and kills it; now and then a service that it depends on fails
    /// about the same time.
    async fn run_and_kill(&mut self) -> Result<()> {
        let failure = match self.rng.next_u64() % 6 {
            0 => self.crash_postgres(),
            1 => self.lose_commit_reply(UPTIME_MS),
            2 | 3 => self.kill_nats(UPTIME_MS),
            _ => None,
        };
        let frozen = self.freeze_node()?;
        let uptime = self.rng.millis(UPTIME_MS);
        self.work(uptime).await;
        let index = self.pick_server(frozen.as_ref());
        let is_only = self.servers.len() == 1;
        self.network.send_modify(|network| network.is_up = !is_only);
        self.servers[index].kill()?;
        self.killed_at = Some(Instant::now());
        self.report.progress.kills += 1;
        self.report.failed_starts += self.servers[index].start().await?;
        self.network.send_modify(|network| network.is_up = true);
        if let Some(frozen) = frozen {
            self.work(frozen.until.saturating_duration_since(Instant::now()))
                .await;
            self.servers[frozen.index].resume()?;
        }
        finish(failure).await
    }

    /// Picks a server to kill: one that can start again and is not frozen.
    fn pick_server(&mut self, frozen: Option<&Frozen>) -> usize {
        let frozen = frozen.map(|frozen| frozen.index);
        let nodes = self.restartable.iter().copied();
        let nodes: Vec<_> = nodes.filter(|node| frozen != Some(*node)).collect();
        self.pick(&nodes)
    }

    fn pick(&mut self, nodes: &[usize]) -> usize {
        let count = u64::try_from(nodes.len()).unwrap_or(1);
        nodes[usize::try_from(self.rng.next_u64() % count).unwrap_or_default()]
    }

    /// Freezes a node now and then, if there are several. It keeps its connections and its locks.
    fn freeze_node(&mut self) -> Result<Option<Frozen>> {
        // Another one must be left to kill.
        let is_possible = self.restartable.len() > 1 && !self.longest_freeze.is_zero();
        if !is_possible || !self.rng.one_in(FROZEN_ONE_IN) {
            return Ok(None);
        }
        let longest = u64::try_from(self.longest_freeze.as_millis()).unwrap_or(u64::MAX);
        let time = self.rng.millis((longest / 10, longest));
        let nodes: Vec<_> = (0..self.servers.len()).collect();
        let index = self.pick(&nodes);
        self.servers[index].freeze()?;
        self.report.progress.freezes += 1;
        Ok(Some(Frozen {
            index,
            until: Instant::now() + time,
        }))
    }

    /// Kills NATS after a delay, if there is one, and restarts it after another.
    fn kill_nats(&mut self, when_ms: (u64, u64)) -> Failure {
        let nats = Arc::clone(self.nats.as_ref()?);
        self.report.progress.nats_kills += 1;
        let (delay, downtime) = (self.rng.millis(when_ms), self.rng.millis(UPTIME_MS));
        Some(tokio::spawn(async move {
            sleep(delay).await;
            lock(&nats).kill()?;
            sleep(downtime).await;
            tokio::task::spawn_blocking(move || lock(&nats).restart()).await?
        }))
    }

    /// Crashes our own Postgres after a delay, and restarts it.
    fn crash_postgres(&mut self) -> Failure {
        self.proxy.as_ref()?;
        self.report.progress.postgres_crashes += 1;
        let wait = self.rng.millis(UPTIME_MS);
        Some(tokio::spawn(async move {
            sleep(wait).await;
            tokio::task::spawn_blocking(postgres::crash_durable_cluster).await?
        }))
    }

    /// After a delay, loses the answer to the next commit, if there is a proxy.
    fn lose_commit_reply(&mut self, when_ms: (u64, u64)) -> Failure {
        let loss = self.proxy.as_ref()?.lose_commit_reply();
        self.report.progress.postgres_breaks += 1;
        let wait = self.rng.millis(when_ms);
        Some(tokio::spawn(async move {
            sleep(wait).await;
            loss.await;
            Ok(())
        }))
    }

    /// Lets the clients chat, and records when the last of them has reconnected.
    async fn work(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.record_reconnect();
            sleep(POLL_INTERVAL).await;
        }
    }

    fn record_reconnect(&mut self) {
        if let Some(killed_at) = self.killed_at.take_if(|_| self.clients.is_live()) {
            self.report.longest_outage = self.report.longest_outage.max(killed_at.elapsed());
        }
    }

    /// Pauses all clients; then every text must be saved and shown by all of them.
    async fn pause(&mut self) -> Result<()> {
        let uptime = self.rng.millis(UPTIME_MS);
        self.work(uptime).await;
        // If the server outlives a failure of its database, its clients notice nothing, and no
        // later event shows them what they have missed.
        let failure = self.lose_commit_reply(FAILURE_DELAY_MS);
        finish(failure).await?;
        let (nats, dead) = self.lose_cluster_packets()?;
        self.network.send_modify(|network| network.may_send = false);
        if let Some(dead) = dead {
            self.report.failed_starts += self.servers[dead].start().await?;
        }
        finish(nats).await?;
        let started_at = Instant::now();
        while !self.clients.is_drained() && started_at.elapsed() < RECONNECT_TIMEOUT {
            self.record_reconnect();
            sleep(POLL_INTERVAL).await;
        }
        self.record_reconnect();
        self.report.violations = self.compare().await?;
        self.network.send_modify(|network| network.may_send = true);
        Ok(())
    }

    /// Injects a loss that no later event repairs: packets that a node could not publish, or that
    /// NATS lost.
    fn lose_cluster_packets(&mut self) -> Result<(Failure, Option<usize>)> {
        if self.servers.len() == 1 {
            return Ok((None, None));
        }
        if self.rng.one_in(2) {
            return Ok((self.kill_nats(FAILURE_DELAY_MS), None));
        }
        let index = self.pick_server(None);
        self.servers[index].kill()?;
        self.report.progress.kills += 1;
        Ok((None, Some(index)))
    }

    /// Compares until everything matches or the timeout ends; returns the differences.
    async fn compare(&mut self) -> Result<Vec<String>> {
        let store = self.servers[0].store().await?;
        let started_at = Instant::now();
        let violations = loop {
            let violations = self.compare_once(&store).await?;
            if violations.is_empty() || started_at.elapsed() > SETTLE_TIMEOUT {
                break violations;
            }
            sleep(POLL_INTERVAL * 10).await;
        };
        // Closed, because a process with the file open would make the next kill less abrupt.
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

    fn finish(mut self) -> Result<Report> {
        self.report.progress = self.progress();
        drop(self.clients);
        for server in &mut self.servers {
            server.kill()?;
            if !self.report.violations.is_empty() {
                self.report.saved_folders.push(server.preserve_data());
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
