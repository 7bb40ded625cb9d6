//! What a client says. A command that the server does not know is answered with an error.

use serde::{Deserialize, Serialize};

use crate::ids::{ClientId, ConversationId, UserId};
use crate::{Position, Seq};

/// One thing a client asks for. The reply carries the number of the frame it came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// The first frame of a connection, within [`crate::limits::HELLO_TIMEOUT_MS`].
    /// Answered by `welcome`; refused with close code 4501, 4503 or 4005.
    Hello {
        /// The newest protocol level the client speaks.
        level: u16,
        /// A visitor's token, or a program's access token. A browser's agent leaves it out: the
        /// cookie of the upgrade request speaks for them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
    },
    /// Is anybody there? Answered by `pong`.
    Ping,
    /// Visitor: begins a conversation with its first message. Sent twice with one `client_id`,
    /// it begins one conversation and answers twice the same. Answered by `started`.
    Start {
        /// The client's name for the first message.
        client_id: ClientId,
        /// The first message.
        text: String,
    },
    /// Adds a message. Sent twice with one `client_id`, it is saved once and answered twice the
    /// same. An agent's message claims a waiting conversation and reopens a resolved one.
    /// Answered by `saved`.
    Send {
        /// The conversation.
        conversation_id: ConversationId,
        /// The client's name for the message.
        client_id: ClientId,
        /// The text of the message.
        text: String,
        /// Agent: the colleague to whom the conversation is assigned, as far as the client knows.
        /// A message into a colleague's conversation is refused (`already_claimed`) unless it
        /// names that colleague, so that nobody answers a conversation twice by mistake.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignee: Option<UserId>,
    },
    /// Follows a conversation: answered by `subscribed` with what the client has not seen, after
    /// which live events come. If the answer says `more`, ask again from its last message.
    Subscribe {
        /// Which.
        conversation_id: ConversationId,
        /// The last message the client holds; `None` asks for the newest page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_seq: Option<Seq>,
    },
    /// Stops following a conversation. Answered by `done`.
    Unsubscribe {
        /// Which.
        conversation_id: ConversationId,
    },
    /// Asks for older messages. Answered by `page`.
    Load {
        /// Of which conversation.
        conversation_id: ConversationId,
        /// Older than this message.
        before_seq: Seq,
    },
    /// Agent: follows the workspace's inbox. Answered by `inbox_changes` with what changed since
    /// `after`, or by `inbox` with a new snapshot; then comes `inbox_changed` for each change.
    SubscribeInbox {
        /// The position that the client has reached; `None` asks for a snapshot.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Position>,
    },
    /// Agent: takes a waiting conversation. Of two who try, the second is told who won
    /// (`already_claimed`). Answered by `changed`.
    Claim {
        /// Which.
        conversation_id: ConversationId,
    },
    /// Agent: marks a conversation as done. Answered by `changed`.
    Resolve {
        /// Which.
        conversation_id: ConversationId,
    },
    /// Agent: opens a resolved conversation again, as their own. Answered by `changed`.
    Reopen {
        /// Which.
        conversation_id: ConversationId,
    },
    /// Agent: ends a conversation for good. Answered by `changed`.
    Close {
        /// Which.
        conversation_id: ConversationId,
    },
    /// Whether the person is writing something in a conversation that is followed; what, is not
    /// said. Said again every [`crate::limits::TYPING_EVERY_MS`] while they are. Answered by `done`.
    Typing {
        /// Where.
        conversation_id: ConversationId,
        /// Whether they are, or have stopped.
        active: bool,
    },
    /// How far this client has got in a conversation that is followed. Answered by `done`, and not
    /// saved by then: that is told by `receipts` and `seen`.
    Receipt {
        /// Where.
        conversation_id: ConversationId,
        /// The last message that it holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delivered: Option<Seq>,
        /// The last message that the person has had before their eyes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Seq>,
    },
    /// Agent: whether they can be reached. What is left out stays as it was. Answered by `done`.
    Presence {
        /// The agent's own choice: away on all their connections, until they choose again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        away: Option<bool>,
        /// Whether nobody is using this window; a new connection is in use.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        idle: Option<bool>,
    },
}

impl Command {
    /// Whether it changes a conversation or what others are told, and not only what is heard.
    pub fn writes(&self) -> bool {
        match self {
            Self::Start { .. }
            | Self::Send { .. }
            | Self::Claim { .. }
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
            | Self::SubscribeInbox { .. } => false,
        }
    }
}
