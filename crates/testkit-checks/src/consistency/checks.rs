//! Consistency checks: a snapshot of the database, and the differences between it and the view of a client.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use deskbell_client::{Engine, RowKey, Side};
use deskbell_protocol::{
    Body, Conversation, ConversationId, Message, Position, Queue, Sender, Seq, Status,
};
use deskbell_store::conversations::inboxes::{self, Inbox};
use deskbell_store::conversations::{messages, notes as saved_notes};
use deskbell_store::{Store, WorkspaceScope};

use super::client_log::{ClientLog, SavedAt};
use super::notes::{self, Notes};

/// A snapshot of everything that the database contains of a workspace.
pub struct Records {
    pub heads: BTreeMap<ConversationId, Conversation>,
    messages: BTreeMap<ConversationId, Vec<Message>>,
    pub notes: Notes,
    /// The numbers of each text, by its text; several if it was saved more than once.
    pub texts: HashMap<String, Vec<SavedAt>>,
    pub inbox: Inbox,
    /// The positions of all heads, in order.
    positions: Vec<Position>,
}

/// More rows than a run creates.
const ALL: usize = 1_000_000;

impl Records {
    pub async fn read(store: &Store, workspace: &WorkspaceScope) -> Result<Self> {
        let mut reader = store.read().await?;
        let inbox = inboxes::get_inbox(&mut reader, workspace).await?;
        let (heads, _) =
            inboxes::list_changes(&mut reader, workspace, 0, Position::MAX, ALL).await?;
        let mut records = Self {
            heads: BTreeMap::new(),
            messages: BTreeMap::new(),
            notes: Notes::new(),
            texts: HashMap::new(),
            inbox,
            positions: heads.iter().map(|head| head.position).collect(),
        };
        for head in heads.into_iter().map(|head| head.conversation) {
            let (all, _) =
                messages::page_after(&mut reader, workspace.workspace_id, head.id, 0, ALL).await?;
            for message in &all {
                if let Body::Text { text } = &message.body {
                    let positions = records.texts.entry(text.clone()).or_default();
                    positions.push(SavedAt {
                        conversation_id: head.id,
                        seq: Some(message.seq),
                        key: RowKey::of(message),
                    });
                }
            }
            records.messages.insert(head.id, all);
            let (notes, _) =
                saved_notes::page_after(&mut reader, workspace.workspace_id, head.id, 0, ALL)
                    .await?;
            records.notes.insert(head.id, notes);
            records.heads.insert(head.id, head);
        }
        Ok(records)
    }

    pub fn conversations(&self) -> usize {
        self.heads.len()
    }

    pub fn messages(&self) -> usize {
        self.messages.values().map(Vec::len).sum()
    }

    /// The counters, computed by counting the heads.
    fn queue(&self) -> Queue {
        let count = |status| {
            let with = self.heads.values().filter(|head| head.status == status);
            i64::try_from(with.count()).unwrap_or(i64::MAX)
        };
        Queue {
            waiting: count(Status::Waiting),
            active: count(Status::Active),
            resolved: count(Status::Resolved),
        }
    }

    pub fn of(&self, id: ConversationId) -> &[Message] {
        self.messages.get(&id).map_or(&[], Vec::as_slice)
    }
}

/// Checks that the database has as many conversations as were started, and as many texts as were
/// sent.
pub fn check_totals(records: &Records, started: usize, sent: usize, found: &mut Vec<String>) {
    check_database(records, found);
    if records.conversations() != started {
        let count = records.conversations();
        found.push(format!("{count} conversations, but {started} were started"));
    }
    let saved: usize = records.texts.values().map(Vec::len).sum();
    if sent != saved {
        found.push(format!(
            "{saved} texts in the database, but {sent} were sent"
        ));
    }
}

/// Checks that what one client has sent and shows matches the database.
pub fn check_member(
    records: &Records,
    engine: &Engine,
    side: Side,
    log: &ClientLog,
    found: &mut Vec<String>,
) {
    found.extend(log.violations.iter().cloned());
    check_texts(records, log, found);
    log.notes.check(&records.notes, &log.name, found);
    check_views(records, engine, side, &log.name, found);
}

/// Checks that sequence numbers are dense, that heads match their messages, and that the inbox
/// matches its heads.
pub fn check_database(records: &Records, found: &mut Vec<String>) {
    notes::check_saved(&records.notes, found);
    let (inbox, counted) = (records.inbox, records.queue());
    if inbox.queue != counted {
        found.push(format!(
            "the counters are {:?}, but the heads give {counted:?}",
            inbox.queue
        ));
    }
    let last = records.positions.last().copied().unwrap_or(0);
    if last != inbox.position || !records.positions.is_sorted_by(|one, next| one < next) {
        let positions = &records.positions;
        found.push(format!("{positions:?} in an inbox at {}", inbox.position));
    }
    let mut numbers: Vec<_> = records
        .heads
        .values()
        .map(|head| head.attributes.number)
        .collect();
    numbers.sort_unstable();
    if !numbers
        .iter()
        .copied()
        .eq((1..).map(Some).take(numbers.len()))
    {
        found.push(format!("the numbers are not dense: {numbers:?}"));
    }
    for (id, head) in &records.heads {
        let messages = records.of(*id);
        let positions = messages.iter().map(|message| message.seq);
        if !positions.eq((1..).take(messages.len())) {
            found.push(format!("{id}: its sequence numbers are not dense"));
        }
        if Seq::try_from(messages.len()).ok() != Some(head.last_seq) {
            let (count, last) = (messages.len(), head.last_seq);
            found.push(format!(
                "{id}: {count} messages, but its head has {last} as the last"
            ));
        }
    }
}

