//! A database with years of history, written by the store itself.

use anyhow::{Context, Result, bail};
use deskbell_protocol::{Body, ConversationId, Sender, Status, UnixMs};
use deskbell_store::conversations::messages::{self, Heads, Unsaved};
use deskbell_store::conversations::{self, Claim};
use deskbell_store::sites::{self, Site};
use deskbell_store::{Store, VisitorScope, WorkspaceScope, visitors};
use futures_util::{StreamExt, TryStreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};

use crate::protocol::next_client_id;

/// Messages in each conversation.
pub const MESSAGES: usize = 50;
/// The number of interleaved conversations, as when they happen at the same time.
pub const INTERLEAVED: usize = 100;
/// The newest conversations, which are not finished; all before them are closed.
pub const RECENT: usize = 200;
/// The number of concurrent transactions, where the database supports them.
const CONCURRENCY: usize = 4;
const START: UnixMs = 1_700_000_000_000;
const HOUR: UnixMs = 3_600_000;
const TEXT: &str = "I have ordered the blue one two weeks ago, and it has not arrived. Could you \
                     look where it is?";

/// The contents of a database.
#[derive(Default)]
pub struct History {
    /// The number of all conversations.
    pub conversations: Vec<ConversationId>,
    /// The newest ones, at the top of the inbox.
    pub recent: Vec<ConversationId>,
    /// Those in which an agent can write.
    pub active: Vec<ConversationId>,
}

impl History {
    /// Fills an empty database with this many conversations.
    pub async fn write(
        store: &Store,
        site_key: &str,
        agent: &WorkspaceScope,
        count: usize,
    ) -> Result<Self> {
        let site = sites::find_site_by_key(&mut store.read().await?, site_key)
            .await?
            .context("the site that was set up")?;
        let bar = ProgressBar::new((count * MESSAGES) as u64);
        bar.set_style(ProgressStyle::with_template(
            "    {wide_bar} {human_pos} of {human_len} messages, {eta}",
        )?);
        let hours = count.div_ceil(INTERLEAVED);
        let is_recent = |hour| hour >= hours - RECENT / INTERLEAVED;
        let mut history = Self::default();
        let mut written = stream::iter(0..hours)
            .map(async |hour| {
                let at = START + hour as UnixMs * HOUR;
                let ids = create_conversations(store, &site, agent, at, is_recent(hour)).await?;
                anyhow::Ok((hour, ids))
            })
            .buffer_unordered(CONCURRENCY);
        while let Some((hour, ids)) = written.try_next().await? {
            bar.inc((ids.len() * MESSAGES) as u64);
            if is_recent(hour) {
                let active = |index: &usize| recent_status(*index) == Status::Active;
                history
                    .active
                    .extend((0..ids.len()).filter(active).map(|index| ids[index]));
                history.recent.extend(&ids);
            }
            history.conversations.extend(ids);
        }
        bar.finish_and_clear();
        Ok(history)
    }
}

/// Of twenty recent conversations one waits and one is active.
fn recent_status(index: usize) -> Status {
    match index % 20 {
        0 => Status::Active,
        1 => Status::Waiting,
        _ => Status::Closed,
    }
}

/// Creates the conversations of an hour in one transaction.
async fn create_conversations(
    store: &Store,
    site: &Site,
    agent: &WorkspaceScope,
    at: UnixMs,
    is_recent: bool,
) -> Result<Vec<ConversationId>> {
    let mut tx = store.begin(at).await?;
    let mut heads = Heads::new();
    let mut people = Vec::with_capacity(INTERLEAVED);
    for _ in 0..INTERLEAVED {
        let visitor = visitors::create_visitor(&mut tx, site).await?;
        let started = conversations::start(&mut tx, &visitor, next_client_id(), TEXT).await?;
        let id = started.conversation.id;
        let Claim::Claimed(head) = conversations::claim(&mut tx, agent, id).await? else {
            bail!("another agent has claimed the conversation");
        };
        heads.insert(id, head);
        people.push((id, visitor));
    }
    let messages =
        (1..MESSAGES).flat_map(|turn| people.iter().map(move |at| message(turn, at, agent)));
    let messages: Vec<_> = messages.collect();
    messages::append_all(&mut tx, &mut heads, messages).await?;
    for (index, (id, _)) in people.iter().enumerate() {
        let status = if is_recent {
            recent_status(index)
        } else {
            Status::Closed
        };
        if status != Status::Active {
            let assignee = (status == Status::Closed).then(|| agent.user.clone());
            conversations::set_status(&mut tx, &heads[id], status, assignee);
        }
    }
    tx.commit().await?;
    Ok(people.into_iter().map(|(id, _)| id).collect())
}

fn message(
    turn: usize,
    (id, visitor): &(ConversationId, VisitorScope),
    agent: &WorkspaceScope,
) -> Unsaved {
    let sender = if turn.is_multiple_of(2) {
        Sender::Visitor {
            id: visitor.visitor_id,
            name: visitor.name.clone(),
        }
    } else {
        Sender::Agent {
            id: agent.user.id,
            name: agent.user.name.clone(),
        }
    };
    Unsaved {
        conversation_id: *id,
        sender,
        client_id: Some(next_client_id()),
        body: Body::Text {
            text: format!("{turn}. {TEXT}"),
        },
    }
}
