//! Turns the rows of a timeline into what the thread draws: days, system lines, grouped bubbles.

use deskbell_engine::{Row, RowKey, RowState};
use deskbell_protocol::{Body, Receipts, Sender, UserId};
use uuid::Uuid;

use crate::state::format;

/// Messages of one sender this close together stand in one group.
const GROUP_MS: i64 = 5 * 60_000;

/// One thing in the thread.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    Day { day: i64, name: String },
    System { key: RowKey, text: String },
    Message(Bubble),
}

/// A message and its place in its group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bubble {
    pub(crate) row: Row,
    pub(crate) side: Side,
    pub(crate) first: bool,
    pub(crate) last: bool,
    pub(crate) clock: String,
}

/// What is known of what we wrote last.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Reached {
    /// Nothing more than that it is saved; so it is with everything before.
    #[default]
    Server,
    /// The visitor's program holds it.
    Visitor,
    /// The visitor has had it before their eyes.
    Eyes,
}

/// On whose side of the thread a message stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Side {
    Own,
    Colleague { name: String },
    Visitor { id: Uuid, name: String },
}

/// What stays the same about an item when it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ItemKey {
    Day(i64),
    Row(RowKey),
}

impl Item {
    pub(crate) fn key(&self) -> ItemKey {
        match self {
            Self::Day { day, .. } => ItemKey::Day(*day),
            Self::System { key, .. } => ItemKey::Row(*key),
            Self::Message(bubble) => ItemKey::Row(bubble.row.key),
        }
    }
}

impl Bubble {
    pub(crate) fn text(&self) -> &str {
        match &self.row.body {
            Body::Text { text } => text,
            _ => "This message needs a newer Deskbell. Reload the page.",
        }
    }

    /// The state as a word for the style.
    pub(crate) fn state_word(&self) -> &'static str {
        match self.row.state {
            RowState::Queued => "queued",
            RowState::Sending => "sending",
            RowState::Sent => "sent",
            RowState::Failed { .. } => "failed",
        }
    }
}

/// The items of `rows` as `me` sees them. `local` moves a time to the reader's zone.
pub(crate) fn items(rows: &[Row], me: UserId, now: i64, local: impl Fn(i64) -> i64) -> Vec<Item> {
    let mut items = Vec::with_capacity(rows.len() + 4);
    let mut day = None;
    for (at, row) in rows.iter().enumerate() {
        let local_at = local(row.created_at);
        if day != Some(format::day(local_at)) {
            day = Some(format::day(local_at));
            items.push(Item::Day {
                day: format::day(local_at),
                name: format::day_name(local_at, local(now)),
            });
        }
        if let Some(text) = system_text(row) {
            items.push(Item::System { key: row.key, text });
            continue;
        }
        let joins =
            |other: Option<&Row>| other.is_some_and(|other| is_one_group(row, other, &local));
        items.push(Item::Message(Bubble {
            row: row.clone(),
            side: side(row, me),
            first: !joins(at.checked_sub(1).and_then(|at| rows.get(at))),
            last: !joins(rows.get(at + 1)),
            clock: format::clock(local_at),
        }));
    }
    items
}

/// How far the last of our words has come.
pub(crate) fn reached(rows: &[Row], me: UserId, receipts: &Receipts) -> Option<(RowKey, Reached)> {
    let mut rows = rows.iter().rev();
    let last = rows.find(|row| side(row, me) == Side::Own && system_text(row).is_none())?;
    let seq = last.seq?;
    let reached = if seq <= receipts.visitor_seen {
        Reached::Eyes
    } else if seq <= receipts.visitor_delivered {
        Reached::Visitor
    } else {
        Reached::Server
    };
    Some((last.key, reached))
}

fn is_one_group(a: &Row, b: &Row, local: impl Fn(i64) -> i64) -> bool {
    let is_text = |row: &Row| !matches!(row.sender, Sender::System);
    is_text(a)
        && is_text(b)
        && sender_id(&a.sender) == sender_id(&b.sender)
        && (a.created_at - b.created_at).abs() < GROUP_MS
        && format::day(local(a.created_at)) == format::day(local(b.created_at))
}

fn sender_id(sender: &Sender) -> Option<Uuid> {
    match sender {
        Sender::Visitor { id, .. } => Some(id.0),
        Sender::Agent { id, .. } => Some(id.0),
        Sender::System | Sender::Unknown => None,
    }
}

fn side(row: &Row, me: UserId) -> Side {
    match &row.sender {
        // Only we write here, even before we have been told who we are.
        _ if row.seq.is_none() => Side::Own,
        Sender::Agent { id, .. } if *id == me => Side::Own,
        Sender::Agent { name, .. } => Side::Colleague { name: name.clone() },
        Sender::Visitor { id, name } => Side::Visitor {
            id: id.0,
            name: name.clone(),
        },
        Sender::System | Sender::Unknown => Side::Visitor {
            id: Uuid::nil(),
            name: "Deskbell".into(),
        },
    }
}

fn system_text(row: &Row) -> Option<String> {
    match &row.body {
        Body::Joined { name } => Some(format!("{name} joined")),
        Body::Resolved { name } => Some(format!("{name} resolved the conversation")),
        Body::Reopened { name } => Some(format!("{name} opened the conversation again")),
        Body::Closed { name } => Some(format!("{name} closed the conversation")),
        Body::Text { .. } | Body::Unknown => None,
    }
}
