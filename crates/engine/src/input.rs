//! Inputs: what happens to an engine.

#[cfg(feature = "agent")]
use deskbell_protocol::api::conversations::Conversations;
#[cfg(feature = "agent")]
use deskbell_protocol::{Assignment, Mention, Priority, Snooze};
use deskbell_protocol::{ClientMessageId, ConversationId, ServerFrame};

use crate::outbox::UnsentText;

/// The side of the conversation that this client is on. It decides what is requested; permissions
/// are checked by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A visitor of a site, with one conversation at a time.
    Visitor,
    /// A member of the workspace, with an inbox.
    Agent,
}

/// One input.
#[derive(Clone, Debug)]
pub enum Input {
    /// The socket that was requested with [`crate::Effect::Connect`] or
    /// [`crate::Effect::Renew`] is open.
    Opened,
    /// A frame has arrived.
    Frame(ServerFrame),
    /// The socket was closed, or could not be opened. A renewal that was refused is reported as code
    /// 4501, one that did not reach the server as `None`.
    Closed {
        /// The close code, if there is one.
        code: Option<u16>,
    },
    /// The person has performed an action.
    Action(Action),
    /// The time that was requested with [`crate::Effect::TickAt`]. Additional ticks do no harm.
    Tick,
    /// Connect now: at the start, when the network is back, when the page is visible again, or when the
    /// person asks for it.
    Online,
    /// The operating system reports that there is no network: the connection counts as lost.
    Offline,
}

/// An action of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Sends a text. A blank one is ignored.
    Send {
        /// The conversation; for a visitor `None` is the current one, or a new one.
        conversation_id: Option<ConversationId>,
        /// The text.
        text: String,
    },
    /// Restores the texts that [`crate::Engine::unsent_texts`] returned before the page or the program ended.
    /// They may have been saved since; by their ids they appear once.
    Restore(Vec<UnsentText>),
    /// Sends a failed text again, after those that are queued.
    Retry(ClientMessageId),
    /// Discards an unsent text.
    Discard(ClientMessageId),
    /// Opens a conversation: its timeline is loaded and updated.
    Open(ConversationId),
    /// Leaves a conversation: its timeline stays, without updates.
    Leave(ConversationId),
    /// Loads older messages of an open conversation.
    LoadOlder(ConversationId),
    /// Agent: loads the inbox and follows it.
    #[cfg(feature = "agent")]
    FollowInbox,
    /// Agent: adds the page of the list at [`crate::Inbox::next_cursor`].
    #[cfg(feature = "agent")]
    ListMore {
        /// The cursor of the page; after a new snapshot the page is ignored.
        cursor: String,
        /// The page.
        page: Conversations,
    },
    /// Agent: claims a waiting conversation.
    #[cfg(feature = "agent")]
    Claim(ConversationId),
    /// Agent: assigns a conversation, as long as it is still assigned as this client knows it.
    #[cfg(feature = "agent")]
    Assign {
        /// The conversation.
        conversation_id: ConversationId,
        /// The new assignment.
        to: Assignment,
    },
    /// Agent: changes attributes of a conversation; those that are `None` stay as they were.
    #[cfg(feature = "agent")]
    Update {
        /// The conversation.
        conversation_id: ConversationId,
        /// Its priority.
        priority: Option<Priority>,
        /// What it is about.
        subject: Option<String>,
    },
    /// Agent: snoozes an active conversation; `None`: ends its snooze.
    #[cfg(feature = "agent")]
    Snooze {
        /// The conversation.
        conversation_id: ConversationId,
        /// The snooze.
        snooze: Option<Snooze>,
    },
    /// Agent: adds a note to a conversation. It is not queued while there is no connection; repeated with the
    /// same id, it is saved once.
    #[cfg(feature = "agent")]
    Note {
        /// The conversation.
        conversation_id: ConversationId,
        /// The id of the note.
        client_id: ClientMessageId,
        /// The text.
        text: String,
        /// Whom it mentions.
        mentions: Vec<Mention>,
    },
    /// Agent: resolves a conversation.
    #[cfg(feature = "agent")]
    Resolve(ConversationId),
    /// Agent: reopens a resolved conversation.
    #[cfg(feature = "agent")]
    Reopen(ConversationId),
    /// Agent: closes a conversation for good.
    #[cfg(feature = "agent")]
    Close(ConversationId),
    /// Types, or has stopped; reported with each keystroke.
    Typing {
        /// The conversation; for a visitor `None` is the current one.
        conversation_id: Option<ConversationId>,
        /// Whether the field has text.
        active: bool,
    },
    /// Reports whether the newest message of the open conversation is visible.
    NewestVisible(bool),
    /// Agent: sets whether they are away, until they change it.
    #[cfg(feature = "agent")]
    SetAway(bool),
    /// Agent: sets whether this window is idle.
    #[cfg(feature = "agent")]
    SetIdle(bool),
    /// Visitor: leaves the current (closed) conversation; the next text starts another.
    NewConversation,
}
