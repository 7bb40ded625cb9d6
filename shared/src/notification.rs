//! Notifications: what concerns one member, until they have read it.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::{ConversationId, NotificationId};
use crate::model::AgentView;
use crate::word::words;

words! {
    /// Why a member is notified.
    NotificationKind {
        /// A note mentions them or one of their teams.
        Mention = "mention",
        /// Another member has assigned a conversation to them.
        Assignment = "assignment",
        /// The snooze of a conversation of theirs has ended at its time.
        Snooze = "snooze",
    }
}

/// A notification of one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notification {
    /// Its id; later ones have higher ids.
    pub id: NotificationId,
    /// The reason.
    pub kind: NotificationKind,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The member who caused it, with their name then; of a snooze that has ended the member themselves.
    pub by: AgentView,
    /// The beginning of the note, or the preview of the conversation, at most
    /// [`crate::limits::PREVIEW_CHARS`] characters.
    pub text: String,
    /// When it was caused.
    pub created_at: UnixMs,
    /// Whether the member has read it.
    #[serde(default, skip_serializing_if = "crate::is_default")]
    pub read: bool,
}
