//! Events of the server: answers to commands, and notifications.

use serde::{Deserialize, Serialize};

use crate::ids::{ClientMessageId, ConnectionId, ConversationId, MessageId};
use crate::model::{Conversation, Message, Principal, Queue, Sender};
use crate::note::Note;
use crate::notification::Notification;
use crate::presence::{AgentPresence, Receipts, SeenMarker, VisitorPresence};
use crate::{ErrorBody, Position, Seq, UnixMs};

/// An event of the server. A client ignores events that it does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// Answer to `hello`: the connection is authenticated.
    Welcome {
        /// The protocol level of this connection.
        level: u16,
        /// The id of this connection.
        session_id: ConnectionId,
        /// The authenticated person.
        you: Principal,
        /// The server's clock.
        now: UnixMs,
        /// The interval of pings, in milliseconds. After three intervals without a frame from the
        /// client the server closes.
        heartbeat_ms: u32,
        /// Visitor: their newest conversation that is not closed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conversation: Option<Conversation>,
        /// Visitor: whether an agent is online.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team_online: Option<bool>,
        /// Visitor without a `conversation`: their closed conversations, the newest first. They can
        /// be read, not written in. The server may leave out all but the newest.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        past: Vec<Conversation>,
    },
    /// Answer to `ping`.
    Pong,
    /// Answer to `start`: the conversation and its first message are saved.
    Started {
        /// The conversation.
        conversation: Conversation,
        /// The first message.
        message: Message,
    },
    /// Answer to `send`: the message is saved.
    Saved {
        /// The conversation.
        conversation_id: ConversationId,
        /// The id that the client gave it.
        client_id: ClientMessageId,
        /// The id that the server gave it.
        message_id: MessageId,
        /// Its number in the conversation.
        seq: Seq,
        /// When it was saved.
        created_at: UnixMs,
    },
    /// Answer to `subscribe`.
    Subscribed {
        /// The conversation as it is now.
        conversation: Conversation,
        /// In order: the newest page, or what follows `after_seq`.
        messages: Vec<Message>,
        /// After `after_seq`: more messages follow the last of these, subscribe again from it.
        /// Without `after_seq`: there are older messages, which `load` fetches.
        more: bool,
        /// The read receipts of both sides.
        #[serde(default, skip_serializing_if = "Receipts::is_empty")]
        receipts: Receipts,
    },
    /// Answer to `load`: older messages, in order.
    Page {
        /// The conversation.
        conversation_id: ConversationId,
        /// In order; empty at the beginning.
        messages: Vec<Message>,
        /// Whether there are still older ones.
        more: bool,
    },
    /// Answer to `subscribe_inbox`: a snapshot of the inbox, at most
    /// [`crate::limits::INBOX_ROWS`] conversations, and as many of the agent's own further down.
    /// It replaces the client's copy.
    Inbox {
        /// Waiting ones first (the longest wait first), then by their newest message; then the
        /// agent's own.
        conversations: Vec<Conversation>,
        /// The position of the last change in the snapshot.
        #[serde(default, skip_serializing_if = "crate::is_default")]
        position: Position,
        /// The number of conversations by status.
        #[serde(default, skip_serializing_if = "crate::is_default")]
        queue: Queue,
        /// The cursor of the next page of `GET /api/v1/conversations`, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_cursor: Option<String>,
    },
    /// Answer to `subscribe_inbox` with `after`: the changes since. All other conversations are
    /// unchanged.
    InboxChanges {
        /// The changed conversations, in the order of their last change.
        conversations: Vec<Conversation>,
        /// The position of the last of these changes.
        position: Position,
        /// The number of conversations by status.
        queue: Queue,
    },
    /// Answer to `claim`, `resolve`, `reopen`, `close`: the conversation as it is now.
    Changed {
        /// The conversation.
        conversation: Conversation,
    },
    /// Answer to `note`: the note is saved.
    NoteSaved {
        /// The note.
        note: Note,
    },
    /// Answer to `subscribe_notes`.
    Notes {
        /// The conversation.
        conversation_id: ConversationId,
        /// In order: what follows `after`, at most [`crate::limits::PAGE_NOTES`].
        notes: Vec<Note>,
        /// Whether more follow the last of these.
        more: bool,
    },
    /// Answer to a command without a result.
    Done,
    /// Answer to a command that was refused, or to an invalid frame.
    Error {
        /// The reason, and what to do.
        error: ErrorBody,
    },
    /// Notification: a message was saved in a subscribed conversation. The sender's own
    /// connections receive it, too.
    MessageCreated {
        /// The message.
        message: Message,
    },
    /// Notification for agents: a note was saved in a conversation whose notes they have subscribed to. The
    /// author's own connections receive it, too.
    NoteCreated {
        /// The note.
        note: Note,
    },
    /// Notification: the status or the assignee of a subscribed conversation has changed.
    ConversationChanged {
        /// The conversation as it is now.
        conversation: Conversation,
    },
    /// Notification: a conversation of the inbox has changed or was started; each
    /// message is a change.
    InboxChanged {
        /// The position of the change. It ascends on a connection; positions of conversations that
        /// have changed again since are skipped.
        position: Position,
        /// The number of conversations by status.
        queue: Queue,
        /// The conversation as it is now.
        conversation: Conversation,
    },
    /// Notification for a visitor: whether the agent of a subscribed conversation is
    /// online. Follows the answer to `subscribe`, and is repeated when it changes.
    Assignee {
        /// The conversation.
        conversation_id: ConversationId,
        /// Whether the agent is connected, with a window in use, and not away.
        online: bool,
    },
    /// Notification: another person is typing in a subscribed conversation, or has stopped. It
    /// expires after [`crate::limits::TYPING_MS`].
    Typing {
        /// The conversation.
        conversation_id: ConversationId,
        /// The person.
        sender: Sender,
        /// Whether they are typing.
        active: bool,
    },
    /// Notification: the receipts of a subscribed conversation have changed. Of each value the
    /// higher one counts.
    Receipts {
        /// The conversation.
        conversation_id: ConversationId,
        /// The read receipts of both sides.
        receipts: Receipts,
    },
    /// Notification for agents: their own read markers, on any of their connections. After `subscribe_inbox`: those
    /// of all conversations of the inbox that are not closed.
    Seen {
        /// The markers that have changed; of two the higher one counts.
        markers: Vec<SeenMarker>,
    },
    /// Notification for inbox subscribers: presence changes, at most once a second. The first one after
    /// `subscribe_inbox` has everybody, the others have the changes.
    Presence {
        /// Whether people who are not named are offline. Of visitors at most
        /// [`crate::limits::PRESENCE_VISITORS`] are named; with that many, the others are unknown.
        #[serde(default, skip_serializing_if = "is_false")]
        all: bool,
        /// Members of the workspace.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        agents: Vec<AgentPresence>,
        /// Visitors who have a conversation that is not closed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        visitors: Vec<VisitorPresence>,
        /// Conversations whose visitors are typing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        typing: Vec<ConversationId>,
    },
    /// Notification for agents: a note mentions them, or a conversation was assigned to them.
    Notified {
        /// The notification.
        notification: Notification,
    },
    /// Notification for agents: their notifications were read on another connection, or an event about
    /// them may be lost. Request them again.
    NotificationsChanged,
    /// Notification for visitors: whether an agent is online.
    Team {
        /// Whether one is.
        online: bool,
    },
    /// Notification for agents: their name or their role has changed, and with it their permissions.
    YouChanged {
        /// The authenticated person from now on.
        you: Principal,
    },
    /// An event of a newer server.
    #[serde(other)]
    Unknown,
}

fn is_false(flag: &bool) -> bool {
    !*flag
}
