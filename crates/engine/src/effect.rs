//! What an engine wants done.

use deskbell_protocol::{ClientFrame, ConversationId, ErrorBody, UnixMs};

/// One thing to do, in the order given.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Send this on the open socket.
    Transmit(ClientFrame),
    /// Open a socket, drop any other; then say [`crate::Input::Opened`] or `Closed`.
    Connect,
    /// Get a fresh token, give it to [`crate::Engine::set_token`], then as with `Connect`.
    Renew,
    /// Drop the socket, and say nothing more of it.
    Disconnect,
    /// Say [`crate::Input::Tick`] at this time. Replaces the time asked for before.
    TickAt(UnixMs),
    /// Something to be seen has changed.
    Changed(Change),
    /// Something that was asked for will not happen.
    Refused {
        /// What: `open`, `load`, `inbox`, `claim`, `resolve`, `reopen`, `close`, `away`; or
        /// `hello`, while the platform is closed: it is said again after a pause.
        action: &'static str,
        /// In which conversation.
        conversation_id: Option<ConversationId>,
        /// Why; with `already_claimed`, who was faster.
        error: ErrorBody,
    },
}

/// What has changed, for those who redraw only that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// [`crate::Engine::connection`], [`crate::Engine::principal`] or
    /// [`crate::Engine::team_online`].
    Connection,
    /// [`crate::Engine::inbox`]: a row of it, or which rows there are.
    Inbox,
    /// [`crate::Engine::conversation`], [`crate::Engine::receipts`] or
    /// [`crate::Engine::typists`].
    Conversation(ConversationId),
    /// [`crate::Engine::timeline`].
    Timeline(ConversationId),
    /// Agent: [`crate::Engine::presence`].
    #[cfg(feature = "agent")]
    Presence,
    /// Visitor: [`crate::Engine::visitor_rows`] or [`crate::Engine::own_conversation`].
    Own,
}
