//! Texts with the number of their writer and their message, and readers who check the order.

use anyhow::{Context, Result};

use super::counted::{Tally, count};
use crate::connection::Connection;
use crate::protocol::Request;

/// The average length of a message to a shop.
const TEXT: &str =
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
    pub fn queue_next(&mut self, connection: &Connection) {
        self.written += 1;
        let text = format!("#{} {} {TEXT}", self.index, self.written);
        connection.queue(&Request::Send {
            conversation: &self.conversation,
            text: &text,
        });
    }
}

/// The writer and the number of a text; `None` for other texts, such as a first "Hello?".
pub fn read(text: &str) -> Result<Option<(usize, usize)>> {
    let Some(text) = text.strip_prefix('#') else {
        return Ok(None);
    };
    let mut parts = text.splitn(3, ' ');
    let mut number = || anyhow::Ok(parts.next().context("a number")?.parse()?);
    Ok(Some((number()?, number()?)))
}

/// The messages of one writer that one reader has received.
#[derive(Clone, Copy, Default)]
pub struct Progress {
    number: usize,
    position: i64,
}

impl Progress {
    /// Records a message, and whether it arrived in the order of the writer and of the server.
    pub fn record(&mut self, number: usize, position: i64, tally: &Tally) {
        if number <= self.number || position <= self.position {
            count(&tally.out_of_order);
        }
        self.number = self.number.max(number);
        self.position = self.position.max(position);
        count(&tally.delivered);
    }
}
