//! Which commands wait for their reply.

use deskbell_protocol::{ClientId, ConversationId, Seq};

/// What was asked with one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Nothing whose answer matters.
    Nothing,
    /// The inbox.
    #[cfg(feature = "agent")]
    Inbox,
    /// A conversation from behind this message on, or its newest page.
    Subscribe(ConversationId, Option<Seq>),
    /// Older messages.
    Load(ConversationId),
    /// To save this text.
    Save(ClientId),
    /// To be away, or here.
    #[cfg(feature = "agent")]
    Choice,
    /// Something an agent does to a conversation.
    #[cfg(feature = "agent")]
    Act(&'static str, ConversationId),
}

/// The commands of this connection that were not answered, by frame number. Numbers are not
/// used twice, so that a late answer meets nothing.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    last: u32,
    open: Vec<(u32, Asked)>,
}

impl Requests {
    /// A number for a command that asks for this.
    pub(crate) fn open(&mut self, asked: Asked) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.open.push((self.last, asked));
        self.last
    }

    /// What the command with this number asked for, once.
    pub(crate) fn close(&mut self, id: u32) -> Option<Asked> {
        let place = self.open.iter().position(|(open, _)| *open == id)?;
        Some(self.open.remove(place).1)
    }

    /// All that will not be answered any more, in the order of asking.
    pub(crate) fn abandon(&mut self) -> Vec<Asked> {
        self.open.drain(..).map(|(_, asked)| asked).collect()
    }
}
