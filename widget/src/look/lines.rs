//! From the engine's rows to what the thread draws: groups, dates, whose bubble stands where.

use deskbell_engine::{Row, RowKey, RowState};
use deskbell_protocol::{Body, ClientMessageId, Receipts, Sender, UnixMs};

/// Messages of one sender that are no further apart stand in one group.
const GROUP_MS: i64 = 5 * 60_000;

/// One row as it is drawn. What does not apply is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Line {
    /// The divider above the first row of a day.
    pub(crate) day: String,
    /// Whose words these are, and their place in the group: the classes of the bubble.
    pub(crate) place: String,
    /// Over the first words that somebody else says in a row.
    pub(crate) name: String,
    /// The class of the words: a bubble's, or Deskbell's own.
    pub(crate) kind: &'static str,
    pub(crate) text: String,
    pub(crate) time: String,
    /// How far one's own words have come.
    pub(crate) step: Step,
    /// Why one's own words were not taken.
    pub(crate) failure: Option<String>,
    /// What Retry and Discard need.
    pub(crate) client_id: Option<ClientMessageId>,
}

/// How far one's own words have come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Step {
    /// They are somebody else's.
    #[default]
    None,
    Queued,
    Sending,
    Sent,
    /// The team's program holds them.
    Delivered,
    /// Somebody of the team has had them before their eyes.
    Seen,
}

impl Step {
    /// For those who do not see the icon.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Queued => "Waiting to be sent",
            Self::Sending => "Sending",
            Self::Sent => "Sent",
            Self::Delivered => "Delivered",
            Self::Seen => "Seen",
        }
    }
}

impl Line {
    /// Whether it was written at this screen a moment ago.
    pub(crate) fn is_on_its_way(&self) -> bool {
        matches!(self.step, Step::Queued | Step::Sending)
    }
}

/// How the visitor's browser tells the time.
pub(crate) struct Calendar {
    /// Counts days by the visitor's clock.
    pub(crate) day: fn(UnixMs) -> i64,
    /// `Today`, or a date.
    pub(crate) day_name: fn(UnixMs) -> String,
    /// `14:02`.
    pub(crate) clock: fn(UnixMs) -> String,
}

impl Calendar {
    /// Whether one person said both, one soon after the other.
    fn together(&self, a: &Row, b: &Row) -> bool {
        speaker(a).is_some()
            && speaker(a) == speaker(b)
            && b.created_at - a.created_at < GROUP_MS
            && (self.day)(a.created_at) == (self.day)(b.created_at)
    }
}

/// The rows as lines, in the same order. What has become of the visitor's words stands under the
/// last of them.
pub(crate) fn lines(rows: &[Row], receipts: &Receipts, calendar: &Calendar) -> Vec<(RowKey, Line)> {
    let last_own = rows.iter().rposition(|row| speaker(row) == Some(None));
    let line = |(index, row): (usize, &Row)| {
        let before = index.checked_sub(1).map(|index| &rows[index]);
        let is_first = before.is_none_or(|before| !calendar.together(before, row));
        let is_last = rows
            .get(index + 1)
            .is_none_or(|after| !calendar.together(row, after));
        let mut line = match &row.body {
            Body::Text { text } => bubble(row, text, is_first, is_last),
            body => Line {
                kind: "thread__system",
                text: system_words(body),
                ..Line::default()
            },
        };
        if let (true, Step::Sent, Some(seq)) = (last_own == Some(index), line.step, row.seq) {
            if seq <= receipts.agent_seen {
                line.step = Step::Seen;
            } else if seq <= receipts.agent_delivered {
                line.step = Step::Delivered;
            }
        }
        let day = |row: &Row| (calendar.day)(row.created_at);
        if before.is_none_or(|before| day(before) != day(row)) {
            line.day = (calendar.day_name)(row.created_at);
        }
        if line.kind == "bubble__text" && line.failure.is_none() {
            line.time = (calendar.clock)(row.created_at);
        }
        (row.key, line)
    };
    rows.iter().enumerate().map(line).collect()
}

fn bubble(row: &Row, text: &str, is_first: bool, is_last: bool) -> Line {
    let name = speaker(row).flatten();
    let (mut step, failure) = match &row.state {
        RowState::Queued => (Step::Queued, None),
        RowState::Sending => (Step::Sending, None),
        RowState::Sent => (Step::Sent, None),
        RowState::Failed { error } => (Step::Queued, Some(error.message.clone())),
    };
    let is_quiet = !is_last && step == Step::Sent;
    if name.is_some() {
        step = Step::None;
    }
    let mut place = String::from("bubble");
    for (applies, class) in [
        (name.is_none(), " bubble--own"),
        (is_first, " bubble--first"),
        (is_last, " bubble--last"),
        (is_quiet, " bubble--quiet"),
        (failure.is_some(), " bubble--failed"),
    ] {
        if applies {
            place += class;
        }
    }
    Line {
        place,
        name: name.filter(|_| is_first).unwrap_or_default().to_owned(),
        kind: "bubble__text",
        text: text.to_owned(),
        step,
        failure,
        client_id: row.key.client_id(),
        ..Line::default()
    }
}