/// Checks that each text of a client is saved once, under the number that was acknowledged, in the
/// order of sending.
fn check_texts(records: &Records, log: &ClientLog, found: &mut Vec<String>) {
    let mut last: HashMap<ConversationId, Option<Seq>> = HashMap::new();
    for sent in &log.sent {
        let text = &sent.text;
        let positions = records.texts.get(text).map_or(&[][..], Vec::as_slice);
        let seen = log.saved.get(text);
        let [saved_at] = positions else {
            let how_often = match (positions.len(), seen) {
                (0, Some(seen)) => format!("is lost, though it was acknowledged: {seen:?}"),
                (0, None) => "was never saved".to_owned(),
                (count, _) => format!("is saved {count} times: {positions:?}"),
            };
            found.push(format!("“{text}” {how_often}"));
            continue;
        };
        match seen {
            Some(seen) if seen == saved_at => {}
            Some(seen) => found.push(format!(
                "“{text}” was acknowledged as {seen:?}, is {saved_at:?}"
            )),
            None => found.push(format!("“{text}” is saved, but was not acknowledged")),
        }
        if sent
            .conversation_id
            .is_some_and(|id| id != saved_at.conversation_id)
        {
            found.push(format!(
                "“{text}” is saved in another conversation: {saved_at:?}"
            ));
        }
        let before = last
            .insert(saved_at.conversation_id, saved_at.seq)
            .flatten();
        if before > saved_at.seq && !log.has_retried {
            found.push(format!(
                "“{text}” is saved before a text that was sent earlier"
            ));
        }
    }
}

/// Checks that what a client shows matches the database.
fn check_views(
    records: &Records,
    engine: &Engine,
    side: Side,
    name: &str,
    found: &mut Vec<String>,
) {
    let watched: Vec<_> = match side {
        Side::Agent => records.heads.keys().copied().collect(),
        Side::Visitor => engine.own_conversation().into_iter().collect(),
    };
    for id in watched {
        let expected = records.of(id);
        let Some(timeline) = engine.timeline(id) else {
            found.push(format!("{name} does not show conversation {id}"));
            continue;
        };
        if let Some(difference) = first_difference(timeline.messages(), expected) {
            found.push(format!("{name} shows in conversation {id} {difference}"));
        }
        notes::check_view(&records.notes, engine, id, name, side, found);
        let unsettled = timeline.unsettled().count();
        if unsettled > 0 {
            found.push(format!(
                "{name} shows {unsettled} texts as unsaved in conversation {id}"
            ));
        }
        let (seen, is) = (engine.conversation(id), records.heads.get(&id));
        let equal = match side {
            Side::Agent => seen == is,
            // A visitor gets no event each time that the preview of their own text changes.
            Side::Visitor => {
                if seen.is_some_and(|seen| *seen != seen.clone().for_visitor()) {
                    found.push(format!("{name} sees what only agents may see of {id}"));
                }
                let shown = |head: &Conversation| (head.status, head.assignee.clone());
                seen.map(shown) == is.map(shown)
            }
        };
        if !equal {
            let (seen, is) = (seen.map(head), is.map(head));
            found.push(format!(
                "{name} shows conversation {id} as {seen:?}, not {is:?}"
            ));
        }
    }
    if side == Side::Agent {
        let mut listed: Vec<_> = engine.inbox().rows().iter().map(|row| row.id).collect();
        listed.sort();
        if !listed.iter().eq(records.heads.keys()) {
            let (shown, count) = (listed.len(), records.heads.len());
            found.push(format!(
                "{name}'s inbox lists {shown} conversations instead of {count}"
            ));
        }
        let (seen, is) = (engine.inbox(), records.inbox);
        if (seen.position(), seen.queue()) != (Some(is.position), is.queue) {
            let (position, queue) = (seen.position(), seen.queue());
            found.push(format!(
                "{name}'s inbox is at {position:?} with {queue:?}, not {is:?}"
            ));
        }
    }
}

pub fn first_difference(seen: &[Message], expected: &[Message]) -> Option<String> {
    let pair = seen
        .iter()
        .zip(expected)
        .find(|(seen, expected)| seen != expected);
    if let Some((seen, expected)) = pair {
        return Some(format!("{}, not {}", brief(seen), brief(expected)));
    }
    (seen.len() != expected.len())
        .then(|| format!("{} messages, not {}", seen.len(), expected.len()))
}

pub fn head(conversation: &Conversation) -> String {
    let assignee = conversation.assignee.as_ref().map(|agent| &agent.name);
    format!(
        "revision {}, {:?}, of {assignee:?}, last message {}, {}",
        conversation.revision, conversation.status, conversation.last_seq, conversation.preview
    )
}

fn brief(message: &Message) -> String {
    let who = match &message.sender {
        Sender::Visitor { name, .. } | Sender::Agent { name, .. } => name,
        Sender::System | Sender::Unknown => "Deskbell",
    };
    format!("{}: {who}: {:?}", message.seq, message.body)
}

#[cfg(test)]
mod tests;
