//! Notes: what agents write to each other beside a conversation.

use std::collections::{BTreeSet, HashSet};

use deskbell_base::error::{AppError, AppResult};
use deskbell_base::text;
use deskbell_protocol::{
    ClientMessageId, ConversationId, ErrorCode, Mention, Note, NotificationKind, Seq, Status,
    UserId, limits, mentions_name,
};
use deskbell_store::conversations::messages::preview;
use deskbell_store::conversations::notes::{self, NewNote};
use deskbell_store::conversations::notifications::{self, NewNotification};
use deskbell_store::workspace::{members, teams};
use deskbell_store::{Error, Tx, WorkspaceScope, conversations};

use super::{escaped_size, fitting};
use crate::core::Core;

/// A note, as its author writes it.
pub struct Draft {
    pub client_id: ClientMessageId,
    pub text: String,
    pub mentions: Vec<Mention>,
}

/// Some notes of a conversation.
pub struct Page {
    /// In order.
    pub notes: Vec<Note>,
    pub more: bool,
    /// The number of the last of these. Without any: `after`, or that of the last note if it is lower, which is so
    /// after a backup was restored.
    pub last_seq: Seq,
}

/// Reads the notes after `after`, in order.
pub async fn read_after(
    core: &Core,
    agent: &WorkspaceScope,
    id: ConversationId,
    after: Option<Seq>,
) -> AppResult<Page> {
    let mut reader = core.db.read().await?;
    conversations::get_for_agent(&mut reader, agent, id).await?;
    let after = after.unwrap_or(0).max(0);
    let (workspace_id, most) = (agent.workspace_id, limits::PAGE_NOTES);
    let (mut notes, more) = notes::page_after(&mut reader, workspace_id, id, after, most).await?;
    let read = notes.len();
    notes.truncate(fitting(notes.iter().map(size)));
    let more = more || notes.len() < read;
    let last_seq = match notes.last() {
        Some(last) => last.seq,
        None => {
            // Not above `after`: a note that was saved since the page was read is still to come.
            let last = notes::find_last(&mut reader, workspace_id, id).await?;
            last.map_or(0, |last| last.seq).min(after)
        }
    };
    Ok(Page {
        notes,
        more,
        last_seq,
    })
}

/// The approximate size of a note in a frame, in bytes.
fn size(note: &Note) -> usize {
    let mentions = note.mentions.iter().filter_map(Mention::name);
    escaped_size(&note.text) + mentions.map(escaped_size).sum::<usize>()
}

/// Writes a note in a conversation that is not closed. Written twice with one client id, it is saved once.
pub async fn write(
    core: &Core,
    agent: &WorkspaceScope,
    id: ConversationId,
    draft: Draft,
) -> AppResult<Note> {
    let text = text::message(&draft.text)?;
    check_mentions(&text, &draft.mentions)?;
    let mut tx = core.begin().await?;
    match members::lock_shared_membership(&mut tx, agent.workspace_id, agent.user.id).await {
        Err(Error::NotFound) => {
            let advice = "Only members of this workspace can write notes.";
            return Err(AppError::new(ErrorCode::Forbidden, advice));
        }
        held => held?,
    }
    // Nobody learns who is a member through a conversation that does not exist for the caller.
    conversations::get_for_agent(&mut tx, agent, id).await?;
    let mentioned = match lock_mentioned(&mut tx, agent, &draft.mentions).await {
        Err(error) if error.body.code != ErrorCode::Invalid => return Err(error),
        found => found,
    };
    let conversation = conversations::lock_for_agent(&mut tx, agent, id).await?;
    let (workspace_id, client_id) = (agent.workspace_id, draft.client_id);
    if let Some(note) = notes::find_by_client_id(&mut tx, workspace_id, id, client_id).await? {
        return match note.author.id == agent.user.id {
            true => Ok(note),
            false => Err(AppError::new(
                ErrorCode::Conflict,
                "Another note has this client_id. Use a new one.",
            )),
        };
    }
    if conversation.status == Status::Closed {
        return Err(AppError::closed());
    }
    // Only now: a repeated request gets its note, although a name has changed since.
    let mentioned = mentioned?;
    let last = notes::find_last(&mut tx, workspace_id, id).await?;
    if last.as_ref().map_or(0, |last| last.seq) >= limits::NOTES as Seq {
        let advice = format!("A conversation has at most {} notes.", limits::NOTES);
        return Err(AppError::new(ErrorCode::LimitReached, advice));
    }
    let new = NewNote {
        client_id,
        author: agent.user.clone(),
        text,
        mentions: draft.mentions,
    };
    let note = notes::append(&mut tx, &conversation, last.as_ref(), new).await?;
    let news = NewNotification {
        kind: NotificationKind::Mention,
        conversation_id: id,
        by: agent.user.clone(),
        text: preview(&note.text),
    };
    notifications::notify(&mut tx, agent.workspace_id, &mentioned, &news).await?;
    tx.commit().await?;
    Ok(note)
}

/// Checks what needs no database: their number, and that the text mentions each.
fn check_mentions(text: &str, mentions: &[Mention]) -> AppResult<()> {
    if mentions.len() > limits::MENTIONS {
        let advice = format!(
            "A note mentions at most {} people and teams.",
            limits::MENTIONS
        );
        return Err(AppError::invalid("mentions", advice));
    }
    let mut ids = HashSet::new();
    for mention in mentions {
        let (name, id) = match mention {
            Mention::Member { id, name } => (name, id.0),
            Mention::Team { id, name } => (name, id.0),
            Mention::Unknown => {
                return Err(AppError::invalid(
                    "mentions",
                    "Use the kinds member and team.",
                ));
            }
        };
        if !mentions_name(text, mentions, name) {
            let advice = format!("The text does not mention @{name}.");
            return Err(AppError::invalid("mentions", advice));
        }
        if !ids.insert(id) {
            return Err(AppError::invalid(
                "mentions",
                format!("@{name} is listed twice."),
            ));
        }
    }
    Ok(())
}

/// Finds and locks the memberships of those who are mentioned by name, and of the members of mentioned teams,
/// so that they can be notified. Without the author.
async fn lock_mentioned(
    tx: &mut Tx,
    agent: &WorkspaceScope,
    mentions: &[Mention],
) -> AppResult<Vec<UserId>> {
    let mut users = BTreeSet::new();
    for mention in mentions {
        let found = match mention {
            Mention::Member { id, .. } => {
                let member = members::get_member(tx, agent, *id).await;
                member.map(|member| (member.name, vec![member.user_id]))
            }
            Mention::Team { id, .. } => {
                let team = teams::get_team(tx, agent, *id).await;
                team.map(|team| (team.name, team.member_ids))
            }
            Mention::Unknown => continue,
        };
        let named = mention.name().unwrap_or_default();
        match found {
            Ok((name, of_mention)) if name == named => users.extend(of_mention),
            Ok(_) | Err(Error::NotFound) => {
                let advice = format!(
                    "There is no @{named} in this workspace (any more). Choose a member or a team from the list."
                );
                return Err(AppError::invalid("mentions", advice));
            }
            Err(error) => return Err(error.into()),
        }
    }
    users.remove(&agent.user.id);
    // Those who have left in the meantime are not notified.
    let users: Vec<_> = users.into_iter().collect();
    Ok(members::lock_shared_memberships(tx, agent.workspace_id, &users).await?)
}
