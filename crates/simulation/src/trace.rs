//! What happened, line by line.

use std::fmt::{Display, Write};
use std::hash::{DefaultHasher, Hasher};

/// Lines with the time of each. Two runs that went the same way have the same hash.
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

    /// All of it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many things happened.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// The same for the same text.
    pub fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write(self.text.as_bytes());
        hasher.finish()
    }
}
