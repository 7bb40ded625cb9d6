//! The same requests to a small database and to one with years of history, alternately: measures
//! how much longer the second takes.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use deskbell_protocol::{AgentView, ConversationId};
use deskbell_store::WorkspaceScope;

use super::{Load, Sample, sample};
use crate::crowd::Crowd;
use crate::dialect::Ask;
use crate::installation::{Disk, Installation, Programs, Server};
use crate::link::Link;
use crate::past::{MESSAGES, Past};
use crate::system::System;

/// The pause for a database to finish background work after many writes.
const REST: Duration = Duration::from_secs(20);
/// How often an agent connects, and their requests each time.
const VISITS: usize = 100;
const QUESTIONS: usize = 20;
/// A step through the conversations that reaches all of them.
const STEP: usize = 7919;

/// A server with history.
struct Place<'a> {
    server: Server,
    crowd: Crowd,
    past: Past,
    times: [Vec<Duration>; 4],
    asked: usize,
    /// Its data is deleted with this.
    _installation: Installation<'a>,
}

const QUESTION: [&str; 4] = [
    "first inbox page",
    "opening a conversation of that page",
    "sending a message",
    "opening an arbitrary old conversation",
];

pub async fn growth(system: System, programs: &Programs, load: &Load) -> Result<Vec<Sample>> {
    let [few, many] = load.growth;
    let mut small = Place::new(system, programs, few).await?;
    let mut large = Place::new(system, programs, many).await?;
    tokio::time::sleep(REST).await;
    for _ in 0..VISITS {
        small.visit().await?;
        large.visit().await?;
    }
    let mut samples = Vec::new();
    for (index, question) in QUESTION.into_iter().enumerate() {
        let [few_ms, many_ms] = [&mut small, &mut large].map(|place| place.median_ms(index));
        let named = |messages: usize| format!("growth: {question} at {messages} messages");
        samples.push(sample(named(few * MESSAGES), "ms", few_ms));
        samples.push(sample(named(many * MESSAGES), "ms", many_ms));
        samples.push(sample(
            format!("growth: {question}, ratio"),
            "×",
            many_ms / few_ms,
        ));
    }
    Ok(samples)
}

impl<'a> Place<'a> {
    async fn new(system: System, programs: &'a Programs, conversations: usize) -> Result<Self> {
        let installation = Installation::new(system, programs, Disk::AsItIs)?;
        let server = installation.serve()?;
        let mut crowd = Crowd::new(system, &server).await?;
        let owner = crowd
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
        let past = Past::write(&store, &crowd.site_key, &agent, conversations).await?;
        store.close().await;
        crowd.sign_in(&server).await?;
        Ok(Self {
            server,
            crowd,
            past,
            times: Default::default(),
            asked: 0,
            _installation: installation,
        })
    }

    /// An agent connects, loads the inbox, opens some conversations and writes in some.
    async fn visit(&mut self) -> Result<()> {
        let token = &self.crowd.agent_token;
        let link = Link::open(self.server.target, token).await?;
        self.times[0].push(time(&link, &Ask::FollowInbox).await?);
        let link = Link::open(self.server.target, token).await?;
        for _ in 0..QUESTIONS {
            self.asked += STEP;
            let pick = |all: &[ConversationId]| all[self.asked % all.len()].to_string();
            let conversation = &pick(&self.past.recent);
            self.times[1].push(time(&link, &Ask::Follow { conversation }).await?);
            let conversation = &pick(&self.past.active);
            let text = "We have found it, and it is on its way.";
            self.times[2].push(time(&link, &Ask::Send { conversation, text }).await?);
            let conversation = &pick(&self.past.conversations);
            self.times[3].push(time(&link, &Ask::Follow { conversation }).await?);
        }
        Ok(())
    }

    fn median_ms(&mut self, question: usize) -> f64 {
        let times = &mut self.times[question];
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64() * 1000.0
    }
}

async fn time(link: &Link, ask: &Ask<'_>) -> Result<Duration> {
    let begun = Instant::now();
    link.ask(ask).await?;
    Ok(begun.elapsed())
}
