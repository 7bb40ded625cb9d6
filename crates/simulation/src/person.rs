//! A simulated person: a real engine, and a log of its view.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use deskbell_client::{Action, Change, Connection, Effect, Engine, RowKey, RowState, Side};
use deskbell_engine::Input;
use deskbell_protocol::{
    Body, ClientMessageId, Command, Conversation, ConversationId, Seq, UnixMs,
};
use deskbell_testkit::consistency::client_log::SavedAt;
use deskbell_testkit::seeded_rng::SeededRng;

use crate::fixture::Identity;

pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) identity: Identity,
    pub(crate) engine: Engine,
    rng: SeededRng,
    /// The offset of the client's clock, in milliseconds.
    skew_ms: i64,
    /// The connection that the engine knows.
    pub(crate) link: Option<usize>,
    /// The time of the requested tick, by the client's clock.
    pub(crate) wake_at: Option<UnixMs>,
    pub(crate) is_away: bool,
    /// Whether the next command that changes something arrives twice.
    pub(crate) repeats: bool,
    /// The conversations that the person has opened.
    watched: BTreeSet<ConversationId>,
    pub(crate) log: ClientLog,
}

/// The texts that the person has sent, and what was shown of them.
#[derive(Default)]
pub(crate) struct ClientLog {
    pub(crate) said: Vec<Said>,
    /// The number under which each text was shown as saved.
    pub(crate) saved: BTreeMap<String, SavedAt>,
    /// The number of reloads.
    pub(crate) life: u32,
    /// The highest sequence number that was shown in each conversation since the last reload.
    seen: BTreeMap<ConversationId, Seq>,
    revisions: BTreeMap<ConversationId, i64>,
    pub(crate) refusals: Vec<String>,
}

/// A text.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) life: u32,
    /// Whether it was discarded before it was sent.
    pub(crate) is_discarded: bool,
    /// Whether it was retried after a refusal, behind texts that were written since.
    pub(crate) is_retried: bool,
}

impl Person {
    pub(crate) fn new(name: &str, identity: Identity, mut rng: SeededRng) -> Self {
        let skew_ms = match rng.up_to(2) {
            0 => 0,
            1 => 90_000,
            _ => -90_000,
        };
        Self {
            name: name.to_owned(),
            engine: Engine::new(side(&identity)),
            identity,
            rng,
            skew_ms,
            link: None,
            wake_at: None,
            is_away: false,
            repeats: false,
            watched: BTreeSet::new(),
            log: ClientLog::default(),
        }
    }

    pub(crate) fn side(&self) -> Side {
        side(&self.identity)
    }

    /// The client's clock when it is `now` on the server.
    pub(crate) fn clock(&self, now: UnixMs) -> UnixMs {
        now + self.skew_ms
    }

    /// The server's clock when it is `at` on the client's.
    pub(crate) fn server_time(&self, at: UnixMs) -> UnixMs {
        at - self.skew_ms
    }

    /// Passes an input to the engine; returns its effects and violations.
    pub(crate) fn tell(&mut self, input: Input, now: UnixMs) -> (Vec<Effect>, Vec<String>) {
        let now = self.clock(now);
        let rng = &mut self.rng;
        let mut random = || {
            let mut bytes = [0; 10];
            bytes[..8].copy_from_slice(&rng.next_u64().to_le_bytes());
            bytes[8..].copy_from_slice(&rng.next_u64().to_le_bytes()[..2]);
            bytes
        };
        let effects = self.engine.handle(input, now, &mut random);
        let wrong = self.log.look(&self.engine, &effects);
        (effects, wrong)
    }

    /// Discards all state, as a reload of the page does.
    pub(crate) fn forget(&mut self) {
        self.engine = Engine::new(self.side());
        self.wake_at = None;
        self.watched.clear();
        self.log.life += 1;
        self.log.seen.clear();
        self.log.revisions.clear();
    }

    /// The next text to send.
    pub(crate) fn next_text(&mut self) -> String {
        let text = format!("{} #{}", self.name, self.log.said.len() + 1);
        self.log.said.push(Said {
            text: text.clone(),
            life: self.log.life,
            is_discarded: false,
            is_retried: false,
        });
        text
    }

    /// The conversations that the client knows, in a fixed order.
    pub(crate) fn known(&self) -> Vec<ConversationId> {
        match self.side() {
            Side::Visitor => self.engine.own_conversation().into_iter().collect(),
            Side::Agent => {
                let mut known: Vec<_> = self.engine.inbox().rows().iter().map(|it| it.id).collect();
                known.sort();
                known
            }
        }
    }

    /// The texts that were refused or not sent, the oldest first.
    pub(crate) fn unsent(&self) -> Vec<(ClientMessageId, String, RowState)> {
        let of_conversations = self
            .log
            .seen
            .keys()
            .filter_map(|id| self.engine.timeline(*id))
            .flat_map(|timeline| timeline.unsettled().collect::<Vec<_>>());
        let draft = match (self.side(), self.engine.own_conversation()) {
            (Side::Visitor, None) => self.engine.visitor_rows(),
            _ => Vec::new(),
        };
        of_conversations
            .chain(draft)
            .filter_map(|row| match (row.key, row.body) {
                (RowKey::Client(id), Body::Text { text }) => Some((id, text, row.state)),
                _ => None,
            })
            .collect()
    }

