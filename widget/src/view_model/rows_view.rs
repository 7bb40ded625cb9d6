//! The rows of the thread as they are drawn: grouped by author, with dates, times and receipts.

use deskbell_engine::{Row, RowKey, RowState};
use deskbell_protocol::{Body, ClientMessageId, Receipts, Sender, UnixMs};

use crate::text;

/// The longest time between two messages of a group.
const GROUP_MS: i64 = 5 * 60_000;

/// A row as it is drawn. Fields that do not apply are empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RowView {
    /// The date above the first row of a day.
    pub(crate) day: String,
    /// The classes of the bubble: its author's side and its position in the group.
    pub(crate) bubble_class: String,
    /// The author's name above the first message of a group, unless it is the visitor.
    pub(crate) name: String,
    /// The class of the text: in a bubble, or a message of Deskbell itself.
    pub(crate) text_class: &'static str,
    pub(crate) text: String,
    pub(crate) time: String,
    pub(crate) delivery: Delivery,
    /// The reason why the server refused the message.
    pub(crate) failure: Option<String>,
    /// The id for the actions Retry and Discard.
    pub(crate) client_id: Option<ClientMessageId>,
}

/// The delivery state of a message of the visitor.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Delivery {
    /// The message is not the visitor's.
    #[default]
    None,
    Queued,
    Sending,
    Sent,
    /// An agent's browser has received it.
    Delivered,
    /// An agent has seen it.
    Seen,
}

impl Delivery {
    /// The label of the icon, for screen readers.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Queued => text::QUEUED,
            Self::Sending => text::SENDING,
            Self::Sent => text::SENT,
            Self::Delivered => text::DELIVERED,
            Self::Seen => text::SEEN,
        }
    }
}

impl RowView {
    /// Whether the visitor has just sent the message from this panel.
    pub(crate) fn is_unsent(&self) -> bool {
        matches!(self.delivery, Delivery::Queued | Delivery::Sending)
    }
}

/// The date and time functions of the visitor's browser.
pub(crate) struct Calendar {
    /// The number of a time's day in the visitor's time zone.
    pub(crate) day: fn(UnixMs) -> i64,
    /// `Today`, or a date.
    pub(crate) day_name: fn(UnixMs) -> String,
    /// `14:02`.
    pub(crate) clock: fn(UnixMs) -> String,
}

impl Calendar {
    /// Whether two adjacent messages are in one group: same author, same day, a short time between.
    fn is_one_group(&self, a: &Row, b: &Row) -> bool {
        author(a).is_some()
            && author(a) == author(b)
            && b.created_at - a.created_at < GROUP_MS
            && (self.day)(a.created_at) == (self.day)(b.created_at)
    }
}

/// Converts the engine's rows, in the same order. In a group of the visitor's messages the newest one that was
/// seen and the last one show how far they got.
pub(crate) fn row_views(
    rows: &[Row],
    receipts: &Receipts,
    calendar: &Calendar,
) -> Vec<(RowKey, RowView)> {
    let newest_seen = rows
        .iter()
        .rposition(|row| author(row) == Some(None) && delivery(row, receipts) == Delivery::Seen);
    let convert = |(index, row): (usize, &Row)| {
        let before = index.checked_sub(1).map(|index| &rows[index]);
        let is_first = before.is_none_or(|before| !calendar.is_one_group(before, row));
        let is_last = rows
            .get(index + 1)
            .is_none_or(|after| !calendar.is_one_group(row, after));
        let mut view = match &row.body {
            Body::Text { text } => {
                let is_quiet = !is_last && newest_seen != Some(index);
                bubble(row, text, receipts, [is_first, is_last, is_quiet])
            }
            body => RowView {
                text_class: "thread__system",
                text: text::system(body),
                ..RowView::default()
            },
        };
        let day = |row: &Row| (calendar.day)(row.created_at);
        if before.is_none_or(|before| day(before) != day(row)) {
            view.day = (calendar.day_name)(row.created_at);
        }
        if view.text_class == "bubble__text" && view.failure.is_none() {
            view.time = (calendar.clock)(row.created_at);
        }
        (row.key, view)
    };
    rows.iter().enumerate().map(convert).collect()
}

