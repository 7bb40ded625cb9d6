//! Commands that await their replies.

#[cfg(feature = "agent")]
use deskbell_protocol::Position;
use deskbell_protocol::{ClientMessageId, ConversationId, Seq};

/// The purpose of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A command whose answer does not matter.
    Untracked,
    /// Subscribes to the inbox after this position, or for a snapshot.
    #[cfg(feature = "agent")]
    Inbox(Option<Position>),
    /// Subscribes to a conversation whose last message here was this one, or for its newest page.
    Subscribe(ConversationId, Option<Seq>),
    /// Subscribes to the notes of a conversation after this one; 0: to all.
    #[cfg(feature = "agent")]
    Notes(ConversationId, Seq),
    /// Loads older messages.
    LoadOlder(ConversationId),
    /// Saves this text.
    Save(ClientMessageId),
    /// Sets whether the agent is away.
    #[cfg(feature = "agent")]
    SetAway,
    /// Changes a conversation.
    #[cfg(feature = "agent")]
    Change(&'static str, ConversationId),
}

/// The unanswered commands of this connection, by frame number. Numbers are not used twice, so that a
/// late answer matches none.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    last: u32,
    pending: Vec<(u32, Purpose)>,
}

impl Requests {
    /// Adds a command and returns its number.
    pub(crate) fn add(&mut self, purpose: Purpose) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.pending.push((self.last, purpose));
        self.last
    }

    /// Removes a command and returns its purpose.
    pub(crate) fn remove(&mut self, id: u32) -> Option<Purpose> {
        let index = self.pending.iter().position(|(number, _)| *number == id)?;
        Some(self.pending.remove(index).1)
    }

    /// Whether commands still await replies that matter.
    pub(crate) fn has_pending(&self) -> bool {
        self.pending
            .iter()
            .any(|(_, purpose)| *purpose != Purpose::Untracked)
    }

    /// Removes all commands, which will not be answered any more, in their order.
    pub(crate) fn drain(&mut self) -> Vec<Purpose> {
        self.pending.drain(..).map(|(_, purpose)| purpose).collect()
    }
}
