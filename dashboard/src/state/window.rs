//! Which part of a long conversation stands in the page: a window that moves with the reader, so
//! that ten thousand messages weigh no more than a few hundred.

use deskbell_engine::Row;
use deskbell_protocol::Seq;

/// A step up or down.
const STEP: Seq = 50;
/// A window that is moved holds at most so many saved messages.
const MOST: Seq = 300;

/// The saved messages shown, by their places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Window {
    first: Seq,
    /// `None`: up to the newest, and what is on its way.
    last: Option<Seq>,
}

impl Window {
    /// What of `rows` is shown.
    pub(crate) fn of(self, rows: &[Row]) -> &[Row] {
        let until = |seq: Seq| rows.partition_point(|row| row.seq.is_some_and(|it| it < seq));
        let end = self.last.map_or(rows.len(), |last| until(last + 1));
        &rows[until(self.first).min(end)..end]
    }

    /// Whether the newest message and what is on its way belong to it.
    pub(crate) fn has_end(self) -> bool {
        self.last.is_none()
    }

    /// Moves up a step from the first message shown, `newest` being the last one there is. Says
    /// from which place on messages are wanted.
    pub(crate) fn up(&mut self, first_held: Seq, newest: Seq) -> Seq {
        self.first = (self.first.max(first_held) - STEP).max(1);
        let last = self.first + MOST - 1;
        if last < self.last.unwrap_or(newest) {
            self.last = Some(last);
        }
        self.first
    }

    /// Moves down a step.
    pub(crate) fn down(&mut self, newest: Seq) {
        let Some(last) = self.last.map(|last| last + STEP) else {
            return;
        };
        self.first = self.first.max(last - MOST + 1);
        self.last = Some(last).filter(|last| *last < newest);
    }

    /// The reader is at the newest message: what is far above is put away.
    pub(crate) fn reach_end(&mut self, newest: Seq) {
        self.last = None;
        if newest - self.first >= 2 * MOST {
            self.first = newest - MOST + 1;
        }
    }

    /// News came while the reader is further up: what would be too much stays away.
    pub(crate) fn hold(&mut self, newest: Seq) {
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

    fn shown(window: Window, rows: &[Row]) -> (Option<Seq>, Option<Seq>, usize) {
        let shown = window.of(rows);
        let mut seqs = shown.iter().filter_map(|row| row.seq);
        (seqs.next(), seqs.next_back(), shown.len())
    }

    #[test]
    fn at_first_everything_is_shown_with_what_is_on_its_way() {
        let window = Window::default();
        assert_eq!(shown(window, &rows(951, 1000)), (Some(951), Some(1000), 51));
    }

    #[test]
    fn on_the_way_up_the_end_is_put_away_and_on_the_way_down_it_comes_back() {
        let mut window = Window::default();
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
            assert!(from[0].seq <= to[to.len() - 1].seq, "nothing is left out");
        }
        assert_eq!(shown(window, &all), (Some(701), Some(1000), 301));
    }

    #[test]
    fn news_shifts_nothing_for_a_reader_further_up_and_is_bounded() {
        let mut window = Window::default();
        window.up(951, 1000);
        window.hold(1400);
        assert_eq!(
            shown(window, &rows(901, 1400)),
            (Some(901), Some(1400), 501)
        );
        window.hold(1501);
        window.hold(3000);
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
