//! Effects: the actions that an engine requests.

use deskbell_protocol::{ClientFrame, ConversationId, ErrorBody, UnixMs};

/// An action to perform; effects are performed in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Send this on the open socket.
    Transmit(ClientFrame),
    /// Open a socket and drop any other; then report [`crate::Input::Opened`] or `Closed`.
    Connect,
    /// Get a new token, pass it to [`crate::Engine::set_token`], then as with `Connect`.
    Renew,
    /// Get a new token and pass it to [`crate::Engine::set_token`]; the connection stays. If that
    /// fails, the effect comes again later.
    RenewToken,
    /// Drop the socket, and report nothing more of it.
    Disconnect,
    /// Report [`crate::Input::Tick`] at this time. Replaces the earlier time.
    TickAt(UnixMs),
    /// Visible state has changed.
    Changed(Change),
    /// An action was refused.
    Refused {
        /// The action: `open`, `load`, `inbox`, `claim`, `resolve`, `reopen`, `close`, `away`; or
        /// `hello`, during maintenance: it is repeated after a pause.
        action: &'static str,
        /// The conversation.
        conversation_id: Option<ConversationId>,
        /// The reason; with `already_claimed`, the winner.
        error: ErrorBody,
    },
}

/// A change of visible state, so that a view redraws only that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// [`crate::Engine::connection`], [`crate::Engine::principal`] or
    /// [`crate::Engine::team_online`].
    Connection,
    /// [`crate::Engine::inbox`]: a row, or the list of rows.
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
