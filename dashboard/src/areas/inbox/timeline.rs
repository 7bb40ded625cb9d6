//! Converts the rows of a timeline to the lines of the thread: days, system lines, grouped bubbles.

use deskbell_engine::{Row, RowKey, RowState};
use deskbell_protocol::{Body, Receipts, Sender, UserId};
use uuid::Uuid;

use crate::format::{self, Locale};
use crate::shell::labels::visitor_label;
use crate::text::thread as text;

/// Messages of one sender this close together stand in one group.
const GROUP_MS: i64 = 5 * 60_000;

/// One line of the thread.
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
    /// For our own saved messages that show it.
    pub(crate) delivery: Option<Delivery>,
}

/// The delivery state of our message.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Delivery {
    /// The server has saved it.
    #[default]
    Sent,
    /// The visitor's browser has received it.
    Delivered,
    /// The visitor has seen it.
    Seen,
}

/// The author of a message, which decides the side of the thread.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Side {
    Own,
    Teammate { name: String },
    Visitor { id: Uuid, name: String },
}

impl Side {
    /// The author as a word for the style sheet.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Teammate { .. } => "teammate",
            Self::Visitor { .. } => "visitor",
        }
    }

    /// The author's name, or "You".
    pub(crate) fn author(&self) -> &str {
        match self {
            Self::Own => text::YOU,
            Self::Teammate { name } | Self::Visitor { name, .. } => name,
        }
    }
}

/// The identity of a line, which stays the same while its content changes.
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
            _ => text::UNKNOWN_BODY,
        }
    }

    /// The state as a word for the style sheet.
    pub(crate) fn state_word(&self) -> &'static str {
        match self.row.state {
            RowState::Queued => "queued",
            RowState::Sending => "sending",
            RowState::Sent => "sent",
            RowState::Failed { .. } => "failed",
        }
    }
}

/// The lines that `me` sees for `rows`.
pub(crate) fn items(
    rows: &[Row],
    me: UserId,
    receipts: &Receipts,
    now: i64,
    locale: &impl Locale,
) -> Vec<Item> {
    let mut items = Vec::with_capacity(rows.len() + 4);
    let mut day = None;
    let newest_seen = newest_seen(rows, me, receipts);
    for (at, row) in rows.iter().enumerate() {
        let today = format::day(row.created_at, locale);
        if day != Some(today) {
            day = Some(today);
            items.push(Item::Day {
                day: today,
                name: format::day_name(row.created_at, now, locale),
            });
        }
        if let Some(text) = system_text(row) {
            items.push(Item::System { key: row.key, text });
            continue;
        }
        let joins =
            |other: Option<&Row>| other.is_some_and(|other| is_one_group(row, other, locale));
        let side = side(row, me);
        let last = !joins(rows.get(at + 1));
        let shows_delivery = side == Side::Own && (last || newest_seen == Some(row.key));
        items.push(Item::Message(Bubble {
            row: row.clone(),
            first: !joins(at.checked_sub(1).and_then(|at| rows.get(at))),
            last,
            clock: locale.clock(row.created_at),
            delivery: delivery(row, receipts).filter(|_| shows_delivery),
            side,
        }));
    }
    items
}

/// The delivery state of a message; `None` before it is saved.
fn delivery(row: &Row, receipts: &Receipts) -> Option<Delivery> {
    let seq = row.seq?;
    Some(if seq <= receipts.visitor_seen {
        Delivery::Seen
    } else if seq <= receipts.visitor_delivered {
        Delivery::Delivered
    } else {
        Delivery::Sent
    })
}

/// Our newest message that the visitor has seen: it says so also when others of ours follow it.
fn newest_seen(rows: &[Row], me: UserId, receipts: &Receipts) -> Option<RowKey> {
    let mut own = rows
        .iter()
        .rev()
        .filter(|row| system_text(row).is_none() && side(row, me) == Side::Own);
    let seen = own.find(|row| delivery(row, receipts) == Some(Delivery::Seen));
    seen.map(|row| row.key)
}

