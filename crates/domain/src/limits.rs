//! Rate limits and concurrency limits: per visitor, per address and per workspace.
//!
//! Each limit is a set of token buckets, one for each visitor, address or workspace that it is
//! about. The narrowest bucket is asked first, so that whoever is over their own limit takes
//! nothing from those who share an address or a workspace with them. Everything is kept in memory
//! and is bounded: an attacker with a million addresses only makes us forget sooner.
//!
//! Agents are not limited by address: an office has many of them behind one, and each has signed
//! in. See `docs/self-hosting.md` for the numbers.

mod buckets;
pub mod memory;
mod permits;
pub mod settings;

use std::hash::{BuildHasher, RandomState};

use deskbell_protocol::api::workspace::LimitName;
use deskbell_protocol::{ErrorCode, UserId, WorkspaceId};
use deskbell_store::VisitorScope;
use uuid::Uuid;

use crate::client_address::ClientAddress;
use crate::error::{AppError, AppResult};
use crate::scope::Scope;
use buckets::Buckets;
pub use buckets::{Bucket, TooSoon};
use memory::{CONNECTION_BYTES, MemoryAccount, MemoryCharge, MemoryQuotas, SESSION_BYTES};
pub use permits::{ConcurrencyLimits, Permit};
use settings::{Cap, Limit, Rules};

/// The unit of `memory_by_address`.
const MB: usize = 1024 * 1024;

/// The limits of this process and what has been used of them.
pub struct Limits {
    rules: Rules,
    buckets: Vec<Buckets>,
    /// Connections of peers that are no proxies, from the first byte on.
    connections: ConcurrencyLimits,
    /// Sockets and sessions that poll, by the address behind the proxies.
    sessions: ConcurrencyLimits,
    workspaces: ConcurrencyLimits,
    /// Sessions that poll, by address and by workspace. Of those a node has only so many.
    polls: ConcurrencyLimits,
    polls_of_workspaces: ConcurrencyLimits,
    /// Bytes that are held for an address.
    memory: MemoryQuotas,
    hasher: RandomState,
}

/// The permit of a connection that was accepted.
pub struct ConnectionPermit {
    pub account: MemoryAccount,
    _permit: Permit,
    _cost: MemoryCharge,
}

/// The permit of a socket or a polling session.
pub struct SessionPermit {
    pub account: MemoryAccount,
    _permit: Permit,
    _cost: MemoryCharge,
}

impl Limits {
    /// Limits by these rules. No address may have more connections than `most_open`, which the process
    /// has room for.
    pub fn new(rules: Rules, most_open: u32) -> Self {
        let open = rules.cap(Cap::OpenByAddress).map(|cap| cap.min(most_open));
        let memory = rules.cap(Cap::MemoryByAddress);
        let memory = memory.map(|mb| usize::try_from(mb).unwrap_or(usize::MAX).saturating_mul(MB));
        let buckets = Limit::ALL.map(|limit| Buckets::new(rules.rate(limit)));
        Self {
            buckets: buckets.into(),
            connections: ConcurrencyLimits::new(open),
            sessions: ConcurrencyLimits::new(open),
            workspaces: ConcurrencyLimits::new(None),
            polls: ConcurrencyLimits::new(rules.cap(Cap::PollsByAddress)),
            polls_of_workspaces: ConcurrencyLimits::new(rules.cap(Cap::PollsByWorkspace)),
            memory: MemoryQuotas::new(memory),
            hasher: RandomState::new(),
            rules,
        }
    }

    /// A connection was accepted from `peer`, which is no proxy. `None`: it has too many.
    pub fn accept(&self, peer: ClientAddress) -> Option<ConnectionPermit> {
        let account = self.memory(peer);
        Some(ConnectionPermit {
            _permit: self.connections.take(peer.key())?,
            _cost: account.charge(CONNECTION_BYTES)?,
            account,
        })
    }

    /// The memory account of an address.
    pub fn memory(&self, from: ClientAddress) -> MemoryAccount {
        self.memory.account(from.key())
    }

    /// Any request over HTTP.
    pub fn request(&self, from: ClientAddress) -> AppResult<()> {
        self.take(Limit::RequestsByAddress, from.key())
    }

    /// A socket, or a session that polls, is opened.
    pub fn open(&self, from: ClientAddress) -> AppResult<SessionPermit> {
        self.take(Limit::ConnectionsByAddress, from.key())?;
        let account = self.memory(from);
        Ok(SessionPermit {
            _permit: self.sessions.take(from.key()).ok_or_else(too_many_open)?,
            _cost: account.charge(SESSION_BYTES).ok_or_else(too_much_memory)?,
            account,
        })
    }

    /// A session that polls is opened.
    pub fn poll(&self, from: ClientAddress) -> AppResult<Permit> {
        self.polls.take(from.key()).ok_or_else(too_many_poll)
    }

    /// Somebody of this workspace has said hello in such a session.
    pub fn poll_in(&self, workspace: WorkspaceId) -> AppResult<Permit> {
        let seat = self.polls_of_workspaces.take(workspace.0.as_u128());
        seat.ok_or_else(too_many_poll)
    }

    /// Somebody of this workspace, which may have so many, has said hello. `None`: it has them.
    pub fn welcome(&self, workspace: WorkspaceId, most: Option<i64>) -> Option<Permit> {
        let most = most.map_or(u32::MAX, |most| u32::try_from(most).unwrap_or(u32::MAX));
        self.workspaces.take_of(workspace.0.as_u128(), most)
    }

    /// How many of this workspace are connected to this node.
    pub fn open_in(&self, workspace: WorkspaceId) -> u32 {
        self.workspaces.taken(workspace.0.as_u128())
    }

