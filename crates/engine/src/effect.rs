//! Effects: the actions that an engine requests.

use deskbell_protocol::{ClientFrame, ConversationId, ErrorBody, UnixMs};
#[cfg(feature = "agent")]
use deskbell_protocol::{ClientMessageId, Notification};

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
    /// Agent: the person is notified.
    #[cfg(feature = "agent")]
    Notified(Notification),
    /// Agent: a note of this client is saved.
    #[cfg(feature = "agent")]
    NoteSaved {
        /// The conversation.
        conversation_id: ConversationId,
        /// The id of the note.
        client_id: ClientMessageId,
    },
    /// Agent: request the person's notifications again.
    #[cfg(feature = "agent")]
    NotificationsChanged,
    /// Visible state has changed.
    Changed(Change),
    /// An action was refused.
    Refused {
        /// The action: `open`, `load`, `inbox`, `claim`, `assign`, `update`, `note`, `snooze`, `resolve`, `reopen`, `close`, `away`; or
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
    /// [`crate::Engine::timeline`], or the notes beside it.
    Timeline(ConversationId),
    /// Agent: [`crate::Engine::presence`].
    #[cfg(feature = "agent")]
    Presence,
    /// Visitor: [`crate::Engine::visitor_rows`] or [`crate::Engine::own_conversation`].
    Own,
}
