//! A trace: the events of a run, line by line.

use std::fmt::{Display, Write};
use std::hash::{DefaultHasher, Hasher};

/// Lines with a time each. Two identical runs have the same hash.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    text: String,
    lines: usize,
}

impl Trace {
    pub(crate) fn add(&mut self, at_ms: u64, what: impl Display) {
        self.lines += 1;
        let _ = writeln!(self.text, "{at_ms:>8}  {what}");
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number of lines.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// A hash of the text.
    pub fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write(self.text.as_bytes());
        hasher.finish()
    }
}
