//! Cells of CSV files: a guard against formulas, which spreadsheets would evaluate.
//!
//! [`guard`] puts an apostrophe before a cell that begins like a formula, and before one that begins with an
//! apostrophe. So [`unguard`] can restore every cell: it removes one apostrophe before either.

/// The characters with which a formula begins in a spreadsheet, also in their full-width forms, which
/// some programs convert.
pub const FORMULA_SIGNS: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
const APOSTROPHE: char = '\'';

/// Guards a cell, so that no spreadsheet evaluates it.
pub fn guard(cell: &str) -> String {
    match needs_guard(cell) {
        true => format!("{APOSTROPHE}{cell}"),
        false => cell.to_owned(),
    }
}

/// Restores a guarded cell. Others stay as they are: a person may have written them.
pub fn unguard(cell: &str) -> &str {
    match cell.strip_prefix(APOSTROPHE) {
        Some(inner) if needs_guard(inner) => inner,
        _ => cell,
    }
}

fn needs_guard(cell: &str) -> bool {
    cell.starts_with(FORMULA_SIGNS) || cell.starts_with(APOSTROPHE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_formula_is_guarded_and_restored() {
        for (cell, guarded) in [
            ("=1+1", "'=1+1"),
            ("-5 %", "'-5 %"),
            ("＝SUM(A1)", "'＝SUM(A1)"),
            ("'quoted'", "''quoted'"),
            ("'=1", "''=1"),
            ("Hello", "Hello"),
            ("", ""),
        ] {
            assert_eq!(guard(cell), guarded);
            assert_eq!(unguard(guarded), cell);
        }
        assert_eq!(unguard("'tis"), "'tis", "written by a person");
    }

    proptest! {
        #[test]
        fn every_cell_is_restored_and_none_begins_like_a_formula(cell in "['=+@\\-\t\n＝a]{0,4}.{0,8}") {
            let guarded = guard(&cell);
            prop_assert!(!guarded.starts_with(FORMULA_SIGNS));
            prop_assert_eq!(unguard(&guarded), cell);
        }
    }
}