/// The delivery state of a message, as if it were the visitor's.
fn delivery(row: &Row, receipts: &Receipts) -> Delivery {
    match (&row.state, row.seq) {
        (RowState::Sending, _) => Delivery::Sending,
        (RowState::Sent, Some(seq)) if seq <= receipts.agent_seen => Delivery::Seen,
        (RowState::Sent, Some(seq)) if seq <= receipts.agent_delivered => Delivery::Delivered,
        (RowState::Sent, _) => Delivery::Sent,
        _ => Delivery::Queued,
    }
}

fn bubble(
    row: &Row,
    text: &str,
    receipts: &Receipts,
    [is_first, is_last, is_quiet]: [bool; 3],
) -> RowView {
    let name = author(row).flatten();
    let failure = match &row.state {
        RowState::Failed { error } => Some(error.message.clone()),
        _ => None,
    };
    let is_quiet = is_quiet && row.state == RowState::Sent;
    let delivery = match name {
        None => delivery(row, receipts),
        Some(_) => Delivery::None,
    };
    let mut bubble_class = String::from("bubble");
    for (applies, class) in [
        (name.is_none(), " bubble--own"),
        (is_first, " bubble--first"),
        (is_last, " bubble--last"),
        (is_quiet, " bubble--quiet"),
        (failure.is_some(), " bubble--failed"),
    ] {
        if applies {
            bubble_class += class;
        }
    }
    RowView {
        bubble_class,
        name: name.filter(|_| is_first).unwrap_or_default().to_owned(),
        text_class: "bubble__text",
        text: text.to_owned(),
        delivery,
        failure,
        client_id: row.key.client_id(),
        ..RowView::default()
    }
}

