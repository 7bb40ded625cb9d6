//! Statements that take many rows at once.

/// How many rows one statement takes: few sizes, so that each text is prepared once and kept.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];

/// The rows in runs of these sizes, in order.
pub(crate) fn runs<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = *SIZES.iter().find(|size| **size <= rows.len())?;
        let (run, rest) = rows.split_at(size);
        rows = rest;
        Some(run)
    })
}

/// Placeholders for so many rows: `($1, $2), ($3, $4)`.
pub(crate) fn placeholders(rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(rows * columns * 7);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=columns {
            if column > 1 {
                text.push_str(", ");
            }
            text.push('$');
            text.push_str(&(row * columns + column).to_string());
        }
        text.push(')');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_split_into_few_sizes_and_keep_their_order() {
        let rows: Vec<usize> = (0..345).collect();
        let sizes: Vec<usize> = runs(&rows).map(<[usize]>::len).collect();
        assert_eq!(sizes, [256, 64, 16, 4, 4, 1]);
        assert_eq!(runs(&rows).flatten().copied().collect::<Vec<_>>(), rows);
    }

    #[test]
    fn placeholders_count_through_all_rows() {
        assert_eq!(placeholders(2, 3), "($1, $2, $3), ($4, $5, $6)");
    }
}
