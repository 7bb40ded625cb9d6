//! What an engine is told.

#[cfg(feature = "agent")]
use deskbell_protocol::api::conversations::Conversations;
use deskbell_protocol::{ClientId, ConversationId, ServerFrame};

use crate::outbox::Waiting;

/// Which end of the conversation this client is. It decides what is asked for, never what is
/// allowed: that is the server's to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Somebody on a site, with one conversation at a time.
    Visitor,
    /// A member of the workspace, with an inbox.
    Agent,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// The socket that was asked for with [`crate::Effect::Connect`] or
    /// [`crate::Effect::Renew`] is open.
    Opened,
    /// A frame came.
    Frame(ServerFrame),
    /// The socket closed, or could not be opened. A renewal that was refused is told as code
    /// 4501, one that did not reach the server as `None`.
    Closed {
        /// The close code, if the other end gave one.
        code: Option<u16>,
    },
    /// The person did something.
    Action(Action),
    /// The time asked for with [`crate::Effect::TickAt`] has come. Too many ticks do no harm.
    Tick,
    /// Begin; or the network is back, the page is visible again, the person said "retry now":
    /// do not wait any longer.
    Online,
}

/// One thing a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Writes a text. A blank one is passed over.
    Send {
        /// Where; a visitor leaves it out and means the current conversation or a new one.
        conversation_id: Option<ConversationId>,
        /// The words.
        text: String,
    },
    /// Takes over the texts that [`crate::Engine::waiting`] told of before the page or the program
    /// ended. They may have been saved since; under their names they stand once.
    Restore(Vec<Waiting>),
    /// Sends a failed text again, after those that wait.
    Retry(ClientId),
    /// Throws away a text that was not sent.
    Discard(ClientId),
    /// Looks at a conversation: its timeline is loaded and kept up to date.
    Open(ConversationId),
    /// Looks away: what is known stays, nothing new comes.
    Leave(ConversationId),
    /// Wants older messages of an open conversation.
    LoadOlder(ConversationId),
    /// Agent: wants the inbox, kept up to date.
    #[cfg(feature = "agent")]
    FollowInbox,
    /// Agent: has got the page of the list behind [`crate::Inbox::next_cursor`].
    #[cfg(feature = "agent")]
    ListMore {
        /// The cursor that was asked with; after a new snapshot the page is passed over.
        cursor: String,
        /// What came.
        page: Conversations,
    },
    /// Agent: takes a waiting conversation.
    #[cfg(feature = "agent")]
    Claim(ConversationId),
    /// Agent: marks a conversation as done.
    #[cfg(feature = "agent")]
    Resolve(ConversationId),
    /// Agent: opens a resolved conversation again.
    #[cfg(feature = "agent")]
    Reopen(ConversationId),
    /// Agent: ends a conversation for good.
    #[cfg(feature = "agent")]
    Close(ConversationId),
    /// Writes something, or has stopped; say it with each keystroke.
    Typing {
        /// Where; a visitor leaves it out and means the current conversation.
        conversation_id: Option<ConversationId>,
        /// Whether there is anything in the field.
        active: bool,
    },
    /// Has the newest message of what is open before their eyes, or not any more.
    Look(bool),
    /// Agent: chooses to be away, or to be here, until they choose again.
    #[cfg(feature = "agent")]
    SetAway(bool),
    /// Agent: does not use this window, or does again.
    #[cfg(feature = "agent")]
    SetIdle(bool),
    /// Visitor: puts the current (closed) conversation away; the next text begins another.
    NewConversation,
}