/// The author of a text: `Some(None)` is the visitor, `Some(Some(name))` anybody else. A message of
/// Deskbell itself has no author.
fn author(row: &Row) -> Option<Option<&str>> {
    match (&row.body, &row.sender) {
        (Body::Text { .. }, Sender::Visitor { .. }) => Some(None),
        (Body::Text { .. }, Sender::Agent { name, .. }) => Some(Some(name)),
        (Body::Text { .. }, _) => Some(Some("")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use deskbell_protocol::{ErrorBody, ErrorCode, Seq, UserId, VisitorId};

    use super::*;

    /// A calendar whose days last an hour.
    const CALENDAR: Calendar = Calendar {
        day: |at| at.div_euclid(3_600_000),
        day_name: |at| format!("day {}", at.div_euclid(3_600_000)),
        clock: |at| format!("minute {}", at / 60_000),
    };

    fn row(minute: i64, sender: Sender, body: Body, state: RowState) -> Row {
        let random = [u8::try_from(minute % 200).expect("is below 200"); 10];
        Row {
            key: RowKey::Client(ClientMessageId::from_parts(minute, random)),
            sender,
            body,
            created_at: minute * 60_000,
            seq: None,
            state,
        }
    }

    fn text_row(minute: i64, sender: Sender, state: RowState) -> Row {
        let text = "Where is my parcel?".into();
        row(minute, sender, Body::Text { text }, state)
    }

    fn vera() -> Sender {
        let id = VisitorId::from_parts(1, [1; 10]);
        Sender::Visitor {
            id,
            name: "Vera".into(),
        }
    }

    fn ada() -> Sender {
        let id = UserId::from_parts(1, [1; 10]);
        Sender::Agent {
            id,
            name: "Ada".into(),
        }
    }

    fn views(rows: &[Row]) -> Vec<RowView> {
        views_with(rows, Receipts::default())
    }

    fn views_with(rows: &[Row], receipts: Receipts) -> Vec<RowView> {
        row_views(rows, &receipts, &CALENDAR)
            .into_iter()
            .map(|(_, view)| view)
            .collect()
    }

    #[test]
    fn messages_in_a_row_are_one_group_under_one_name() {
        let rows = [1, 2, 3].map(|minute| text_row(minute, ada(), RowState::Sent));
        let views = views(&rows);
        let names: Vec<_> = views.iter().map(|view| view.name.as_str()).collect();
        assert_eq!(names, ["Ada", "", ""]);
        assert_eq!(views[0].bubble_class, "bubble bubble--first bubble--quiet");
        assert_eq!(views[1].bubble_class, "bubble bubble--quiet");
        assert_eq!(views[2].bubble_class, "bubble bubble--last");
    }

    #[test]
    fn another_author_a_pause_or_a_new_day_ends_a_group() {
        let rows = [
            text_row(1, vera(), RowState::Sent),
            text_row(2, ada(), RowState::Sent),
            text_row(20, ada(), RowState::Sent),
            text_row(59, ada(), RowState::Sent),
            text_row(60, ada(), RowState::Sent),
        ];
        for view in views(&rows) {
            assert!(
                view.bubble_class.contains("bubble--first bubble--last"),
                "{view:?}"
            );
        }
    }

    #[test]
    fn each_day_begins_with_its_date() {
        let rows = [0, 1, 60, 61].map(|minute| text_row(minute, vera(), RowState::Sent));
        let days: Vec<_> = views(&rows).into_iter().map(|view| view.day).collect();
        assert_eq!(days, ["day 0", "", "day 1", ""]);
    }

    #[test]
    fn the_visitors_messages_show_their_delivery_state_and_others_do_not() {
        let rows = [
            text_row(1, vera(), RowState::Queued),
            text_row(1, vera(), RowState::Sending),
            text_row(1, vera(), RowState::Sent),
            text_row(1, ada(), RowState::Sent),
        ];
        let labels: Vec<_> = views(&rows)
            .iter()
            .map(|view| view.delivery.label())
            .collect();
        assert_eq!(labels, ["Not sent yet", "Sending", "Sent", ""]);
    }

    /// What a group of Vera's messages shows: the labels of those that are not quiet.
    fn receipts_of_a_group(length: i64, delivered: Seq, seen: Seq) -> Vec<&'static str> {
        let rows: Vec<_> = (1..=length)
            .map(|seq| Row {
                seq: Some(seq),
                ..text_row(seq, vera(), RowState::Sent)
            })
            .collect();
        let receipts = Receipts {
            agent_delivered: delivered,
            agent_seen: seen,
            ..Receipts::default()
        };
        let is_quiet = |view: &RowView| view.bubble_class.contains("quiet");
        views_with(&rows, receipts)
            .iter()
            .map(|view| {
                if is_quiet(view) {
                    ""
                } else {
                    view.delivery.label()
                }
            })
            .collect()
    }

    #[test]
    fn a_seen_message_stays_seen_when_another_one_follows() {
        assert_eq!(receipts_of_a_group(1, 1, 1), ["Seen"]);
        assert_eq!(receipts_of_a_group(2, 1, 1), ["Seen", "Sent"]);
        assert_eq!(receipts_of_a_group(2, 2, 1), ["Seen", "Delivered"]);
    }

    #[test]
    fn within_a_group_only_the_newest_seen_and_the_last_say_how_far_they_got() {
        assert_eq!(receipts_of_a_group(3, 3, 3), ["", "", "Seen"]);
        assert_eq!(receipts_of_a_group(3, 2, 2), ["", "Seen", "Sent"]);
        assert_eq!(receipts_of_a_group(3, 3, 0), ["", "", "Delivered"]);
    }

    #[test]
    fn an_agents_message_shows_no_receipt() {
        let row = Row {
            seq: Some(1),
            ..text_row(1, ada(), RowState::Sent)
        };
        let receipts = Receipts {
            agent_seen: 1,
            ..Receipts::default()
        };
        assert_eq!(views_with(&[row], receipts)[0].delivery, Delivery::None);
    }

    #[test]
    fn a_refused_message_shows_the_reason_instead_of_a_time() {
        let error = ErrorBody::new(ErrorCode::TooLarge, "Too long.").into();
        let views = views(&[text_row(1, vera(), RowState::Failed { error })]);
        assert_eq!(views[0].failure.as_deref(), Some("Too long."));
        assert_eq!(views[0].time, "");
        assert!(views[0].client_id.is_some());
    }

    #[test]
    fn system_messages_stand_outside_the_bubbles() {
        let joined = Body::Joined { name: "Ada".into() };
        let views = views(&[row(1, Sender::System, joined, RowState::Sent)]);
        assert_eq!(views[0].text_class, "thread__system");
        assert_eq!(views[0].text, "Ada joined the conversation");
        assert_eq!(
            (views[0].bubble_class.as_str(), views[0].time.as_str()),
            ("", "")
        );
    }
}
