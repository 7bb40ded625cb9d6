//! `/api/v1/conversations`: the conversations of the agent's workspace, in pages.

pub mod canned_responses;
pub mod notifications;
pub mod poll;

use serde::{Deserialize, Serialize};

use crate::Seq;
use crate::ids::{ClientMessageId, UserId};
use crate::model::{Assignment, Conversation, Message, Priority};
use crate::note::{Mention, Note};
use crate::presence::SeenMarker;

/// `GET /api/v1/conversations?status=&cursor=&limit=`: `200` [`Conversations`], `422` for an invalid
/// cursor, or that of another list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct ListConversations {
    /// The status to filter by: `waiting`, `active`, `resolved` or `closed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        param(pattern = "^(waiting|active|resolved|closed)$")
    )]
    pub status: Option<String>,
    /// `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The size of the page, 1 to [`crate::limits::LIST_ROWS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 100))]
    pub limit: Option<usize>,
}

/// A page: the waiting ones first (the highest priority first, then the longest wait), then those that are active or
/// resolved, then the closed ones (the newest message first). Conversations that change while the
/// pages are read are on the last pages, in the order of their change, so that none is missed: of two
/// copies the one with the higher `revision` counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversations {
    /// The entries, in this order.
    pub conversations: Vec<Conversation>,
    /// The agent's read markers in them; without those in which they have read nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<SeenMarker>,
    /// The cursor of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// `POST /api/v1/conversations/{id}/assign`: `200` [`Conversation`]. `409` if `from` is given and it is
/// assigned to someone else by now, who is the `winner` of the error, or if it is resolved; `422` if the
/// person is not a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Assign {
    /// The new assignment.
    pub to: Assignment,
    /// The assignment as far as the caller knows; absent: it is not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Assignment>,
}

/// `PATCH /api/v1/conversations/{id}`: `200` [`Conversation`]; `409` if it is closed. Fields that are left out
/// stay as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UpdateConversation {
    /// Its priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// What it is about; an empty text removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub subject: Option<String>,
}

/// `PUT /api/v1/conversations/{id}/priority`: `200` [`Conversation`]; `409` if it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetPriority {
    /// Its priority.
    pub priority: Priority,
}

/// `GET /api/v1/conversations/{id}/messages?before_seq=&after_seq=`: `200` [`Messages`]. Without a
/// parameter: the newest page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct ListMessages {
    /// Only messages before this one; at most [`crate::limits::PAGE_MESSAGES`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_seq: Option<Seq>,
    /// Only messages after this one; at most [`crate::limits::RESUME_MESSAGES`]. Not together with
    /// `before_seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_seq: Option<Seq>,
}

/// A page of messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Messages {
    /// The entries, in order.
    pub messages: Vec<Message>,
    /// Whether there are more in the direction of the request: newer ones with `after_seq`, else
    /// older ones.
    pub more: bool,
}

/// `POST /api/v1/conversations/{id}/messages`: `201` [`SavedMessage`]. It claims a waiting conversation and
/// reopens a resolved one; `409` if it is assigned to an agent other than `assignee`, or closed.
///
/// With the header `Idempotency-Key` or the same `client_id` a repeated request adds nothing and gets the same
/// answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SendMessage {
    /// The text, at most [`crate::limits::TEXT_CHARS`] characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 4000))]
    pub text: String,
    /// The caller's id of the message, a UUID; absent: a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientMessageId>,
    /// The colleague to whom the conversation is assigned, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<UserId>,
}

/// A message that was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedMessage {
    /// The id that the server gave it.
    pub id: crate::MessageId,
    /// The id that the caller gave it.
    pub client_id: ClientMessageId,
    /// Its number in the conversation.
    pub seq: Seq,
    /// When it was saved.
    pub created_at: crate::UnixMs,
}

/// `GET /api/v1/conversations/{id}/notes?after_seq=`: `200` [`Notes`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct ListNotes {
    /// Only notes after this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_seq: Option<Seq>,
}

/// A page of notes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notes {
    /// The entries, in order; at most [`crate::limits::PAGE_NOTES`].
    pub notes: Vec<Note>,
    /// Whether more follow the last of these.
    pub more: bool,
}

/// `POST /api/v1/conversations/{id}/notes`: `201` [`Note`]; `409` if the conversation is closed or another
/// note has this `client_id`, `403` if it has as many notes as it may have, `422` for a mention that the text does not contain, or of a person or team that is not in the workspace.
///
/// With the header `Idempotency-Key` or the same `client_id` a repeated request adds nothing and gets the same
/// answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WriteNote {
    /// The text, at most [`crate::limits::TEXT_CHARS`] characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 4000))]
    pub text: String,
    /// The caller's id of the note, a UUID; absent: a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientMessageId>,
    /// Whom it mentions, by their current names, which the text contains after an `@`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub mentions: Vec<Mention>,
}
