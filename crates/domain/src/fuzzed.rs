//! The inputs that fuzzing has found worth keeping, for tests: see `fuzz/`.

use std::path::Path;

/// Tries each input of a target's corpus; answers how many there were.
pub(crate) fn each(target: &str, check: fn(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let inputs = std::fs::read_dir(folder.join(target)).expect("the corpus is there");
    inputs
        .map(|entry| entry.and_then(|entry| std::fs::read(entry.path())))
        .map(|input| check(&input.expect("an input can be read")))
        .count()
}