    /// The number of times that a command arrives. Only commands that change something are ever repeated, when
    /// their answer was lost; a connection does not repeat frames by itself.
    pub(crate) fn copies(&mut self, command: &Command) -> usize {
        let changes_something = matches!(
            command,
            Command::Start { .. }
                | Command::Send { .. }
                | Command::Claim { .. }
                | Command::Resolve { .. }
                | Command::Reopen { .. }
                | Command::Close { .. }
        );
        1 + usize::from(changes_something && std::mem::take(&mut self.repeats))
    }

    /// Whether the person has opened a conversation.
    pub(crate) fn is_watching(&self, id: ConversationId) -> bool {
        self.watched.contains(&id) || self.engine.own_conversation() == Some(id)
    }

    /// Whether the person may see a conversation of their workspace.
    pub(crate) fn may_see(&self, head: &Conversation) -> bool {
        match &self.identity {
            Identity::Visitor { id, .. } => head.visitor.id == *id,
            Identity::Agent { .. } => true,
        }
    }

    pub(crate) fn is_live(&self) -> bool {
        *self.engine.connection() == Connection::Live
    }

    /// Records what an action means for later checks.
    pub(crate) fn record_action(&mut self, action: &Action) {
        let client_id = match action {
            Action::Discard(id) | Action::Retry(id) => *id,
            Action::Open(id) => {
                self.watched.insert(*id);
                return;
            }
            Action::Leave(id) => {
                self.watched.remove(id);
                return;
            }
            _ => return,
        };
        let Some((_, text, state)) = self.unsent().into_iter().find(|it| it.0 == client_id) else {
            return;
        };
        let said = self.log.said.iter_mut().find(|said| said.text == text);
        let Some(said) = said else { return };
        match action {
            Action::Discard(_) => {
                said.is_discarded = matches!(state, RowState::Failed { .. } | RowState::Queued);
            }
            _ => said.is_retried |= matches!(state, RowState::Failed { .. }),
        }
    }
}

fn side(identity: &Identity) -> Side {
    match identity {
        Identity::Visitor { .. } => Side::Visitor,
        Identity::Agent { .. } => Side::Agent,
    }
}

impl ClientLog {
    /// Checks the invariants that hold after every step.
    fn look(&mut self, engine: &Engine, effects: &[Effect]) -> Vec<String> {
        let mut wrong = Vec::new();
        for effect in effects {
            match effect {
                Effect::Changed(Change::Timeline(id)) => self.look_at(engine, *id, &mut wrong),
                Effect::Changed(Change::Conversation(id)) => {
                    if let Some(head) = engine.conversation(*id) {
                        self.compare_revision(head, &mut wrong);
                    }
                }
                Effect::Changed(Change::Connection) => {
                    if let Connection::Stopped { code } = engine.connection() {
                        wrong.push(format!("the client gave up with close code {code}"));
                    }
                }
                Effect::Refused { action, error, .. } => {
                    self.refusals.push(format!("{action}: {}", error.message));
                }
                _ => {}
            }
        }
        wrong
    }

    fn compare_revision(&mut self, head: &Conversation, wrong: &mut Vec<String>) {
        let before = self.revisions.insert(head.id, head.revision);
        if before > Some(head.revision) {
            let (id, now) = (head.id, head.revision);
            wrong.push(format!(
                "conversation {id} went back from {before:?} to {now}"
            ));
        }
    }

    fn look_at(&mut self, engine: &Engine, id: ConversationId, wrong: &mut Vec<String>) {
        let Some(timeline) = engine.timeline(id) else {
            return;
        };
        let messages = timeline.messages();
        for pair in messages.windows(2) {
            let (one, next) = (pair[0].seq, pair[1].seq);
            if next != one + 1 {
                wrong.push(format!("{next} stands behind {one} in conversation {id}"));
            }
        }
        let last = timeline.last_seq().unwrap_or(0);
        let before = self.seen.insert(id, last).unwrap_or(0);
        if last < before {
            wrong.push(format!("conversation {id} lost what followed {last}"));
        }
        let mut keys = HashSet::new();
        for row in timeline.rows() {
            if !keys.insert(row.key) {
                wrong.push(format!("a row stands twice in conversation {id}: {row:?}"));
            }
            if let (RowState::Sent, Body::Text { text }) = (&row.state, &row.body) {
                let place = SavedAt {
                    conversation_id: id,
                    seq: row.seq,
                    key: row.key,
                };
                if self.said.iter().any(|said| said.text == *text) {
                    self.note_saved(text, place, wrong);
                }
            }
        }
    }

    fn note_saved(&mut self, text: &str, place: SavedAt, wrong: &mut Vec<String>) {
        match self.saved.get(text) {
            Some(before) if *before == place => {}
            Some(before) => wrong.push(format!("“{text}” moved from {before:?} to {place:?}")),
            None => {
                self.saved.insert(text.to_owned(), place);
            }
        }
    }
}
