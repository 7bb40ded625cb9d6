//! The same requests to a small database and to one with years of history, alternately: measures
//! how much longer the second takes.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use deskbell_protocol::{AgentView, ConversationId};
use deskbell_store::WorkspaceScope;

use super::{Load, Sample, sample};
use crate::accounts::Accounts;
use crate::connection::Connection;
use crate::history::{History, MESSAGES};
use crate::installation::{Disk, Installation, Programs, Server};
use crate::protocol::Request;
use crate::system::System;

/// The pause for a database to finish background work after many writes.
const PAUSE: Duration = Duration::from_secs(20);
/// How often an agent connects, and their requests each time.
const SESSIONS: usize = 100;
const REQUESTS_PER_SESSION: usize = 20;
/// A step through the conversations that reaches all of them.
const STEP: usize = 7919;

/// A server with history.
struct Subject<'a> {
    server: Server,
    accounts: Accounts,
    history: History,
    times: [Vec<Duration>; 4],
    step: usize,
    /// Its data is deleted with this.
    _installation: Installation<'a>,
}

const REQUEST_KINDS: [&str; 4] = [
    "first inbox page",
    "opening a conversation of that page",
    "sending a message",
    "opening an arbitrary old conversation",
];

pub async fn growth(system: System, programs: &Programs, load: &Load) -> Result<Vec<Sample>> {
    let [few, many] = load.growth;
    let mut small = Subject::new(system, programs, few).await?;
    let mut large = Subject::new(system, programs, many).await?;
    tokio::time::sleep(PAUSE).await;
    for _ in 0..SESSIONS {
        small.run_session().await?;
        large.run_session().await?;
    }
    let mut samples = Vec::new();
    for (index, kind) in REQUEST_KINDS.into_iter().enumerate() {
        let [few_ms, many_ms] = [&mut small, &mut large].map(|subject| subject.median_ms(index));
        let named = |messages: usize| format!("growth: {kind} at {messages} messages");
        samples.push(sample(named(few * MESSAGES), "ms", few_ms));
        samples.push(sample(named(many * MESSAGES), "ms", many_ms));
        samples.push(sample(
            format!("growth: {kind}, ratio"),
            "×",
            many_ms / few_ms,
        ));
    }
    Ok(samples)
}

impl<'a> Subject<'a> {
    async fn new(system: System, programs: &'a Programs, conversations: usize) -> Result<Self> {
        let installation = Installation::new(system, programs, Disk::AsItIs)?;
        let server = installation.serve()?;
        let mut accounts = Accounts::new(system, &server).await?;
        let owner = accounts
            .owner
            .clone()
            .context("the installation has an owner")?;
        let agent = WorkspaceScope {
            workspace_id: owner.workspace.id,
            user: AgentView {
                id: owner.user_id,
                name: owner.name,
            },
            role: owner.workspace.role,
        };
        let store = installation.store().await?;
        let history = History::write(&store, &accounts.site_key, &agent, conversations).await?;
        store.close().await;
        accounts.sign_in(&server).await?;
        Ok(Self {
            server,
            accounts,
            history,
            times: Default::default(),
            step: 0,
            _installation: installation,
        })
    }

    /// An agent connects, loads the inbox, opens some conversations and writes in some.
    async fn run_session(&mut self) -> Result<()> {
        let token = &self.accounts.agent_token;
        let connection = Connection::open(self.server.target, token).await?;
        self.times[0].push(time(&connection, &Request::SubscribeInbox).await?);
        let connection = Connection::open(self.server.target, token).await?;
        for _ in 0..REQUESTS_PER_SESSION {
            self.step += STEP;
            let pick = |all: &[ConversationId]| all[self.step % all.len()].to_string();
            let conversation = &pick(&self.history.recent);
            self.times[1].push(time(&connection, &Request::Subscribe { conversation }).await?);
            let conversation = &pick(&self.history.active);
            let text = "We have found it, and it is on its way.";
            self.times[2].push(time(&connection, &Request::Send { conversation, text }).await?);
            let conversation = &pick(&self.history.conversations);
            self.times[3].push(time(&connection, &Request::Subscribe { conversation }).await?);
        }
        Ok(())
    }

    fn median_ms(&mut self, kind: usize) -> f64 {
        let times = &mut self.times[kind];
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64() * 1000.0
    }
}

async fn time(connection: &Connection, request: &Request<'_>) -> Result<Duration> {
    let started_at = Instant::now();
    connection.request(request).await?;
    Ok(started_at.elapsed())
}
