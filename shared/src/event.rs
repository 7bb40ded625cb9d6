//! What the server says: answers to commands, and news.

use serde::{Deserialize, Serialize};

use crate::ids::{ClientId, ConversationId, MessageId, SessionId};
use crate::model::{Conversation, Message, Principal, Queue, Sender};
use crate::presence::{AgentPresence, Receipts, SeenMarker, VisitorPresence};
use crate::{ErrorBody, Position, Seq, UnixMs};

/// One thing the server says. A client passes over what it does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// Answer to `hello`: the connection is authenticated.
    Welcome {
        /// The protocol level both will speak.
        level: u16,
        /// This connection.
        session_id: SessionId,
        /// Whom the server takes the client to be.
        you: Principal,
        /// The server's clock.
        now: UnixMs,
        /// The client pings this often, in milliseconds; twice as long without a frame from it,
        /// and the server closes.
        heartbeat_ms: u32,
        /// Visitor: their newest conversation that is not closed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conversation: Option<Conversation>,
        /// Visitor: whether an agent can be reached.
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
        /// Where.
        conversation_id: ConversationId,
        /// The client's name for it.
        client_id: ClientId,
        /// The server's name for it.
        message_id: MessageId,
        /// Its place.
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
        /// After `after_seq`: there is more behind the last of these, subscribe again from it.
        /// Without `after_seq`: there are older messages, which `load` fetches.
        more: bool,
        /// How far both sides have got.
        #[serde(default, skip_serializing_if = "Receipts::is_empty")]
        receipts: Receipts,
    },
    /// Answer to `load`: older messages, in order.
    Page {
        /// Of which conversation.
        conversation_id: ConversationId,
        /// In order; empty at the beginning.
        messages: Vec<Message>,
        /// Whether there are still older ones.
        more: bool,
    },
    /// Answer to `subscribe_inbox`: a snapshot of the inbox, at most
    /// [`crate::limits::INBOX_ROWS`] conversations, and as many of the agent's own that would stand
    /// further down. It replaces what the client had.
    Inbox {
        /// Waiting ones first (the longest wait first), then by their newest message; then the
        /// agent's own.
        conversations: Vec<Conversation>,
        /// The last change that the snapshot counts.
        #[serde(default, skip_serializing_if = "crate::is_default")]
        position: Position,
        /// How many stand where.
        #[serde(default, skip_serializing_if = "crate::is_default")]
        queue: Queue,
        /// Where `GET /api/v1/conversations` goes on, if there are others.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_cursor: Option<String>,
    },
    /// Answer to `subscribe_inbox` with `after`: what has changed since. All that the client has
    /// besides is as it was.
    InboxChanges {
        /// As they are now, in the order of their last change.
        conversations: Vec<Conversation>,
        /// The last change that is counted here.
        position: Position,
        /// How many stand where.
        queue: Queue,
    },
    /// Answer to `claim`, `resolve`, `reopen`, `close`: the conversation as it is now.
    Changed {
        /// The conversation.
        conversation: Conversation,
    },
    /// Answer to a command that has nothing to say.
    Done,
    /// Answer to a command that was refused, or a complaint about a frame that was not understood.
    Error {
        /// Why, and what to do.
        error: ErrorBody,
    },
    /// News: a message was saved in a conversation that the client follows. The sender's own
    /// connections get it too.
    MessageCreated {
        /// The message.
        message: Message,
    },
    /// News: where a conversation that the client follows stands, or whose it is, has changed.
    ConversationChanged {
        /// The conversation as it is now.
        conversation: Conversation,
    },
    /// News: a conversation of the inbox that the client follows has changed, or begun; each
    /// message is a change.
    InboxChanged {
        /// Higher than that of all before it on this connection. Some are passed over: those of
        /// conversations that have changed again since.
        position: Position,
        /// How many stand where.
        queue: Queue,
        /// The conversation as it is now.
        conversation: Conversation,
    },
    /// News for a visitor: whether the agent to whom a conversation that they follow is assigned can
    /// be reached. Follows the answer to `subscribe`, and comes again when it changes.
    Assignee {
        /// The conversation.
        conversation_id: ConversationId,
        /// Whether the agent is connected, at work and not away.
        online: bool,
    },
    /// News: somebody else is writing in a conversation that the client follows, or has stopped.
    /// What is not said again within [`crate::limits::TYPING_MS`] has stopped.
    Typing {
        /// Where.
        conversation_id: ConversationId,
        /// Who.
        sender: Sender,
        /// Whether they are writing.
        active: bool,
    },
    /// News: somebody has got further in a conversation that the client follows.
    Receipts {
        /// Where.
        conversation_id: ConversationId,
        /// How far both sides have got.
        receipts: Receipts,
    },
    /// News, agent: how far they have read, on whichever of their connections. After
    /// `subscribe_inbox`: in all conversations of the inbox that are not closed.
    Seen {
        /// Those that have moved.
        markers: Vec<SeenMarker>,
    },
    /// News, to an inbox: who is there, gathered, at most once a second. The first one after
    /// `subscribe_inbox` tells of all, the others of those with whom something has changed.
    Presence {
        /// Whether those who are not named are not there.
        #[serde(default, skip_serializing_if = "is_false")]
        all: bool,
        /// Members of the workspace.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        agents: Vec<AgentPresence>,
        /// Visitors who have a conversation that is not closed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        visitors: Vec<VisitorPresence>,
        /// Conversations whose visitors have been writing just now.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        typing: Vec<ConversationId>,
    },
    /// News, visitor: whether an agent can be reached.
    Team {
        /// Whether one can.
        online: bool,
    },
    /// News, agent: their name or their role has changed, and with it what they may do.
    YouChanged {
        /// Whom the server takes the client to be from here on.
        you: Principal,
    },
    /// Something of a newer server.
    #[serde(other)]
    Unknown,
}

fn is_false(flag: &bool) -> bool {
    !*flag
}
