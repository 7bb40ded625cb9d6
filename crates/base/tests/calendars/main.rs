//! Replays the fuzzing corpus of iCalendar files: see `fuzz/`.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

mod property;

use std::path::Path;

#[test]
fn inputs_that_fuzzing_found_stay_fixed() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/calendars");
    let mut seen = 0;
    for input in std::fs::read_dir(corpus).unwrap() {
        property::check(&std::fs::read(input.unwrap().path()).unwrap());
        seen += 1;
    }
    assert!(seen > 0, "there is a corpus");
}
