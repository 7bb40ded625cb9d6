//! Texts that say which writer's how-manieth message they are, and readers who check that.

use anyhow::{Context, Result};

use super::counted::{Tally, count};
use crate::dialect::Ask;
use crate::link::Link;

/// As long as what people write to a shop, on average.
const WORDS: &str =
    "Hello, I have ordered the blue one two weeks ago and it has not arrived. Could you look?";

/// Writes numbered messages into one conversation.
pub struct Writer {
    pub conversation: String,
    index: usize,
    written: usize,
}

impl Writer {
    pub fn new(index: usize, conversation: String) -> Self {
        Self {
            conversation,
            index,
            written: 0,
        }
    }

    /// Adds the next message to the connection's next write.
    pub fn queue_next(&mut self, link: &Link) {
        self.written += 1;
        let text = format!("#{} {} {WORDS}", self.index, self.written);
        link.queue(&Ask::Send {
            conversation: &self.conversation,
            text: &text,
        });
    }
}

/// Writer and number of a text of ours; `None` for others, such as a first "Hello?".
pub fn read(text: &str) -> Result<Option<(usize, usize)>> {
    let Some(text) = text.strip_prefix('#') else {
        return Ok(None);
    };
    let mut words = text.splitn(3, ' ');
    let mut number = || anyhow::Ok(words.next().context("a number")?.parse()?);
    Ok(Some((number()?, number()?)))
}

/// What one reader has read of one writer.
#[derive(Clone, Copy, Default)]
pub struct Progress {
    number: usize,
    position: i64,
}

impl Progress {
    /// Notes a message, and whether it came in its place: the writer's order and the server's.
    pub fn note(&mut self, number: usize, position: i64, tally: &Tally) {
        if number <= self.number || position <= self.position {
            count(&tally.out_of_order);
        }
        self.number = self.number.max(number);
        self.position = self.position.max(position);
        count(&tally.delivered);
    }
}
