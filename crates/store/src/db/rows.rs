//! SQL statements with many rows.

use std::fmt::Write;

use sqlx::query::Query;
use sqlx::{Arguments as _, AssertSqlSafe, Database, IntoArguments};

/// The numbers of rows that a statement may have: few, so that each text is prepared once and reused.
const SIZES: [usize; 9] = [256, 128, 64, 32, 16, 8, 4, 2, 1];

/// Splits the rows into runs of these sizes, in order.
pub(crate) fn runs<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = *SIZES.iter().find(|size| **size <= rows.len())?;
        let (run, rest) = rows.split_at(size);
        rows = rest;
        Some(run)
    })
}

/// Splits the rows into as few runs as possible, each padded with its last row: for statements in
/// which a repeated row makes no difference.
pub(crate) fn filled<T>(rows: &[T]) -> impl Iterator<Item = Vec<&T>> {
    rows.chunks(SIZES[0]).map(|run| {
        let last = run.last().into_iter().cycle();
        let filled = run.iter().chain(last);
        filled.take(run.len().next_power_of_two()).collect()
    })
}

/// The encoded size of a value in bytes, about that of an id.
const VALUE: usize = 20;

/// Creates a statement with capacity for this number of values, so that its buffer need not grow step by step.
pub(crate) fn query<DB: Database>(sql: String, values: usize) -> Query<'static, DB, DB::Arguments>
where
    DB::Arguments: IntoArguments<DB>,
{
    let mut arguments = DB::Arguments::default();
    arguments.reserve(values, values * VALUE);
    sqlx::query_with(AssertSqlSafe(sql), arguments)
}

/// The placeholder syntax of an engine.
///
/// To SQLite `$1` is a name, and names are looked up in a list: with a thousand of them the lookup
/// took longer than the statement.
#[derive(Clone, Copy)]
pub enum Placeholders {
    /// `?`
    Counted,
    /// `$1`
    Numbered,
}

impl Placeholders {
    /// The placeholders of this number of rows: `($1, $2), ($3, $4)`. Values must be bound in this order.
    pub(crate) fn rows(self, rows: usize, columns: usize) -> String {
        let mut text = String::with_capacity(rows * columns * 7);
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for column in 1..=columns {
                text.push_str(if column == 1 { "" } else { ", " });
                match self {
                    Self::Counted => text.push('?'),
                    Self::Numbered => _ = write!(text, "${}", row * columns + column),
                }
            }
            text.push(')');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_split_into_few_sizes_and_keep_their_order() {
        let rows: Vec<usize> = (0..345).collect();
        let sizes: Vec<usize> = runs(&rows).map(<[usize]>::len).collect();
        assert_eq!(sizes, [256, 64, 16, 8, 1]);
        assert_eq!(runs(&rows).flatten().copied().collect::<Vec<_>>(), rows);
    }

    #[test]
    fn a_run_is_filled_with_its_last_row() {
        let rows: Vec<usize> = (0..259).collect();
        let runs: Vec<_> = filled(&rows).collect();
        assert_eq!(runs[0], rows[..256].iter().collect::<Vec<_>>());
        assert_eq!(runs[1..], [[&256, &257, &258, &258]]);
    }

    #[test]
    fn placeholders_count_through_all_rows() {
        let numbered = Placeholders::Numbered.rows(2, 3);
        assert_eq!(numbered, "($1, $2, $3), ($4, $5, $6)");
        assert_eq!(Placeholders::Counted.rows(2, 3), "(?, ?, ?), (?, ?, ?)");
    }
}