/// Who speaks: nobody (Deskbell itself), the visitor at this screen, or somebody with a name.
fn speaker(row: &Row) -> Option<Option<&str>> {
    match (&row.body, &row.sender) {
        (Body::Text { .. }, Sender::Visitor { .. }) => Some(None),
        (Body::Text { .. }, Sender::Agent { name, .. }) => Some(Some(name)),
        (Body::Text { .. }, _) => Some(Some("")),
        _ => None,
    }
}

fn system_words(body: &Body) -> String {
    let (name, words) = match body {
        Body::Joined { name } => (name.as_str(), " joined the conversation"),
        Body::Resolved { name } => (
            name.as_str(),
            " marked this as resolved. Write if there is more.",
        ),
        Body::Reopened { .. } => ("", "The conversation was opened again"),
        Body::Returned { name } => (
            name.as_str(),
            " had to leave. Someone else will reply here.",
        ),
        Body::Closed { name } => (name.as_str(), " ended the conversation"),
        Body::Text { .. } | Body::Unknown => ("", "Reload the page to see this message"),
    };
    name.to_owned() + words
}

#[cfg(test)]
mod tests {
    use deskbell_protocol::{ErrorBody, ErrorCode, UserId, VisitorId};

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

    fn says(minute: i64, sender: Sender, state: RowState) -> Row {
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

    fn drawn(rows: &[Row]) -> Vec<Line> {
        read(rows, Receipts::default())
    }

    fn read(rows: &[Row], receipts: Receipts) -> Vec<Line> {
        lines(rows, &receipts, &CALENDAR)
            .into_iter()
            .map(|(_, line)| line)
            .collect()
    }

    #[test]
    fn words_said_in_a_row_stand_in_one_group_under_one_name() {
        let rows = [1, 2, 3].map(|minute| says(minute, ada(), RowState::Sent));
        let lines = drawn(&rows);
        let names: Vec<_> = lines.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["Ada", "", ""]);
        assert_eq!(lines[0].place, "bubble bubble--first bubble--quiet");
        assert_eq!(lines[1].place, "bubble bubble--quiet");
        assert_eq!(lines[2].place, "bubble bubble--last");
    }

    #[test]
    fn another_speaker_a_pause_or_a_new_day_ends_a_group() {
        let rows = [
            says(1, vera(), RowState::Sent),
            says(2, ada(), RowState::Sent),
            says(20, ada(), RowState::Sent),
            says(59, ada(), RowState::Sent),
            says(60, ada(), RowState::Sent),
        ];
        for line in drawn(&rows) {
            assert!(
                line.place.contains("bubble--first bubble--last"),
                "{line:?}"
            );
        }
    }

    #[test]
    fn each_day_begins_with_its_name() {
        let rows = [0, 1, 60, 61].map(|minute| says(minute, vera(), RowState::Sent));
        let days: Vec<_> = drawn(&rows).into_iter().map(|line| line.day).collect();
        assert_eq!(days, ["day 0", "", "day 1", ""]);
    }

    #[test]
    fn ones_own_words_say_how_far_they_have_come_and_others_do_not() {
        let rows = [
            says(1, vera(), RowState::Queued),
            says(1, vera(), RowState::Sending),
            says(1, vera(), RowState::Sent),
            says(1, ada(), RowState::Sent),
        ];
        let words: Vec<_> = drawn(&rows).iter().map(|line| line.step.word()).collect();
        assert_eq!(words, ["Waiting to be sent", "Sending", "Sent", ""]);
    }

    #[test]
    fn what_has_become_of_the_words_stands_under_the_last_of_them() {
        let mut rows = [1, 2, 3].map(|minute| says(minute, vera(), RowState::Sent));
        for (seq, row) in (1..).zip(&mut rows) {
            row.seq = Some(seq);
        }
        rows[2].sender = ada();
        for (seen, word) in [(0, "Delivered"), (1, "Delivered"), (2, "Seen")] {
            let receipts = Receipts {
                agent_delivered: 2,
                agent_seen: seen,
                ..Receipts::default()
            };
            let lines = read(&rows, receipts);
            let words: Vec<_> = lines.iter().map(|line| line.step.word()).collect();
            assert_eq!(words, ["Sent", word, ""]);
        }
    }

    #[test]
    fn refused_words_give_the_reason_instead_of_a_time() {
        let error = ErrorBody::new(ErrorCode::TooLarge, "Too long.").into();
        let lines = drawn(&[says(1, vera(), RowState::Failed { error })]);
        assert_eq!(lines[0].failure.as_deref(), Some("Too long."));
        assert_eq!(lines[0].time, "");
        assert!(lines[0].client_id.is_some());
    }

    #[test]
    fn deskbells_own_words_stand_outside_the_bubbles() {
        let joined = Body::Joined { name: "Ada".into() };
        let lines = drawn(&[row(1, Sender::System, joined, RowState::Sent)]);
        assert_eq!(lines[0].kind, "thread__system");
        assert_eq!(lines[0].text, "Ada joined the conversation");
        assert_eq!((lines[0].place.as_str(), lines[0].time.as_str()), ("", ""));
    }
}
