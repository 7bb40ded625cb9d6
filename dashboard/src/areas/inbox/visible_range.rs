//! The range of a long conversation that is in the document. It moves with the reader, so that ten
//! thousand messages cost no more than a few hundred (virtual scrolling).

use deskbell_engine::Row;
use deskbell_protocol::Seq;

/// The number of messages by which the range moves.
const STEP: Seq = 50;
/// The most saved messages in a range that has moved.
const MOST: Seq = 300;

/// The saved messages shown, by their sequence numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct VisibleRange {
    first: Seq,
    /// `None`: up to the newest, and what is not saved yet.
    last: Option<Seq>,
}

impl VisibleRange {
    /// The part of `rows` that is shown.
    pub(crate) fn of(self, rows: &[Row]) -> &[Row] {
        let until = |seq: Seq| rows.partition_point(|row| row.seq.is_some_and(|it| it < seq));
        let end = self.last.map_or(rows.len(), |last| until(last + 1));
        &rows[until(self.first).min(end)..end]
    }

    /// Whether the newest message is in the range.
    pub(crate) fn has_end(self) -> bool {
        self.last.is_none()
    }

    /// Moves up from the first message shown; `newest` is the last message there is. Returns the
    /// first sequence number that is wanted.
    pub(crate) fn up(&mut self, first_held: Seq, newest: Seq) -> Seq {
        self.first = (self.first.max(first_held) - STEP).max(1);
        let last = self.first + MOST - 1;
        if last < self.last.unwrap_or(newest) {
            self.last = Some(last);
        }
        self.first
    }

    /// Moves down.
    pub(crate) fn down(&mut self, newest: Seq) {
        let Some(last) = self.last.map(|last| last + STEP) else {
            return;
        };
        self.first = self.first.max(last - MOST + 1);
        self.last = Some(last).filter(|last| *last < newest);
    }

    /// Removes messages far above, when the reader is at the newest message.
    pub(crate) fn reach_end(&mut self, newest: Seq) {
        self.last = None;
        if newest - self.first >= 2 * MOST {
            self.first = newest - MOST + 1;
        }
    }

    /// Bounds the range when new messages arrive while the reader is further up.
    pub(crate) fn bound(&mut self, newest: Seq) {
        if self.last.is_none() && newest - self.first >= 2 * MOST {
            self.last = Some(newest);
        }
    }
}

#[cfg(test)]
mod tests {
    use deskbell_engine::{RowKey, RowState};
    use deskbell_protocol::{Body, MessageId, Sender};

    use super::*;

    fn rows(first: Seq, last: Seq) -> Vec<Row> {
        (first..=last).map(Some).chain([None]).map(row).collect()
    }

    fn row(seq: Option<Seq>) -> Row {
        Row {
            key: RowKey::Message(MessageId::from_parts(seq.unwrap_or(0), [0; 10])),
            sender: Sender::System,
            body: Body::Unknown,
            created_at: 0,
            seq,
            state: RowState::Sent,
        }
    }

    fn shown(window: VisibleRange, rows: &[Row]) -> (Option<Seq>, Option<Seq>, usize) {
        let shown = window.of(rows);
        let mut seqs = shown.iter().filter_map(|row| row.seq);
        (seqs.next(), seqs.next_back(), shown.len())
    }

    #[test]
    fn at_first_everything_is_shown_with_what_is_not_saved_yet() {
        let window = VisibleRange::default();
        assert_eq!(shown(window, &rows(951, 1000)), (Some(951), Some(1000), 51));
    }

    #[test]
    fn going_up_removes_the_end_and_going_down_brings_it_back() {
        let mut window = VisibleRange::default();
        let mut first = 951;
        while first > 1 {
            first = window.up(first, 1000);
        }
        let all = rows(1, 1000);
        assert_eq!(shown(window, &all), (Some(1), Some(300), 300));
        assert!(!window.has_end());
        while !window.has_end() {
            let before = window;
            window.down(1000);
            let (from, to) = (window.of(&all), before.of(&all));
            assert!(
                from[0].seq <= to[to.len() - 1].seq,
                "no message is left out"
            );
        }
        assert_eq!(shown(window, &all), (Some(701), Some(1000), 301));
    }

    #[test]
    fn new_messages_move_nothing_for_a_reader_further_up_and_are_bounded() {
        let mut window = VisibleRange::default();
        window.up(951, 1000);
        window.bound(1400);
        assert_eq!(
            shown(window, &rows(901, 1400)),
            (Some(901), Some(1400), 501)
        );
        window.bound(1501);
        window.bound(3000);
        assert_eq!(
            shown(window, &rows(901, 3000)),
            (Some(901), Some(1501), 601)
        );
        window.reach_end(3000);
        assert_eq!(
            shown(window, &rows(901, 3000)),
            (Some(2701), Some(3000), 301)
        );
    }
}
