//! Commands of clients. A command that the server does not know is answered with an error.

use serde::{Deserialize, Serialize};

use crate::ids::{ClientMessageId, ConversationId, UserId};
use crate::model::{Assignment, Priority, Snooze};
use crate::note::Mention;
use crate::{Position, Seq};

/// A command of a client. The answer carries the number of its frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// The first frame of a connection, within [`crate::limits::HELLO_TIMEOUT_MS`].
    /// Answered by `welcome`; refused with close code 4501, 4503 or 4005.
    Hello {
        /// The newest protocol level that the client supports.
        level: u16,
        /// A visitor's token, or a program's access token. A browser's agent leaves it out: the
        /// cookie of the upgrade request authenticates them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
    },
    /// Checks the connection. Answered by `pong`.
    Ping,
    /// Visitor: starts a conversation with its first message. Sent twice with one `client_id`, it
    /// starts one conversation and gets the same answer twice. Answered by `started`.
    Start {
        /// The client's id of the first message.
        client_id: ClientMessageId,
        /// The first message.
        text: String,
    },
    /// Adds a message. Sent twice with one `client_id`, it is saved once and gets the same answer
    /// twice. An agent's message claims a waiting conversation and reopens a resolved one.
    /// Answered by `saved`.
    Send {
        /// The conversation.
        conversation_id: ConversationId,
        /// The client's id of the message.
        client_id: ClientMessageId,
        /// The text of the message.
        text: String,
        /// Agent: the colleague to whom the conversation is assigned, as far as the client knows.
        /// A message into a colleague's conversation is refused (`already_claimed`) unless it
        /// names that colleague, so that nobody answers a conversation twice by mistake.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignee: Option<UserId>,
    },
    /// Subscribes to a conversation. Answered by `subscribed` with the messages that the client lacks; live
    /// events follow. If the answer has `more`, subscribe again from its last message.
    Subscribe {
        /// The conversation.
        conversation_id: ConversationId,
        /// The last message that the client has; `None` requests the newest page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_seq: Option<Seq>,
    },
    /// Ends the subscription to a conversation. Answered by `done`.
    Unsubscribe {
        /// The conversation.
        conversation_id: ConversationId,
    },
    /// Requests older messages. Answered by `page`.
    Load {
        /// The conversation.
        conversation_id: ConversationId,
        /// Older than this message.
        before_seq: Seq,
    },
    /// Agent: subscribes to the workspace's inbox. Answered by `inbox_changes` with the changes since
    /// `after`, or by `inbox` with a new snapshot; `inbox_changed` follows for each change.
    SubscribeInbox {
        /// The position that the client has reached; `None` requests a snapshot.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Position>,
    },
    /// Agent: claims a waiting conversation. Of two agents, the second gets `already_claimed` with
    /// the winner. Answered by `changed`.
    Claim {
        /// The conversation.
        conversation_id: ConversationId,
    },
    /// Agent: assigns a conversation that is waiting or active to an agent, or returns it to the
    /// queue. Answered by `changed`, also if it is assigned so already.
    Assign {
        /// The conversation.
        conversation_id: ConversationId,
        /// The new assignment.
        to: Assignment,
        /// The assignment as far as the client knows. If it is another one by now, the command is
        /// refused (`already_claimed`), so that nobody overwrites a change that they have not seen.
        /// `None`: it is not checked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Assignment>,
    },
    /// Agent: changes attributes of a conversation that is not closed; those that are left out stay as they
    /// were. Answered by `changed`.
    Update {
        /// The conversation.
        conversation_id: ConversationId,
        /// Its priority.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        priority: Option<Priority>,
        /// What it is about, in at most 200 characters; an empty text removes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
    },
    /// Agent: adds a note, which no visitor sees, to a conversation that is not closed. Sent twice with one
    /// `client_id`, it is saved once and gets the same answer twice. Answered by `note_saved`.
    Note {
        /// The conversation.
        conversation_id: ConversationId,
        /// The client's id of the note.
        client_id: ClientMessageId,
        /// The text of the note.
        text: String,
        /// Whom it mentions, at most [`crate::limits::MENTIONS`], by their current names, which the text
        /// contains after an `@`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<Mention>,
    },
    /// Agent: requests the notes of a subscribed conversation. Answered by `notes`; `note_created`
    /// follows for each new one, until `unsubscribe`. If the answer has `more`, request again from its last
    /// note.
    SubscribeNotes {
        /// The conversation.
        conversation_id: ConversationId,
        /// The last note that the client has; `None` requests all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Seq>,
    },
    /// Agent: snoozes an active conversation, or ends its snooze. Answered by `changed`.
    Snooze {
        /// The conversation.
        conversation_id: ConversationId,
        /// The snooze; absent: it ends.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        snooze: Option<Snooze>,
    },
    /// Agent: resolves a conversation. Answered by `changed`.
    Resolve {
        /// The conversation.
        conversation_id: ConversationId,
    },
    /// Agent: reopens a resolved conversation and assigns it to the agent. Answered by `changed`.
    Reopen {
        /// The conversation.
        conversation_id: ConversationId,
    },
    /// Agent: closes a conversation for good. Answered by `changed`.
    Close {
        /// The conversation.
        conversation_id: ConversationId,
    },
    /// Whether the person is typing in a subscribed conversation; the text is not sent. Repeated
    /// every [`crate::limits::TYPING_EVERY_MS`] while they type. Answered by `done`.
    Typing {
        /// The conversation.
        conversation_id: ConversationId,
        /// Whether they are typing.
        active: bool,
    },
    /// Read receipt in a subscribed conversation. Answered by `done` before it is saved; then
    /// `receipts` and `seen` follow.
    Receipt {
        /// The conversation.
        conversation_id: ConversationId,
        /// The last message that this client has received.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delivered: Option<Seq>,
        /// The last message that the person has seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Seq>,
    },
    /// Agent: their availability. Fields that are left out stay as they were. Answered by `done`.
    Presence {
        /// The agent's own choice: away on all their connections, until they choose again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        away: Option<bool>,
        /// Whether this window is not in use; a new connection counts as in use.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        idle: Option<bool>,
    },
}

impl Command {
    /// Whether it changes a conversation or is shown to others, and does not only read.
    pub fn writes(&self) -> bool {
        match self {
            Self::Start { .. }
            | Self::Send { .. }
            | Self::Claim { .. }
            | Self::Assign { .. }
            | Self::Update { .. }
            | Self::Note { .. }
            | Self::Snooze { .. }
            | Self::Resolve { .. }
            | Self::Reopen { .. }
            | Self::Close { .. }
            | Self::Typing { .. }
            | Self::Receipt { .. }
            | Self::Presence { .. } => true,
            Self::Hello { .. }
            | Self::Ping
            | Self::Subscribe { .. }
            | Self::Unsubscribe { .. }
            | Self::Load { .. }
            | Self::SubscribeNotes { .. }
            | Self::SubscribeInbox { .. } => false,
        }
    }
}
