//! A simulated person: a real engine, and a log of its view.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use deskbell_client::{Action, Change, Connection, Effect, Engine, RowKey, RowState, Side};
use deskbell_engine::Input;
use deskbell_protocol::{
    Body, ClientMessageId, Command, Conversation, ConversationId, Seq, UnixMs,
};
use deskbell_testkit_checks::consistency::client_log::SavedAt;
use deskbell_testkit_checks::consistency::notes::ShownNotes;
use deskbell_testkit_checks::seeded_rng::SeededRng;

use crate::fixture::Identity;

pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) identity: Identity,
    pub(crate) engine: Engine,
    rng: SeededRng,
    /// The offset of the client's clock, in milliseconds.
    skew_ms: i64,
    /// The connection that the engine knows.
    pub(crate) connection: Option<usize>,
    /// The time of the requested tick, by the client's clock.
    pub(crate) tick_at: Option<UnixMs>,
    pub(crate) is_away: bool,
    /// Whether the next command that changes something arrives twice.
    pub(crate) repeats_next: bool,
    /// The conversations that the person has opened.
    opened: BTreeSet<ConversationId>,
    pub(crate) log: ClientLog,
}

/// The texts that the person has sent, and what was shown of them.
#[derive(Default)]
pub(crate) struct ClientLog {
    pub(crate) sent: Vec<SentText>,
    /// The number under which each text was shown as saved.
    pub(crate) saved: BTreeMap<String, SavedAt>,
    /// The number of reloads.
    pub(crate) reloads: u32,
    /// The highest sequence number that was shown in each conversation since the last reload.
    seen: BTreeMap<ConversationId, Seq>,
    revisions: BTreeMap<ConversationId, i64>,
    pub(crate) notes: ShownNotes,
    pub(crate) refusals: Vec<String>,
}

/// A text.
#[derive(Clone, Debug)]
pub(crate) struct SentText {
    pub(crate) text: String,
    pub(crate) reloads: u32,
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
            connection: None,
            tick_at: None,
            is_away: false,
            repeats_next: false,
            opened: BTreeSet::new(),
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
    pub(crate) fn handle(&mut self, input: Input, now: UnixMs) -> (Vec<Effect>, Vec<String>) {
        let now = self.clock(now);
        let rng = &mut self.rng;
        let mut random = || {
            let mut bytes = [0; 10];
            bytes[..8].copy_from_slice(&rng.next_u64().to_le_bytes());
            bytes[8..].copy_from_slice(&rng.next_u64().to_le_bytes()[..2]);
            bytes
        };
        let effects = self.engine.handle(input, now, &mut random);
        let wrong = self.log.check(&self.engine, &effects);
        (effects, wrong)
    }

    /// Discards all state, as a reload of the page does.
    pub(crate) fn reload(&mut self) {
        self.engine = Engine::new(self.side());
        self.tick_at = None;
        self.opened.clear();
        self.log.reloads += 1;
        self.log.seen.clear();
        self.log.revisions.clear();
    }

    /// The next text to send.
    pub(crate) fn next_text(&mut self) -> String {
        let text = format!("{} #{}", self.name, self.log.sent.len() + 1);
        self.log.sent.push(SentText {
            text: text.clone(),
            reloads: self.log.reloads,
            is_discarded: false,
            is_retried: false,
        });
        text
    }

    /// The id of a note.
    pub(crate) fn next_client_id(&mut self) -> ClientMessageId {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.rng.next_u64().to_le_bytes());
        ClientMessageId::from_parts(0, random)
    }

    /// The conversations that the client knows, in a fixed order.
    pub(crate) fn known_conversations(&self) -> Vec<ConversationId> {
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
                | Command::Assign { .. }
                | Command::Update { .. }
                | Command::Note { .. }
                | Command::Snooze { .. }
                | Command::Resolve { .. }
                | Command::Reopen { .. }
                | Command::Close { .. }
        );
        1 + usize::from(changes_something && std::mem::take(&mut self.repeats_next))
    }

    /// Whether the person has opened a conversation.
    pub(crate) fn has_open(&self, id: ConversationId) -> bool {
        self.opened.contains(&id) || self.engine.own_conversation() == Some(id)
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
                self.opened.insert(*id);
                return;
            }
            Action::Leave(id) => {
                self.opened.remove(id);
                return;
            }
            _ => return,
        };
        let Some((_, text, state)) = self.unsent().into_iter().find(|it| it.0 == client_id) else {
            return;
        };
        let sent = self.log.sent.iter_mut().find(|sent| sent.text == text);
        let Some(sent) = sent else { return };
        match action {
            Action::Discard(_) => {
                sent.is_discarded = matches!(state, RowState::Failed { .. } | RowState::Queued);
            }
            _ => sent.is_retried |= matches!(state, RowState::Failed { .. }),
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
    fn check(&mut self, engine: &Engine, effects: &[Effect]) -> Vec<String> {
        let mut wrong = Vec::new();
        for effect in effects {
            match effect {
                Effect::Changed(Change::Timeline(id)) => {
                    self.check_timeline(engine, *id, &mut wrong)
                }
                Effect::Changed(Change::Conversation(id)) => {
                    if let Some(head) = engine.conversation(*id) {
                        self.check_revision(head, &mut wrong);
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

    fn check_revision(&mut self, head: &Conversation, wrong: &mut Vec<String>) {
        let before = self.revisions.insert(head.id, head.revision);
        if before > Some(head.revision) {
            let (id, now) = (head.id, head.revision);
            wrong.push(format!(
                "conversation {id} went back from {before:?} to {now}"
            ));
        }
    }

    fn check_timeline(&mut self, engine: &Engine, id: ConversationId, wrong: &mut Vec<String>) {
        let Some(timeline) = engine.timeline(id) else {
            return;
        };
        self.notes.record(engine, id);
        let messages = timeline.messages();
        for pair in messages.windows(2) {
            let (one, next) = (pair[0].seq, pair[1].seq);
            if next != one + 1 {
                wrong.push(format!("{next} follows {one} in conversation {id}"));
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
                wrong.push(format!(
                    "a row is shown twice in conversation {id}: {row:?}"
                ));
            }
            if let (RowState::Sent, Body::Text { text }) = (&row.state, &row.body) {
                let saved_at = SavedAt {
                    conversation_id: id,
                    seq: row.seq,
                    key: row.key,
                };
                if self.sent.iter().any(|sent| sent.text == *text) {
                    self.record_saved(text, saved_at, wrong);
                }
            }
        }
    }

    fn record_saved(&mut self, text: &str, saved_at: SavedAt, wrong: &mut Vec<String>) {
        match self.saved.get(text) {
            Some(before) if *before == saved_at => {}
            Some(before) => wrong.push(format!("“{text}” moved from {before:?} to {saved_at:?}")),
            None => {
                self.saved.insert(text.to_owned(), saved_at);
            }
        }
    }
}
