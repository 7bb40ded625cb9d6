//! People who talk without a pause, each through a client of their own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use deskbell_client::native::{Client, Config};
use deskbell_client::{Action, Change, Connection, Effect, Engine, RowKey, RowState, Side};
use deskbell_protocol::{AgentView, ConversationId, Status};
use deskbell_store::WorkspaceScope;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::Plan;
use super::check::{Records, differences};
use super::dice::Dice;
use super::process::Process;
use super::witness::Witness;

/// Somebody does something this often, in milliseconds.
const PACE_MS: (u64, u64) = (5, 60);
/// Whoever has so many texts unsaved waits before they say more.
const UNSAVED: usize = 5;

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
            let member = Member::connect(server, side, name, token);
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
    fn connect(server: &Process, side: Side, name: String, token: &str) -> Self {
        let client = Client::connect(Config {
            url: server.socket_url(),
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
        let talker = Talker {
            side: self.side,
            client: self.client.clone(),
            witness: self.witness.clone(),
            world,
            dice,
            opened: Vec::new(),
        };
        tokio::spawn(talker.run())
    }
}

fn lock(witness: &Mutex<Witness>) -> MutexGuard<'_, Witness> {
    witness.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Somebody at work.
struct Talker {
    side: Side,
    client: Client,
    witness: Arc<Mutex<Witness>>,
    world: watch::Receiver<World>,
    dice: Dice,
    /// Agent: the conversations on the screen.
    opened: Vec<ConversationId>,
}

impl Talker {
    async fn run(mut self) {
        let mut changes = self.client.changes();
        loop {
            let next = Instant::now() + self.dice.millis(PACE_MS);
            while let Ok(change) = timeout_at(next, changes.recv()).await {
                match change {
                    Ok(effect) => self.watch(&effect),
                    Err(RecvError::Lagged(_)) => self.watch_all(),
                    Err(RecvError::Closed) => return,
                }
            }
            self.act();
        }
    }

    /// Writes down what the client has just shown.
    fn watch(&self, effect: &Effect) {
        self.client.with(|engine| {
            let mut witness = lock(&self.witness);
            match effect {
                Effect::Changed(Change::Connection) => {
                    witness.note_connection(*engine.connection());
                }
                Effect::Changed(Change::Timeline(id)) => witness.look(engine, *id),
                Effect::Changed(Change::Own) => {
                    if let Some(id) = engine.own_conversation() {
                        witness.look(engine, id);
                    }
                }
                Effect::Refused { .. } => witness.note_refusal(effect),
                _ => {}
            }
        });
    }

    fn watch_all(&self) {
        self.client.with(|engine| {
            let mut witness = lock(&self.witness);
            witness.note_connection(*engine.connection());
            for id in self.opened.iter().copied().chain(engine.own_conversation()) {
                witness.look(engine, id);
            }
        });
    }

    fn act(&mut self) {
        let world = *self.world.borrow();
        let is_away = |engine: &Engine| matches!(engine.connection(), Connection::Waiting { .. });
        if world.is_up && self.client.with(is_away) {
            self.client.heal();
        }
        if self.side == Side::Agent {
            self.open_what_is_new();
            self.try_refused_again();
        }
        if world.may_talk {
            self.talk();
        } else {
            self.scroll_back();
        }
    }

    fn talk(&mut self) {
        if lock(&self.witness).unsaved() >= UNSAVED {
            return;
        }
        if self.side == Side::Visitor {
            return self.say(None);
        }
        let Some(id) = self.dice.pick(&self.opened).copied() else {
            return;
        };
        let status = |engine: &Engine| engine.conversation(id).map(|known| known.status);
        match self.client.with(status) {
            Some(Status::Waiting) => self.client.act(Action::Claim(id)),
            Some(Status::Resolved) if self.dice.one_in(4) => self.client.act(Action::Reopen(id)),
            Some(Status::Active) if self.dice.one_in(50) => self.client.act(Action::Resolve(id)),
            Some(Status::Active) => self.say(Some(id)),
            _ => {}
        }
    }

    fn say(&self, conversation_id: Option<ConversationId>) {
        let text = lock(&self.witness).say(conversation_id);
        self.client.act(Action::Send {
            conversation_id,
            text,
        });
    }

    fn open_what_is_new(&mut self) {
        let opened = &self.opened;
        let new: Vec<_> = self.client.with(|engine| {
            let rows = engine.inbox().rows().into_iter().map(|row| row.id);
            rows.filter(|id| !opened.contains(id)).collect()
        });
        for id in new {
            self.client.act(Action::Open(id));
            self.opened.push(id);
        }
    }

    /// An agent may not answer a conversation that waits: claim it, and send the text again.
    fn try_refused_again(&self) {
        for &id in &self.opened {
            let (waits, failed) = self.client.with(|engine| {
                let waits = engine.conversation(id);
                let waits = waits.is_some_and(|known| known.status == Status::Waiting);
                (waits, failed(engine, id))
            });
            if failed.is_empty() {
                continue;
            }
            if waits {
                self.client.act(Action::Claim(id));
                continue;
            }
            lock(&self.witness).has_retried = true;
            for client_id in failed.into_iter().filter_map(RowKey::client_id) {
                self.client.act(Action::Retry(client_id));
            }
        }
    }

    fn scroll_back(&self) {
        let older: Vec<_> = self.client.with(|engine| {
            let opened = self.opened.iter().copied();
            let watched = opened.chain(engine.own_conversation());
            let has_older = |id: &ConversationId| {
                let timeline = engine.timeline(*id);
                timeline.is_some_and(|it| it.has_older() && !it.is_loading_older())
            };
            watched.filter(has_older).collect()
        });
        for id in older {
            self.client.act(Action::LoadOlder(id));
        }
    }
}

/// Texts that were refused.
fn failed(engine: &Engine, id: ConversationId) -> Vec<RowKey> {
    let rows = engine
        .timeline(id)
        .into_iter()
        .flat_map(|it| it.unsettled());
    rows.filter(|row| matches!(row.state, RowState::Failed { .. }))
        .map(|row| row.key)
        .collect()
}
