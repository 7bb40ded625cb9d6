//! Converts the rows of a timeline and the notes beside them to the lines of the thread: days, system lines,
//! notes, grouped bubbles.

use deskbell_engine::{Row, RowKey, RowState};
use deskbell_protocol::{Body, Note, Receipts, Sender, Seq, UserId};
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
    Note(NoteLine),
    Message(Bubble),
}

/// A note in the thread.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NoteLine {
    pub(crate) note: Note,
    /// The author's name, or "You".
    pub(crate) author: String,
    pub(crate) clock: String,
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
    Note(Seq),
    Row(RowKey),
}

impl Item {
    pub(crate) fn key(&self) -> ItemKey {
        match self {
            Self::Day { day, .. } => ItemKey::Day(*day),
            Self::System { key, .. } => ItemKey::Row(*key),
            Self::Note(line) => ItemKey::Note(line.note.seq),
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

/// A row or a note, in the order of the thread.
#[derive(Clone, Copy)]
enum Entry<'a> {
    Row(&'a Row),
    Note(&'a Note),
}

impl Entry<'_> {
    fn created_at(&self) -> i64 {
        match self {
            Self::Row(row) => row.created_at,
            Self::Note(note) => note.created_at,
        }
    }
}

/// Puts each note after the message that was the newest when it was written. `has_end`: whether the newest message
/// is among the rows. Notes before the first row and, without the end, after the last one are left out, as the
/// messages beside them are.
fn merge<'a>(rows: &'a [Row], notes: &'a [Note], has_end: bool) -> Vec<Entry<'a>> {
    let first = rows.iter().find_map(|row| row.seq).unwrap_or(1);
    let last = rows.iter().rev().find_map(|row| row.seq).unwrap_or(0);
    let is_shown =
        |note: &&Note| note.after_seq + 1 >= first && (has_end || note.after_seq <= last);
    let mut notes = notes.iter().filter(is_shown).peekable();
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        let is_before = |note: &&Note| row.seq.is_none_or(|seq| note.after_seq < seq);
        while let Some(note) = notes.next_if(is_before) {
            entries.push(Entry::Note(note));
        }
        entries.push(Entry::Row(row));
    }
    entries.extend(notes.map(Entry::Note));
    entries
}

/// The lines that `me` sees for `rows` and `notes`.
pub(crate) fn items(
    rows: &[Row],
    notes: &[Note],
    has_end: bool,
    me: UserId,
    receipts: &Receipts,
    now: i64,
    locale: &impl Locale,
) -> Vec<Item> {
    let mut items = Vec::with_capacity(rows.len() + 4);
    let mut day = None;
    let newest_seen = newest_seen(rows, me, receipts);
    let entries = merge(rows, notes, has_end);
    for (at, entry) in entries.iter().enumerate() {
        let today = format::day(entry.created_at(), locale);
        // The clocks of nodes differ a little: a day is named once.
        if day.is_none_or(|day| day < today) {
            day = Some(today);
            items.push(Item::Day {
                day: today,
                name: format::day_name(entry.created_at(), now, locale),
            });
        }
        let row = match entry {
            Entry::Row(row) => *row,
            Entry::Note(note) => {
                items.push(Item::Note(note_line(note, me, locale)));
                continue;
            }
        };
        if let Some(text) = system_text(row) {
            items.push(Item::System { key: row.key, text });
            continue;
        }
        let joins = |other: Option<&Entry<'_>>| match other {
            Some(Entry::Row(other)) => is_one_group(row, other, locale),
            Some(Entry::Note(_)) | None => false,
        };
        let side = side(row, me);
        let last = !joins(entries.get(at + 1));
        let shows_delivery = side == Side::Own && (last || newest_seen == Some(row.key));
        items.push(Item::Message(Bubble {
            row: row.clone(),
            first: !joins(at.checked_sub(1).and_then(|at| entries.get(at))),
            last,
            clock: locale.clock(row.created_at),
            delivery: delivery(row, receipts).filter(|_| shows_delivery),
            side,
        }));
    }
    items
}

fn note_line(note: &Note, me: UserId, locale: &impl Locale) -> NoteLine {
    NoteLine {
        author: match note.author.id == me {
            true => text::YOU.to_owned(),
            false => note.author.name.clone(),
        },
        clock: locale.clock(note.created_at),
        note: note.clone(),
    }
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
    use deskbell_protocol::{AgentView, ClientMessageId, ConversationId, MessageId};

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
        let items = items(rows, &[], true, user(1), &receipts, 0, &Plain);
        let bubbles = items.into_iter().filter_map(|item| match item {
            Item::Message(bubble) => Some(bubble.delivery),
            _ => None,
        });
        bubbles.collect()
    }

    fn note(seq: Seq, after_seq: Seq, minute: i64) -> Note {
        Note {
            conversation_id: ConversationId::from_parts(1, [0; 10]),
            seq,
            client_id: ClientMessageId::from_parts(seq, [0; 10]),
            after_seq,
            author: AgentView {
                id: user(2),
                name: "Ben".into(),
            },
            text: format!("Note {seq}"),
            mentions: Vec::new(),
            created_at: minute * MINUTE,
        }
    }

    /// The texts of messages and notes in the order of the thread, and which bubbles begin a group.
    fn shown(rows: &[Row], notes: &[Note], has_end: bool) -> Vec<String> {
        let receipts = Receipts::default();
        let items = items(rows, notes, has_end, user(1), &receipts, 0, &Plain);
        let texts = items.into_iter().filter_map(|item| match item {
            Item::Message(bubble) if bubble.first => Some(format!("- {}", bubble.text())),
            Item::Message(bubble) => Some(bubble.text().to_owned()),
            Item::Note(line) => Some(line.note.text),
            Item::Day { .. } | Item::System { .. } => None,
        });
        texts.collect()
    }

    #[test]
    fn a_note_stands_after_the_message_before_it_and_ends_its_group() {
        let rows = [own(1, 0), own(2, 1), own(3, 2)];
        let notes = [note(1, 2, 1), note(2, 2, 1), note(3, 3, 3)];
        assert_eq!(
            shown(&rows, &notes, true),
            [
                "- Message 1",
                "Message 2",
                "Note 1",
                "Note 2",
                "- Message 3",
                "Note 3"
            ]
        );
    }

    #[test]
    fn notes_before_the_loaded_messages_are_not_shown() {
        let rows = [own(5, 0), own(6, 1)];
        let notes = [note(1, 3, 0), note(2, 4, 0), note(3, 6, 1)];
        assert_eq!(
            shown(&rows, &notes, true),
            ["Note 2", "- Message 5", "Message 6", "Note 3"]
        );
    }

    #[test]
    fn notes_after_the_shown_messages_are_not_shown() {
        let rows = [own(5, 0), own(6, 1)];
        let notes = [note(1, 5, 0), note(2, 6, 1), note(3, 7, 1), note(4, 90, 1)];
        assert_eq!(
            shown(&rows, &notes, false),
            ["- Message 5", "Note 1", "- Message 6", "Note 2"]
        );
    }

    #[test]
    fn an_unsent_message_stands_after_the_notes() {
        let unsent = Row {
            seq: None,
            state: RowState::Queued,
            ..own(9, 2)
        };
        let rows = [own(1, 0), unsent];
        assert_eq!(
            shown(&rows, &[note(1, 1, 1)], true),
            ["- Message 1", "Note 1", "- Message 9"]
        );
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
