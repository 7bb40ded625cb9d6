//! Notes: what agents write to each other beside a conversation. Visitors never get one.

use serde::{Deserialize, Serialize};

use crate::ids::{ClientMessageId, ConversationId, TeamId, UserId};
use crate::model::AgentView;
use crate::{Seq, UnixMs};

/// A saved note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Note {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its number among the conversation's notes: 1, 2, 3 … without a gap.
    pub seq: Seq,
    /// The id that its author gave it; unique among the conversation's notes.
    pub client_id: ClientMessageId,
    /// The newest message when it was saved: in a thread the note is after it.
    pub after_seq: Seq,
    /// The author, with their name when they wrote.
    pub author: AgentView,
    /// Plain text without markup, at most [`crate::limits::TEXT_CHARS`] characters.
    pub text: String,
    /// Whom it mentions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    /// When it was saved.
    pub created_at: UnixMs,
}

/// A mention: the text of the note contains `@` and this name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mention {
    /// Of a member of the workspace.
    Member {
        /// The member.
        id: UserId,
        /// Their name.
        name: String,
    },
    /// Of a team, and with it of its members.
    Team {
        /// The team.
        id: TeamId,
        /// Its name.
        name: String,
    },
    /// A kind of a newer server.
    #[serde(other)]
    Unknown,
}

impl Mention {
    /// The name after the `@`.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Member { name, .. } | Self::Team { name, .. } => Some(name),
            Self::Unknown => None,
        }
    }
}

/// A part of the text of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotePart<'a> {
    /// Text without a mention.
    Text(&'a str),
    /// A mention, with its `@`.
    Mention(&'a str),
}

/// Splits the text of a note at its mentions. A name ends where a word ends, and of two names that begin alike
/// the longer one counts.
pub fn note_parts<'a>(text: &'a str, mentions: &[Mention]) -> Vec<NotePart<'a>> {
    let (mut parts, mut plain, mut at) = (Vec::new(), 0, 0);
    while let Some(found) = text[at..].find('@') {
        let begin = at + found;
        let Some(length) = mention_at(&text[begin + 1..], mentions) else {
            at = begin + 1;
            continue;
        };
        if begin > plain {
            parts.push(NotePart::Text(&text[plain..begin]));
        }
        at = begin + 1 + length;
        plain = at;
        parts.push(NotePart::Mention(&text[begin..at]));
    }
    if plain < text.len() {
        parts.push(NotePart::Text(&text[plain..]));
    }
    parts
}

/// Whether the text of a note mentions this name.
pub fn mentions_name(text: &str, mentions: &[Mention], name: &str) -> bool {
    let is_it = |part: &NotePart<'_>| matches!(part, NotePart::Mention(it) if it.strip_prefix('@') == Some(name));
    note_parts(text, mentions).iter().any(is_it)
}

/// The length of the longest name with which a text begins.
fn mention_at(text: &str, mentions: &[Mention]) -> Option<usize> {
    let names = mentions.iter().filter_map(Mention::name);
    let begins = names.filter(|name| {
        let rest = text.strip_prefix(*name);
        !name.is_empty() && rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    });
    begins.map(str::len).max()
}
