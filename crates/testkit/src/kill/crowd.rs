//! Everybody who takes part, each with a client and a witness of what it shows.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use anyhow::Result;
use deskbell_client::native::{Client, Config};
use deskbell_client::{Action, Connection, Side};
use deskbell_protocol::AgentView;
use deskbell_store::WorkspaceScope;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Plan;
use super::check::{Records, differences};
use super::process::Process;
use super::talker::Talker;
use super::witness::{Witness, lock};
use crate::dice::Dice;

/// What people know of the world.
#[derive(Clone, Copy, Debug)]
pub(super) struct World {
    /// The network seems to be there: do not wait any longer, connect.
    pub(super) is_up: bool,
    pub(super) may_talk: bool,
}

/// Everybody.
pub(super) struct Crowd {
    members: Vec<Member>,
    tasks: Vec<JoinHandle<()>>,
    workspace: WorkspaceScope,
}

/// Somebody, seen from outside.
pub(super) struct Member {
    pub(super) side: Side,
    pub(super) client: Client,
    witness: Arc<Mutex<Witness>>,
}

impl Crowd {
    pub(super) async fn gather(
        server: &Process,
        door: SocketAddr,
        plan: &Plan,
        dice: &mut Dice,
        world: &watch::Receiver<World>,
    ) -> Result<Self> {
        let (me, ada) = server.sign_in("ada").await?;
        let (_, ben) = server.sign_in("ben").await?;
        let mut crowd = Self {
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
            let member = Member::connect(door, side, name, token);
            crowd.tasks.push(member.talk(dice.split(), world.clone()));
            crowd.members.push(member);
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
        Ok(crowd)
    }

    pub(super) fn workspace(&self) -> &WorkspaceScope {
        &self.workspace
    }

    pub(super) fn is_live(&self) -> bool {
        self.members.iter().all(Member::is_live)
    }

    /// Whether everybody is live and knows that all they said is saved.
    pub(super) fn is_drained(&self) -> bool {
        let mut members = self.members.iter();
        members.all(|member| member.is_live() && member.witness().unsaved() == 0)
    }

    /// Reconnects, and texts known to be saved.
    pub(super) fn counts(&self) -> (u64, u64) {
        self.members
            .iter()
            .fold((0, 0), |(reconnects, saved), member| {
                let witness = member.witness();
                (
                    // The first time is not a return.
                    reconnects + witness.reconnects.saturating_sub(1),
                    saved + witness.saved.len() as u64,
                )
            })
    }

    /// Everything in which what people know differs from the database.
    pub(super) fn differences(&self, records: &Records) -> Vec<String> {
        differences(records, &self.members)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Member {
    fn connect(door: SocketAddr, side: Side, name: String, token: &str) -> Self {
        let client = Client::connect(Config {
            url: format!("ws://{door}/api/v1/socket"),
            side,
            token: Some(token.to_owned()),
            headers: Vec::new(),
        });
        if side == Side::Agent {
            client.act(Action::FollowInbox);
        }
        Self {
            side,
            client,
            witness: Arc::new(Mutex::new(Witness::new(name))),
        }
    }

    pub(super) fn witness(&self) -> MutexGuard<'_, Witness> {
        lock(&self.witness)
    }

    fn is_live(&self) -> bool {
        self.client
            .with(|engine| *engine.connection() == Connection::Live)
    }

    fn talk(&self, dice: Dice, world: watch::Receiver<World>) -> JoinHandle<()> {
        let (client, witness) = (self.client.clone(), self.witness.clone());
        tokio::spawn(Talker::new(self.side, client, witness, world, dice).run())
    }
}
