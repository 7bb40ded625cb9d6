//! Test inputs from the fuzzing corpus: see `fuzz/`.

use std::path::Path;

/// Runs the check on each input of a target's corpus; returns the number of inputs.
pub(crate) fn each(target: &str, check: fn(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let inputs = std::fs::read_dir(folder.join(target)).expect("the corpus is there");
    inputs
        .map(|entry| entry.and_then(|entry| std::fs::read(entry.path())))
        .map(|input| check(&input.expect("an input can be read")))
        .count()
}
