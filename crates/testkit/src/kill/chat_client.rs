//! A simulated user, who sends without a pause and logs the view of the client.

use std::sync::{Arc, Mutex};

use deskbell_client::native::Client;
use deskbell_client::{Action, Change, Connection, Effect, Engine, RowKey, RowState, Side};
use deskbell_protocol::{Assignment, ClientMessageId, ConversationId, Priority, Snooze, Status};
use deskbell_testkit_checks::consistency::client_log::{ClientLog, lock};
use deskbell_testkit_checks::seeded_rng::SeededRng;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::network_state::NetworkState;

/// The interval between the actions of a client, in milliseconds.
const PACE_MS: (u64, u64) = (5, 60);
/// A client with this many unsaved texts waits before it sends more.
const UNSAVED: usize = 5;

pub(super) struct ChatClient {
    side: Side,
    client: Client,
    log: Arc<Mutex<ClientLog>>,
    network: watch::Receiver<NetworkState>,
    rng: SeededRng,
    /// Agent: the conversations that are open.
    opened: Vec<ConversationId>,
}

impl ChatClient {
    pub(super) fn new(
        side: Side,
        client: Client,
        log: Arc<Mutex<ClientLog>>,
        network: watch::Receiver<NetworkState>,
        rng: SeededRng,
    ) -> Self {
        Self {
            side,
            client,
            log,
            network,
            rng,
            opened: Vec::new(),
        }
    }

    pub(super) async fn run(mut self) {
        let mut changes = self.client.changes();
        loop {
            let next = Instant::now() + self.rng.millis(PACE_MS);
            while let Ok(change) = timeout_at(next, changes.recv()).await {
                match change {
                    Ok(effect) => self.record(&effect),
                    Err(RecvError::Lagged(_)) => self.record_all(),
                    Err(RecvError::Closed) => return,
                }
            }
            self.act();
        }
    }

    /// Records what the client has just shown.
    fn record(&self, effect: &Effect) {
        self.client.with(|engine| {
            let mut log = lock(&self.log);
            match effect {
                Effect::Changed(Change::Connection) => {
                    log.record_connection(*engine.connection());
                }
                Effect::Changed(Change::Inbox) => log.record_inbox(engine),
                Effect::Changed(Change::Timeline(id)) => log.record_timeline(engine, *id),
                Effect::Changed(Change::Own) => {
                    if let Some(id) = engine.own_conversation() {
                        log.record_timeline(engine, id);
                    }
                }
                Effect::Refused { .. } => log.record_refusal(effect),
                _ => {}
            }
        });
    }

    fn record_all(&self) {
        self.client.with(|engine| {
            let mut log = lock(&self.log);
            log.record_connection(*engine.connection());
            log.record_inbox(engine);
            for id in self.opened.iter().copied().chain(engine.own_conversation()) {
                log.record_timeline(engine, id);
            }
        });
    }

    fn act(&mut self) {
        let network = *self.network.borrow();
        let is_waiting =
            |engine: &Engine| matches!(engine.connection(), Connection::Waiting { .. });
        if network.is_up && self.client.with(is_waiting) {
            self.client.reconnect();
        }
        if self.side == Side::Agent {
            self.open_new_conversations();
            self.retry_refused();
        }
        if network.may_send {
            self.send_or_change_status();
        } else {
            self.scroll_back();
        }
    }

    fn send_or_change_status(&mut self) {
        if lock(&self.log).unsaved() >= UNSAVED {
            return;
        }
        if self.side == Side::Visitor {
            return self.send(None);
        }
        let Some(id) = self.rng.pick(&self.opened).copied() else {
            return;
        };
        let status = |engine: &Engine| {
            engine
                .conversation(id)
                .map(|conversation| conversation.status)
        };
        match self.client.with(status) {
            Some(Status::Waiting) if self.rng.one_in(10) => self.set_priority(id),
            Some(Status::Waiting) if self.rng.one_in(2) => self.client.act(Action::Claim(id)),
            Some(Status::Resolved) if self.rng.one_in(4) => self.client.act(Action::Reopen(id)),
            // A reply claims a waiting conversation and reopens a resolved one.
            Some(Status::Waiting) => self.send(Some(id)),
            Some(Status::Resolved) if self.rng.one_in(8) => self.send(Some(id)),
            Some(Status::Active) if self.rng.one_in(50) => self.client.act(Action::Resolve(id)),
            Some(Status::Active) if self.rng.one_in(30) => self.assign(id),
            Some(Status::Active) if self.rng.one_in(15) => self.write_note(id),
            Some(Status::Active) if self.rng.one_in(40) => self.client.act(Action::Snooze {
                conversation_id: id,
                snooze: Some(Snooze { until: None }),
            }),
            Some(Status::Active) => self.send(Some(id)),
            _ => {}
        }
    }

    /// Assigns a conversation to a teammate who is online, or returns it to the queue.
    fn assign(&mut self, conversation_id: ConversationId) {
        let agents: Vec<_> = self.client.with(|engine| {
            let agents = engine.presence().agents().iter();
            agents.map(|it| it.agent.id).collect()
        });
        let to = match self.rng.pick(&agents) {
            Some(user_id) if !self.rng.one_in(4) => Assignment::Agent { user_id: *user_id },
            _ => Assignment::Queue,
        };
        self.client.act(Action::Assign {
            conversation_id,
            to,
        });
    }

    fn set_priority(&mut self, conversation_id: ConversationId) {
        let priorities = [
            Priority::Low,
            Priority::Normal,
            Priority::High,
            Priority::Urgent,
        ];
        self.client.act(Action::Update {
            conversation_id,
            priority: self.rng.pick(&priorities).copied(),
            subject: None,
        });
    }

    /// Writes a note. One whose answer is lost is not repeated: it may be saved or not, but never twice.
    fn write_note(&mut self, conversation_id: ConversationId) {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.rng.next_u64().to_le_bytes());
        let client_id = ClientMessageId::from_parts(0, random);
        self.client.act(Action::Note {
            conversation_id,
            client_id,
            text: format!("Note {client_id}"),
            mentions: Vec::new(),
        });
    }

    fn send(&self, conversation_id: Option<ConversationId>) {
        let text = lock(&self.log).next_text(conversation_id);
        self.client.act(Action::Send {
            conversation_id,
            text,
        });
    }

    fn open_new_conversations(&mut self) {
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

    /// Retries texts that were refused because a teammate has claimed the conversation.
    fn retry_refused(&self) {
        for &id in &self.opened {
            let failed = self.client.with(|engine| failed(engine, id));
            if failed.is_empty() {
                continue;
            }
            lock(&self.log).has_retried = true;
            for client_id in failed.into_iter().filter_map(RowKey::client_id) {
                self.client.act(Action::Retry(client_id));
            }
        }
    }

    fn scroll_back(&self) {
        let older: Vec<_> = self.client.with(|engine| {
            let opened = self.opened.iter().copied();
            let shown = opened.chain(engine.own_conversation());
            let has_older = |id: &ConversationId| {
                let timeline = engine.timeline(*id);
                timeline.is_some_and(|it| it.has_older() && !it.is_loading_older())
            };
            shown.filter(has_older).collect()
        });
        for id in older {
            self.client.act(Action::LoadOlder(id));
        }
    }
}

/// The texts that were refused.
fn failed(engine: &Engine, id: ConversationId) -> Vec<RowKey> {
    let rows = engine
        .timeline(id)
        .into_iter()
        .flat_map(|it| it.unsettled());
    rows.filter(|row| matches!(row.state, RowState::Failed { .. }))
        .map(|row| row.key)
        .collect()
}
