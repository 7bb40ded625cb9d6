//! Commands that await their replies.

#[cfg(feature = "agent")]
use deskbell_protocol::Position;
use deskbell_protocol::{ClientMessageId, ConversationId, Seq};

/// The purpose of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// A command whose answer does not matter.
    Nothing,
    /// Subscribes to the inbox after this position, or for a snapshot.
    #[cfg(feature = "agent")]
    Inbox(Option<Position>),
    /// Subscribes to a conversation whose last message here was this one, or for its newest page.
    Subscribe(ConversationId, Option<Seq>),
    /// Loads older messages.
    Load(ConversationId),
    /// Saves this text.
    Save(ClientMessageId),
    /// Sets availability.
    #[cfg(feature = "agent")]
    Choice,
    /// Changes a conversation.
    #[cfg(feature = "agent")]
    Act(&'static str, ConversationId),
}

/// The unanswered commands of this connection, by frame number. Numbers are not used twice, so that a
/// late answer matches none.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    last: u32,
    open: Vec<(u32, Asked)>,
}

impl Requests {
    /// Adds a command and returns its number.
    pub(crate) fn open(&mut self, asked: Asked) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.open.push((self.last, asked));
        self.last
    }

    /// Removes a command and returns its purpose.
    pub(crate) fn close(&mut self, id: u32) -> Option<Asked> {
        let index = self.open.iter().position(|(open, _)| *open == id)?;
        Some(self.open.remove(index).1)
    }

    /// Whether commands still await replies that matter.
    pub(crate) fn is_waiting(&self) -> bool {
        self.open.iter().any(|(_, asked)| *asked != Asked::Nothing)
    }

    /// Removes all commands, which will not be answered any more, in their order.
    pub(crate) fn abandon(&mut self) -> Vec<Asked> {
        self.open.drain(..).map(|(_, asked)| asked).collect()
    }
}
