//! Rate limits and concurrency limits: per visitor, per address and per workspace.
//!
//! Each rate limit is a set of token buckets, one for each visitor, address or workspace. The
//! narrowest bucket is checked first, so that a caller over their own limit uses up nothing of the
//! buckets that they share with others. Everything is in memory and bounded: an attacker with a
//! million addresses only causes earlier eviction.
//!
//! Agents are not limited by address: an office has many of them behind one address, and each has
//! signed in. See `docs/self-hosting.md` for the numbers.

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

/// The limits of this process and their current usage.
pub struct Limits {
    rules: Rules,
    buckets: Vec<Buckets>,
    /// Connections of peers that are not proxies, from the first byte.
    connections: ConcurrencyLimits,
    /// Sockets and polling sessions, by client address.
    sessions: ConcurrencyLimits,
    workspaces: ConcurrencyLimits,
    /// Polling sessions, by address and by workspace. Their number on a node is limited.
    polls: ConcurrencyLimits,
    polls_of_workspaces: ConcurrencyLimits,
    /// The memory accounts of addresses.
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
    /// Creates limits from the rules. No address may have more connections than `most_open`, for
    /// which the process has file handles.
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

    /// Takes a permit for a connection from `peer`, which is not a proxy; `None` if the peer has
    /// too many.
    pub fn connection(&self, peer: ClientAddress) -> Option<ConnectionPermit> {
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

    /// Counts a request over HTTP.
    pub fn request(&self, from: ClientAddress) -> AppResult<()> {
        self.take(Limit::RequestsByAddress, from.key())
    }

    /// Takes a permit for a socket or a polling session.
    pub fn session(&self, from: ClientAddress) -> AppResult<SessionPermit> {
        self.take(Limit::ConnectionsByAddress, from.key())?;
        let account = self.memory(from);
        Ok(SessionPermit {
            _permit: self.sessions.take(from.key()).ok_or_else(too_many_open)?,
            _cost: account.charge(SESSION_BYTES).ok_or_else(too_much_memory)?,
            account,
        })
    }

    /// Takes a permit for a polling session, by address.
    pub fn polling_session(&self, from: ClientAddress) -> AppResult<Permit> {
        self.polls.take(from.key()).ok_or_else(too_many_poll)
    }

    /// Takes a permit for an authenticated polling session, by workspace.
    pub fn workspace_polling_session(&self, workspace: WorkspaceId) -> AppResult<Permit> {
        let permit = self.polls_of_workspaces.take(workspace.0.as_u128());
        permit.ok_or_else(too_many_poll)
    }

    /// Takes a permit for an authenticated connection of a workspace with this limit; `None` if it
    /// is reached.
    pub fn workspace_connection(
        &self,
        workspace: WorkspaceId,
        most: Option<i64>,
    ) -> Option<Permit> {
        let most = most.map_or(u32::MAX, |most| u32::try_from(most).unwrap_or(u32::MAX));
        self.workspaces.take_of(workspace.0.as_u128(), most)
    }

    /// The number of this workspace's connections to this node.
    pub fn open_connections(&self, workspace: WorkspaceId) -> u32 {
        self.workspaces.taken(workspace.0.as_u128())
    }

    /// The default quota of a workspace; `None` is unlimited.
    pub fn most(&self, name: LimitName) -> Option<i64> {
        self.rules.most(name)
    }

    /// Counts a request for a visitor's token.
    pub fn visitor_token(&self, from: ClientAddress) -> AppResult<()> {
        self.take(Limit::VisitorsByAddress, from.key())
    }

    /// Counts a new visitor.
    pub fn create_visitor(&self, workspace: WorkspaceId) -> AppResult<()> {
        self.take(Limit::VisitorsByWorkspace, workspace.0.as_u128())
    }

    /// Counts an attempt to guess a secret: a password, or the token of a link.
    pub fn credential_attempt(&self, from: ClientAddress) -> AppResult<()> {
        self.take(Limit::SignInsByAddress, from.key())
    }

    /// Counts a sign-in attempt; `email` is normalised, whether it has an account or not.
    pub fn sign_in(&self, from: ClientAddress, email: &str) -> AppResult<()> {
        self.credential_attempt(from)?;
        self.try_password(email)
    }

    /// Counts a password attempt on an account, without the address.
    pub fn try_password(&self, email: &str) -> AppResult<()> {
        let account = u128::from(self.hasher.hash_one(email));
        self.take(Limit::SignInsByAccount, account)
    }

    /// Counts a password attempt from a browser in which the owner has signed in before: attempts
    /// of strangers do not count against it.
    pub fn try_password_again(&self, device: Uuid) -> AppResult<()> {
        self.take(Limit::SignInsByAccount, device.as_u128())
    }

    /// Counts an attempt of a second-factor code, after the right password.
    pub fn try_code(&self, user: UserId) -> AppResult<()> {
        self.take(Limit::CodesByAccount, user.0.as_u128())
    }

    /// Counts a mail to `email` that a caller without a session causes, whether or not the address
    /// is known.
    pub fn mail(&self, from: ClientAddress, email: &str) -> AppResult<()> {
        self.credential_attempt(from)?;
        self.mail_to(email)
    }

    /// Counts an invitation mail of a workspace to `email`.
    pub fn invite(&self, workspace: WorkspaceId, email: &str) -> AppResult<()> {
        self.take(Limit::MailsByWorkspace, workspace.0.as_u128())?;
        self.mail_to(email)
    }

    fn mail_to(&self, email: &str) -> AppResult<()> {
        let recipient = u128::from(self.hasher.hash_one(email));
        self.take(Limit::MailsByRecipient, recipient)
    }

    /// Counts a conversation that a visitor starts.
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

    /// Counts a message.
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

    /// Counts a command that is not a message and reads the database or is published to followers.
    pub fn read(&self, scope: &Scope, from: ClientAddress) -> AppResult<()> {
        match scope {
            Scope::Visitor(visitor) => {
                self.take(Limit::ReadsByVisitor, visitor.visitor_id.0.as_u128())?;
                self.take(Limit::ReadsByAddress, from.key())
            }
            Scope::Agent(agent) => self.take(Limit::ReadsByAgent, agent.user.id.0.as_u128()),
        }
    }

    /// Creates a bucket for the frames of one connection.
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

/// The refusal of a polling session where a socket is still possible.
pub fn too_many_poll() -> AppError {
    AppError::new(
        ErrorCode::Unavailable,
        "Too many clients are polling. Try again soon, or allow WebSockets in your network.",
    )
}

/// The refusal of an address that is over its memory quota.
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
