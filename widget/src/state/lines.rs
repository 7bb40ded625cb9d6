//! From the engine's rows to what the thread draws: groups, dates, whose bubble stands where.

use deskbell_engine::{Row, RowKey, RowState};
use deskbell_protocol::{Body, ClientId, Sender, UnixMs};

/// Messages of one sender that are no further apart stand in one group.
const GROUP_MS: i64 = 5 * 60_000;

/// One row as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LineView {
    /// When it was written.
    pub(crate) at: UnixMs,
    /// Whether it is the first of its day, under a divider.
    pub(crate) begins_day: bool,
    /// What it shows.
    pub(crate) content: Content,
}

/// What a line shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    /// Deskbell's own words, in the middle.
    System(String),
    /// Somebody's words.
    Bubble(BubbleView),
}

/// Somebody's words.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BubbleView {
    /// The words.
    pub(crate) text: String,
    /// Who wrote it; `None` for the visitor at this screen.
    pub(crate) name: Option<String>,
    /// First of its group.
    pub(crate) is_first: bool,
    /// Last of its group.
    pub(crate) is_last: bool,
    /// How far it has come.
    pub(crate) state: RowState,
    /// What Retry and Discard need.
    pub(crate) client_id: Option<ClientId>,
}

/// The rows as lines, in the same order. `day_of` counts days by the visitor's clock.
pub(crate) fn lines(rows: &[Row], day_of: impl Fn(UnixMs) -> i64) -> Vec<(RowKey, LineView)> {
    let together = |a: &Row, b: &Row| {
        speaker(a).is_some()
            && speaker(a) == speaker(b)
            && b.created_at - a.created_at < GROUP_MS
            && day_of(a.created_at) == day_of(b.created_at)
    };
    let mut lines = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| &rows[index]);
        let after = rows.get(index + 1);
        let content = match &row.body {
            Body::Text { text } => Content::Bubble(BubbleView {
                text: text.clone(),
                name: speaker(row).flatten().map(str::to_owned),
                is_first: before.is_none_or(|before| !together(before, row)),
                is_last: after.is_none_or(|after| !together(row, after)),
                state: row.state.clone(),
                client_id: client_id(row),
            }),
            body => Content::System(system_words(body)),
        };
        let begins_day =
            before.is_none_or(|before| day_of(before.created_at) != day_of(row.created_at));
        lines.push((
            row.key,
            LineView {
                at: row.created_at,
                begins_day,
                content,
            },
        ));
    }
    lines
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

fn client_id(row: &Row) -> Option<ClientId> {
    match row.key {
        RowKey::Client(id) => Some(id),
        RowKey::Message(_) => None,
    }
}

fn system_words(body: &Body) -> String {
    match body {
        Body::Joined { name } => format!("{name} joined the conversation"),
        Body::Resolved { name } => {
            format!("{name} marked this as resolved. Write if there is more.")
        }
        Body::Reopened { .. } => "The conversation was opened again".into(),
        Body::Closed { name } => format!("{name} ended the conversation"),
        Body::Text { .. } | Body::Unknown => "Reload the page to see this message".into(),
    }
}