fn is_one_group(a: &Row, b: &Row, locale: &impl Locale) -> bool {
    let is_text = |row: &Row| !matches!(row.sender, Sender::System);
    is_text(a)
        && is_text(b)
        && sender_id(&a.sender) == sender_id(&b.sender)
        && (a.created_at - b.created_at).abs() < GROUP_MS
        && format::day(a.created_at, locale) == format::day(b.created_at, locale)
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
        // Only our own messages are unsaved, even before the server has said who we are.
        _ if row.seq.is_none() => Side::Own,
        Sender::Agent { id, .. } if *id == me => Side::Own,
        Sender::Agent { name, .. } => Side::Teammate { name: name.clone() },
        Sender::Visitor { id, name } => Side::Visitor {
            id: id.0,
            name: visitor_label(id.0, name),
        },
        Sender::System | Sender::Unknown => Side::Visitor {
            id: Uuid::nil(),
            name: "Deskbell".into(),
        },
    }
}

fn system_text(row: &Row) -> Option<String> {
    match &row.body {
        Body::Joined { name } => Some(text::claimed(name)),
        Body::Resolved { name } => Some(text::resolved(name)),
        Body::Reopened { .. } => Some(text::REOPENED.to_owned()),
        Body::Returned { name } => Some(text::returned(name)),
        Body::Assigned { name, by } => Some(text::assigned(name, by)),
        Body::Released { name } => Some(text::released(name)),
        Body::Closed { name } => Some(text::closed(name)),
        Body::Text { .. } | Body::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use deskbell_protocol::{MessageId, Seq};

    use super::*;
    use crate::areas::inbox::groups::tests::user;
    use crate::format::tests::Plain;

    const MINUTE: i64 = 60_000;

    fn own(seq: Seq, minute: i64) -> Row {
        Row {
            key: RowKey::Message(MessageId::from_parts(seq, [0; 10])),
            sender: Sender::Agent {
                id: user(1),
                name: "Ada".into(),
            },
            body: Body::Text {
                text: format!("Message {seq}"),
            },
            created_at: minute * MINUTE,
            seq: Some(seq),
            state: RowState::Sent,
        }
    }

    fn deliveries(rows: &[Row], seen: Seq, delivered: Seq) -> Vec<Option<Delivery>> {
        let receipts = Receipts {
            visitor_seen: seen,
            visitor_delivered: delivered,
            ..Receipts::default()
        };
        let items = items(rows, user(1), &receipts, 0, &Plain);
        let bubbles = items.into_iter().filter_map(|item| match item {
            Item::Message(bubble) => Some(bubble.delivery),
            _ => None,
        });
        bubbles.collect()
    }

    #[test]
    fn a_seen_message_stays_seen_when_another_one_follows() {
        let one = [own(1, 0)];
        assert_eq!(deliveries(&one, 1, 1), [Some(Delivery::Seen)]);
        let two = [own(1, 0), own(2, 1)];
        let expected = [Some(Delivery::Seen), Some(Delivery::Sent)];
        assert_eq!(deliveries(&two, 1, 1), expected);
        let later = [own(1, 0), own(2, 10)];
        assert_eq!(
            deliveries(&later, 1, 2),
            [Some(Delivery::Seen), Some(Delivery::Delivered)]
        );
    }

    #[test]
    fn within_a_group_only_the_newest_seen_and_the_last_say_how_far_they_got() {
        let rows = [own(1, 0), own(2, 1), own(3, 2)];
        assert_eq!(deliveries(&rows, 3, 3), [None, None, Some(Delivery::Seen)]);
        let expected = [None, Some(Delivery::Seen), Some(Delivery::Sent)];
        assert_eq!(deliveries(&rows, 2, 2), expected);
    }
}
