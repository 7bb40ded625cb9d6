//! The clients of a kill test, each with a log of its view.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use anyhow::Result;
use deskbell_client::native::{Client, Config};
use deskbell_client::{Action, Connection, Side};
use deskbell_protocol::AgentView;
use deskbell_store::WorkspaceScope;
use deskbell_testkit_checks::consistency::checks::{Records, check_member, check_totals};
use deskbell_testkit_checks::consistency::client_log::{ClientLog, lock};
use deskbell_testkit_checks::seeded_rng::SeededRng;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::chat_client::ChatClient;
use super::network_state::NetworkState;
use super::plan::Plan;
use super::server_process::ServerProcess;

/// The maximum number of differences that are printed.
const MAX_DIFFERENCES: usize = 20;

/// All clients of a run.
pub(super) struct Clients {
    members: Vec<Member>,
    tasks: Vec<JoinHandle<()>>,
    workspace: WorkspaceScope,
}

/// One client, as the test observes it.
struct Member {
    side: Side,
    client: Client,
    log: Arc<Mutex<ClientLog>>,
}

impl Clients {
    pub(super) async fn connect(
        server: &ServerProcess,
        address: SocketAddr,
        plan: &Plan,
        rng: &mut SeededRng,
        network: &watch::Receiver<NetworkState>,
    ) -> Result<Self> {
        let (me, ada) = server.sign_in("ada").await?;
        let (_, ben) = server.sign_in("ben").await?;
        let mut clients = Self {
            members: Vec::new(),
            tasks: Vec::new(),
            workspace: WorkspaceScope {
                workspace_id: me.workspace.id,
                user: AgentView {
                    id: me.user_id,
                    name: me.name,
                },
                role: me.workspace.role,
            },
        };
        let mut join = |side, name, token: &str| {
            let member = Member::connect(address, side, name, token);
            clients
                .tasks
                .push(member.spawn_chat(rng.split(), network.clone()));
            clients.members.push(member);
        };
        for (number, (name, token)) in [("Ada", &ada), ("Ben", &ben)]
            .into_iter()
            .cycle()
            .take(plan.agents.into())
            .enumerate()
        {
            join(Side::Agent, format!("{name} {}", number / 2 + 1), token);
        }
        for number in 1..=plan.visitors {
            let token = server.visitor_token().await?;
            join(Side::Visitor, format!("Vera {number}"), &token);
        }
        Ok(clients)
    }

    pub(super) fn workspace(&self) -> &WorkspaceScope {
        &self.workspace
    }

    pub(super) fn is_live(&self) -> bool {
        self.members.iter().all(Member::is_live)
    }

    /// Whether every client is connected and knows that all of its texts are saved.
    pub(super) fn is_drained(&self) -> bool {
        let mut members = self.members.iter();
        members.all(|member| member.is_live() && member.log().unsaved() == 0)
    }

    /// The numbers of reconnects and of acknowledged texts.
    pub(super) fn counts(&self) -> (u64, u64) {
        self.members
            .iter()
            .fold((0, 0), |(reconnects, saved), member| {
                let log = member.log();
                (
                    // The first connection is no reconnect.
                    reconnects + log.reconnects.saturating_sub(1),
                    saved + log.saved.len() as u64,
                )
            })
    }

    /// All differences between what the clients show and the database.
    pub(super) fn differences(&self, records: &Records) -> Vec<String> {
        let mut found = Vec::new();
        let started = self
            .members
            .iter()
            .filter(|it| it.has_conversation())
            .count();
        let sent = self.members.iter().map(|it| it.log().sent.len()).sum();
        check_totals(records, started, sent, &mut found);
        for member in &self.members {
            member.client.with(|engine| {
                check_member(records, engine, member.side, &member.log(), &mut found);
            });
        }
        truncate(found)
    }
}

/// The first differences; the others would not add information.
fn truncate(mut found: Vec<String>) -> Vec<String> {
    let count = found.len();
    found.truncate(MAX_DIFFERENCES);
    if count > MAX_DIFFERENCES {
        found.push(format!("… and {} more", count - MAX_DIFFERENCES));
    }
    found
}

impl Drop for Clients {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Member {
    fn connect(address: SocketAddr, side: Side, name: String, token: &str) -> Self {
        let client = Client::connect(Config {
            url: format!("ws://{address}/api/v1/socket"),
            side,
            token: Some(token.to_owned().into()),
            renew: None,
            headers: Vec::new(),
        });
        if side == Side::Agent {
            client.act(Action::FollowInbox);
        }
        Self {
            side,
            client,
            log: Arc::new(Mutex::new(ClientLog::new(name))),
        }
    }

    fn log(&self) -> MutexGuard<'_, ClientLog> {
        lock(&self.log)
    }

    /// Whether this is a visitor who has sent a message, and so has a conversation.
    fn has_conversation(&self) -> bool {
        self.side == Side::Visitor && !self.log().sent.is_empty()
    }

    fn is_live(&self) -> bool {
        self.client
            .with(|engine| *engine.connection() == Connection::Live)
    }

    fn spawn_chat(&self, rng: SeededRng, network: watch::Receiver<NetworkState>) -> JoinHandle<()> {
        let (client, log) = (self.client.clone(), self.log.clone());
        tokio::spawn(ChatClient::new(self.side, client, log, network, rng).run())
    }
}
