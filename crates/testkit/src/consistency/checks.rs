//! Consistency checks: a snapshot of the database, and the differences between it and the view of a client.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use deskbell_client::{Engine, RowKey, Side};
use deskbell_protocol::{
    Body, Conversation, ConversationId, Message, Position, Queue, Sender, Seq, Status,
};
use deskbell_store::conversations::inboxes::{self, Inbox};
use deskbell_store::conversations::messages;
use deskbell_store::{Store, WorkspaceScope};

use super::client_log::{ClientLog, SavedAt};

/// A snapshot of everything that the database contains of a workspace.
pub struct Records {
    pub heads: BTreeMap<ConversationId, Conversation>,
    messages: BTreeMap<ConversationId, Vec<Message>>,
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
            texts: HashMap::new(),
            inbox,
            positions: heads.iter().map(|head| head.position).collect(),
        };
        for head in heads.into_iter().map(|head| head.conversation) {
            let (all, _) =
                messages::page_after(&mut reader, workspace.workspace_id, head.id, 0, ALL).await?;
            for message in &all {
                if let Body::Text { text } = &message.body {
                    let places = records.texts.entry(text.clone()).or_default();
                    places.push(SavedAt {
                        conversation_id: head.id,
                        seq: Some(message.seq),
                        key: RowKey::of(message),
                    });
                }
            }
            records.messages.insert(head.id, all);
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
pub fn check_totals(records: &Records, begun: usize, said: usize, found: &mut Vec<String>) {
    check_database(records, found);
    if records.conversations() != begun {
        let count = records.conversations();
        found.push(format!("{count} conversations, but {begun} were begun"));
    }
    let saved: usize = records.texts.values().map(Vec::len).sum();
    if said != saved {
        found.push(format!(
            "{saved} texts in the database, but {said} were said"
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
    check_views(records, engine, side, &log.name, found);
}

/// Checks that sequence numbers are dense, that heads match their messages, and that the inbox
/// matches its heads.
pub fn check_database(records: &Records, found: &mut Vec<String>) {
    let (inbox, counted) = (records.inbox, records.queue());
    if inbox.queue != counted {
        found.push(format!("{:?} is kept, {counted:?} are there", inbox.queue));
    }
    let last = records.positions.last().copied().unwrap_or(0);
    if last != inbox.position || !records.positions.is_sorted_by(|one, next| one < next) {
        let positions = &records.positions;
        found.push(format!("{positions:?} in an inbox at {}", inbox.position));
    }
    for (id, head) in &records.heads {
        let messages = records.of(*id);
        let places = messages.iter().map(|message| message.seq);
        if !places.eq((1..).take(messages.len())) {
            found.push(format!("{id}: its places are not dense"));
        }
        if Seq::try_from(messages.len()).ok() != Some(head.last_seq) {
            let (count, last) = (messages.len(), head.last_seq);
            found.push(format!(
                "{id}: {count} messages, but the last is said to be {last}"
            ));
        }
    }
}

/// Checks that each text of a client is saved once, under the number that was acknowledged, in the
/// order of sending.
fn check_texts(records: &Records, log: &ClientLog, found: &mut Vec<String>) {
    let mut last: HashMap<ConversationId, Option<Seq>> = HashMap::new();
    for said in &log.said {
        let text = &said.text;
        let places = records.texts.get(text).map_or(&[][..], Vec::as_slice);
        let seen = log.saved.get(text);
        let [place] = places else {
            let how_often = match (places.len(), seen) {
                (0, Some(seen)) => format!("is lost, though it was acknowledged: {seen:?}"),
                (0, None) => "was never saved".to_owned(),
                (count, _) => format!("stands {count} times: {places:?}"),
            };
            found.push(format!("“{text}” {how_often}"));
            continue;
        };
        match seen {
            Some(seen) if seen == place => {}
            Some(seen) => found.push(format!(
                "“{text}” was acknowledged as {seen:?}, is {place:?}"
            )),
            None => found.push(format!("“{text}” is saved, but its sender does not know")),
        }
        if said
            .conversation_id
            .is_some_and(|id| id != place.conversation_id)
        {
            found.push(format!(
                "“{text}” stands in another conversation: {place:?}"
            ));
        }
        let before = last.insert(place.conversation_id, place.seq).flatten();
        if before > place.seq && !log.has_retried {
            found.push(format!("“{text}” stands before what was said before it"));
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
        let wanted = records.of(id);
        let Some(timeline) = engine.timeline(id) else {
            found.push(format!("{name} does not see conversation {id}"));
            continue;
        };
        if let Some(difference) = first_difference(timeline.messages(), wanted) {
            found.push(format!("{name} sees in conversation {id} {difference}"));
        }
        let unsettled = timeline.unsettled().count();
        if unsettled > 0 {
            found.push(format!(
                "{name} sees {unsettled} texts as unsaved in conversation {id}"
            ));
        }
        let (seen, is) = (engine.conversation(id), records.heads.get(&id));
        let equal = match side {
            Side::Agent => seen == is,
            // A visitor gets no event each time that the preview of their own text changes.
            Side::Visitor => {
                let shown = |head: &Conversation| (head.status, head.assignee.clone());
                seen.map(shown) == is.map(shown)
            }
        };
        if !equal {
            let (seen, is) = (seen.map(head), is.map(head));
            found.push(format!(
                "{name} knows conversation {id} as {seen:?}, not {is:?}"
            ));
        }
    }
    if side == Side::Agent {
        let mut listed: Vec<_> = engine.inbox().rows().iter().map(|row| row.id).collect();
        listed.sort();
        if !listed.iter().eq(records.heads.keys()) {
            let (sees, are) = (listed.len(), records.heads.len());
            found.push(format!(
                "{name}'s inbox lists {sees} conversations, there are {are}"
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

pub fn first_difference(seen: &[Message], wanted: &[Message]) -> Option<String> {
    let pair = seen
        .iter()
        .zip(wanted)
        .find(|(seen, wanted)| seen != wanted);
    if let Some((seen, wanted)) = pair {
        return Some(format!("{}, not {}", brief(seen), brief(wanted)));
    }
    (seen.len() != wanted.len()).then(|| format!("{} messages, not {}", seen.len(), wanted.len()))
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
