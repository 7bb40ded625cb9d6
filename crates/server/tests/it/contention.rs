//! Many agents who claim, assign, release and resolve the same conversations at the same time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use deskbell_protocol::api::conversations::Conversations;
use deskbell_protocol::{
    Assignment, Command, Conversation, ConversationId, ErrorCode, Event, Status, UserId,
};
use deskbell_testkit::cluster::Cluster;
use deskbell_testkit::people::{Person, visitor};
use deskbell_testkit::server::{Database, TestServer};
use futures_util::future::try_join_all;
use reqwest::Method;

use crate::api::{fetch, request_as};
use crate::on_both;

on_both!(
    of_fifty_agents_who_claim_a_thousand_conversations_each_is_claimed_once,
    twenty_agents_who_change_the_same_conversations_lose_no_change,
);

const VISITORS: usize = 25;
/// The conversations that all agents try to claim, also when another one has claimed them.
const CONTESTED: usize = 20;
/// The number of changes that each agent tries.
const CHANGES: usize = 60;

async fn of_fifty_agents_who_claim_a_thousand_conversations_each_is_claimed_once(
    database: Database,
) -> Result<()> {
    claim_all(&[TestServer::empty(database).await?]).await
}

async fn twenty_agents_who_change_the_same_conversations_lose_no_change(
    database: Database,
) -> Result<()> {
    change_all(&[TestServer::empty(database).await?]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_three_nodes_each_conversation_is_claimed_once() -> Result<()> {
    let cluster = Cluster::new(3).await?;
    claim_all(&cluster.nodes).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_three_nodes_no_change_is_lost() -> Result<()> {
    let cluster = Cluster::new(3).await?;
    change_all(&cluster.nodes).await
}

/// North, with agents and waiting conversations.
struct Office<'a> {
    nodes: &'a [TestServer],
    owner_token: String,
    agents: Vec<Person>,
    ids: Vec<ConversationId>,
}

impl<'a> Office<'a> {
    async fn new(nodes: &'a [TestServer], agents: usize, conversations: usize) -> Result<Self> {
        let (done, owner_token) = nodes[0].set_up("Ada", "North").await?;
        let mut tokens = Vec::new();
        for number in 0..agents {
            tokens.push(nodes[0].add_agent(&name(number), "Ada").await?);
        }
        let connect = tokens.iter().enumerate().map(async |(number, token)| {
            Person::connect(&nodes[number % nodes.len()], token).await
        });
        let agents = try_join_all(connect).await?;
        let key = &done.site.key;
        let start = (0..VISITORS).map(async |number| {
            let mut vera = visitor(&nodes[number % nodes.len()], key).await?;
            let mut ids = Vec::new();
            for _ in 0..conversations / VISITORS {
                ids.push(vera.start("Hello?").await?.id);
            }
            anyhow::Ok(ids)
        });
        let ids = try_join_all(start).await?.concat();
        Ok(Self {
            nodes,
            owner_token,
            agents,
            ids,
        })
    }

    /// All conversations, as the database has them.
    async fn heads(&self) -> Result<BTreeMap<ConversationId, Conversation>> {
        let mut heads = BTreeMap::new();
        let mut query = String::new();
        loop {
            let path = format!("/api/v1/conversations{query}");
            let page: Conversations =
                fetch(&self.nodes[0], Method::GET, &path, &self.owner_token).await?;
            heads.extend(page.conversations.into_iter().map(|it| (it.id, it)));
            match page.next_cursor {
                Some(cursor) => query = format!("?cursor={cursor}"),
                None => return Ok(heads),
            }
        }
    }
}

fn name(number: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap_or_default());
    format!("Agent {}{}", letter(number / 26), letter(number))
}

async fn claim_all(nodes: &[TestServer]) -> Result<()> {
    let mut office = Office::new(nodes, 50, 1_000).await?;
    let agents = std::mem::take(&mut office.agents);
    let claimed: Vec<_> = office.ids.iter().map(|_| AtomicBool::new(false)).collect();
    let (ids, claimed) = (&office.ids, &claimed);
    let work = agents
        .into_iter()
        .enumerate()
        .map(async |(number, mut agent)| {
            let mut own = Vec::new();
            let rest = (0..ids.len()).map(|at| (at + number * CONTESTED) % ids.len());
            for (at, is_contested) in (0..CONTESTED)
                .map(|at| (at, true))
                .chain(rest.map(|at| (at, false)))
            {
                if !is_contested && claimed[at].load(Ordering::Relaxed) {
                    continue;
                }
                let conversation_id = ids[at];
                match agent
                    .socket
                    .request(Command::Claim { conversation_id })
                    .await?
                {
                    Event::Changed { conversation } => {
                        own.push((conversation.id, conversation.assignee))
                    }
                    Event::Error { error } => {
                        assert_eq!(error.code, ErrorCode::AlreadyClaimed);
                        error.winner.context("the loser learns who has it")?;
                    }
                    other => anyhow::bail!("{other:?}"),
                }
                claimed[at].store(true, Ordering::Relaxed);
            }
            anyhow::Ok(own)
        });
    let mut won = BTreeMap::new();
    for (id, assignee) in try_join_all(work).await?.concat() {
        // An agent's second claim of their own conversation gets the answer of the first.
        let before = won.insert(id, assignee.clone());
        assert!(
            before.is_none_or(|before| before == assignee),
            "{id} has two owners"
        );
    }
    let heads = office.heads().await?;
    assert_eq!(heads.len(), 1_000);
    for (id, head) in heads {
        assert_eq!(
            (head.status, head.last_seq),
            (Status::Active, 2),
            "claimed once"
        );
        assert_eq!(won.get(&id), Some(&head.assignee));
    }
    Ok(())
}

/// A change that an agent tries: `dice` chooses it.
fn change(dice: u64, ids: &[ConversationId], people: &[UserId]) -> Command {
    let pick = |count: usize, shift: u32| usize::try_from(dice >> shift).unwrap_or(0) % count;
    let conversation_id = ids[pick(ids.len(), 8)];
    match dice % 8 {
        0 => Command::Claim { conversation_id },
        1 => Command::Resolve { conversation_id },
        2 => Command::Reopen { conversation_id },
        3 => Command::Assign {
            conversation_id,
            to: Assignment::Queue,
            from: None,
        },
        _ => Command::Assign {
            conversation_id,
            to: Assignment::Agent {
                user_id: people[pick(people.len(), 32)],
            },
            from: None,
        },
    }
}

async fn change_all(nodes: &[TestServer]) -> Result<()> {
    let mut office = Office::new(nodes, 20, 100).await?;
    let agents = std::mem::take(&mut office.agents);
    let members: deskbell_protocol::api::workspace::members::Members = fetch(
        &nodes[0],
        Method::GET,
        "/api/v1/members",
        &office.owner_token,
    )
    .await?;
    let find = |name: &str| {
        let found = members.members.iter().find(|it| it.name == name);
        found.map(|it| it.user_id).context("a member")
    };
    let removed = find(&name(19))?;
    let people: Vec<_> = members.members.iter().map(|it| it.user_id).collect();
    let (ids, people) = (&office.ids, &people);
    let work = agents
        .into_iter()
        .take(19)
        .enumerate()
        .map(async |(number, mut agent)| {
            let mut dice = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(number as u64 + 1);
            let mut changed = Vec::new();
            for _ in 0..CHANGES {
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                match agent.socket.request(change(dice, ids, people)).await? {
                    Event::Changed { conversation } => changed.push(conversation),
                    Event::Error { error } => {
                        let is_told = match error.code {
                            ErrorCode::AlreadyClaimed | ErrorCode::Conflict => true,
                            // The new assignee has just left.
                            ErrorCode::Invalid => error.fields.contains_key("to"),
                            _ => false,
                        };
                        assert!(is_told, "{error:?}");
                    }
                    other => anyhow::bail!("{other:?}"),
                }
            }
            anyhow::Ok(changed)
        });
    let removal = async {
        let path = format!("/api/v1/members/{removed}");
        let gone = request_as(&nodes[0], Method::DELETE, &path, &office.owner_token, None).await?;
        assert_eq!(gone.status(), 204);
        anyhow::Ok(())
    };
    let (changed, gone) = tokio::join!(try_join_all(work), removal);
    gone?;
    let heads = office.heads().await?;
    assert_eq!(heads.len(), ids.len());
    let mut revisions: BTreeMap<ConversationId, BTreeSet<i64>> = BTreeMap::new();
    for head in changed?.concat() {
        revisions.entry(head.id).or_default().insert(head.revision);
        let now = &heads[&head.id];
        assert!(head.revision <= now.revision, "no change is lost");
        if head.revision == now.revision {
            assert_eq!(head.assignee, now.assignee, "the last change counts");
        }
    }
    assert!(!revisions.is_empty());
    for head in heads.values() {
        let owner = head.assignee.as_ref().map(|it| it.id);
        match head.status {
            Status::Active => {
                assert!(owner.is_some_and(|id| id != removed && people.contains(&id)))
            }
            Status::Waiting => assert_eq!(owner, None),
            _ => assert_eq!(head.status, Status::Resolved),
        }
    }
    Ok(())
}