    /// What a workspace may have that has no limit for itself; `None`: as many as they like.
    pub fn most(&self, name: LimitName) -> Option<i64> {
        self.rules.most(name)
    }

    /// A visitor's token is asked for.
    pub fn visit(&self, from: ClientAddress) -> AppResult<()> {
        self.take(Limit::VisitorsByAddress, from.key())
    }

    /// A visitor is to be created.
    pub fn create_visitor(&self, workspace: WorkspaceId) -> AppResult<()> {
        self.take(Limit::VisitorsByWorkspace, workspace.0.as_u128())
    }

    /// Something is tried that could be guessed: a password, or the token of a link.
    pub fn credential_attempt(&self, from: ClientAddress) -> AppResult<()> {
        self.take(Limit::SignInsByAddress, from.key())
    }

    /// A password is tried on an account; `email` as it is compared, whether it exists or not.
    pub fn sign_in(&self, from: ClientAddress, email: &str) -> AppResult<()> {
        self.credential_attempt(from)?;
        self.try_password(email)
    }

    /// The same, where the address has been asked already.
    pub fn try_password(&self, email: &str) -> AppResult<()> {
        let account = u128::from(self.hasher.hash_one(email));
        self.take(Limit::SignInsByAccount, account)
    }

    /// A password is tried on an account with a browser with which its owner has signed in before:
    /// what strangers try does not count against it.
    pub fn try_password_again(&self, device: Uuid) -> AppResult<()> {
        self.take(Limit::SignInsByAccount, device.as_u128())
    }

    /// A code is tried as the second factor of somebody who knows the password.
    pub fn try_code(&self, user: UserId) -> AppResult<()> {
        self.take(Limit::CodesByAccount, user.0.as_u128())
    }

    /// Somebody who has not signed in causes mail to `email`, whether or not it is known.
    pub fn mail(&self, from: ClientAddress, email: &str) -> AppResult<()> {
        self.credential_attempt(from)?;
        self.mail_to(email)
    }

    /// A workspace invites whoever reads `email`.
    pub fn invite(&self, workspace: WorkspaceId, email: &str) -> AppResult<()> {
        self.take(Limit::MailsByWorkspace, workspace.0.as_u128())?;
        self.mail_to(email)
    }

    fn mail_to(&self, email: &str) -> AppResult<()> {
        let recipient = u128::from(self.hasher.hash_one(email));
        self.take(Limit::MailsByRecipient, recipient)
    }

    /// A visitor begins a conversation.
    pub fn start(&self, visitor: &VisitorScope, from: ClientAddress) -> AppResult<()> {
        self.take(
            Limit::ConversationsByVisitor,
            visitor.visitor_id.0.as_u128(),
        )?;
        self.take(Limit::ConversationsByAddress, from.key())?;
        self.take(
            Limit::ConversationsByWorkspace,
            visitor.workspace_id.0.as_u128(),
        )
    }

    /// Somebody sends a message.
    pub fn send(&self, scope: &Scope, from: ClientAddress) -> AppResult<()> {
        match scope {
            Scope::Visitor(visitor) => {
                self.take(Limit::MessagesByVisitor, visitor.visitor_id.0.as_u128())?;
                self.take(Limit::MessagesByAddress, from.key())?;
                self.take(Limit::MessagesByWorkspace, visitor.workspace_id.0.as_u128())
            }
            Scope::Agent(agent) => {
                self.take(Limit::MessagesByAgent, agent.user.id.0.as_u128())?;
                self.take(Limit::MessagesByWorkspace, agent.workspace_id.0.as_u128())
            }
        }
    }

    /// Somebody says over their connection what concerns the database or those who follow a
    /// conversation, and is no message.
    pub fn read(&self, scope: &Scope, from: ClientAddress) -> AppResult<()> {
        match scope {
            Scope::Visitor(visitor) => {
                self.take(Limit::ReadsByVisitor, visitor.visitor_id.0.as_u128())?;
                self.take(Limit::ReadsByAddress, from.key())
            }
            Scope::Agent(agent) => self.take(Limit::ReadsByAgent, agent.user.id.0.as_u128()),
        }
    }

    /// A bucket of one connection's own, for its frames.
    pub fn frames(&self) -> Bucket {
        Bucket::new(self.rules.rate(Limit::FramesByConnection))
    }

    fn take(&self, limit: Limit, key: u128) -> AppResult<()> {
        Ok(self.buckets[limit as usize].take(key)?)
    }
}

impl From<TooSoon> for AppError {
    fn from(refused: TooSoon) -> Self {
        let seconds = refused.wait.as_secs_f64().ceil().max(1.0);
        let unit = if seconds > 1.0 { "seconds" } else { "second" };
        let message = format!("Too many requests. Try again in {seconds} {unit}.");
        let mut error = Self::new(ErrorCode::RateLimited, message);
        let ms = refused.wait.as_nanos().div_ceil(1_000_000).max(1);
        error.body.retry_after_ms = Some(u32::try_from(ms).unwrap_or(u32::MAX));
        error
    }
}

/// The session cannot be had now, but a socket can.
pub fn too_many_poll() -> AppError {
    AppError::new(
        ErrorCode::Unavailable,
        "Too many clients are polling. Try again soon, or allow WebSockets in your network.",
    )
}

/// The address makes the server hold more than its memory quota.
pub fn too_much_memory() -> AppError {
    AppError::new(
        ErrorCode::RateLimited,
        "Too much is waiting for this network address. Try again later.",
    )
}

fn too_many_open() -> AppError {
    AppError::new(
        ErrorCode::RateLimited,
        "Too many connections are open. Close some, or try again later.",
    )
}
