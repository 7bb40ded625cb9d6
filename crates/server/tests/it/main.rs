//! The server through HTTP and WebSocket, on both databases.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

mod absence;
mod access;
mod access_changes;
mod accounts;
mod addresses;
mod api;
mod api_docs;
mod assignment;
mod attacks;
mod attributes;
mod audit;
mod avatars;
mod bad_input;
mod blocks;
mod business_hours;
mod canned_responses;
mod contention;
mod conversations;
mod delivery;
mod departures;
mod floods;
mod frozen;
mod handles;
mod headers;
mod identity;
mod inbox;
mod invitations;
mod isolation;
mod joining;
mod keep_alive;
mod kill;
mod late;
mod late_packets;
mod logs;
mod mail;
mod members;
mod memory;
mod my_sessions;
mod nodes;
mod notes;
mod notifications;
mod old_client;
mod openapi;
mod operator;
mod permissions;
mod platform_blocks;
mod poll;
mod poll_frames;
mod presence;
mod process;
mod proxies;
mod readiness;
mod recovery;
mod renewals;
mod revocation;
mod settings;
mod setup;
mod site_deletion;
mod sites;
mod snoozing;
mod start;
mod stop;
mod team;
mod teams;
mod token_renewal;
mod tokens;
mod two_factor;
mod workspaces;

/// Makes each test twice: `sqlite::name` and `postgres::name`.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() -> anyhow::Result<()> {
                super::$name(deskbell_testkit::server::Database::Sqlite).await
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() -> anyhow::Result<()> {
                super::$name(deskbell_testkit::server::Database::Postgres).await
            })+
        }
    };
}
pub(crate) use on_both;

use std::time::Duration;

use anyhow::Result;
use deskbell_testkit::people::{Person, visitor};
use deskbell_testkit::server::{Database, TestServer};

/// North, set up by Ada; its site's key.
pub(crate) struct North {
    pub(crate) server: TestServer,
    pub(crate) site_key: String,
    pub(crate) ada_token: String,
}

impl North {
    pub(crate) async fn new(database: Database) -> Result<Self> {
        Self::on(TestServer::empty(database).await?).await
    }

    pub(crate) async fn with_limits(database: Database, limits: &str) -> Result<Self> {
        Self::on(TestServer::with_limits(database, limits).await?).await
    }

    pub(crate) async fn on(server: TestServer) -> Result<Self> {
        let (done, ada_token) = server.set_up("Ada", "North").await?;
        Ok(Self {
            server,
            site_key: done.site.key,
            ada_token,
        })
    }

    /// A server with a very short grace period of presence.
    pub(crate) async fn without_grace(database: Database) -> Result<Self> {
        let mut server = TestServer::empty(database).await?;
        server.set_grace(Duration::ZERO).await?;
        Self::on(server).await
    }

    /// Ben, who is added if he was not a member.
    pub(crate) async fn ben(&self) -> Result<Person> {
        let token = self.server.add_agent("Ben", "Ada").await?;
        Person::connect(&self.server, &token).await
    }

    pub(crate) async fn ada(&self) -> Result<Person> {
        Person::connect(&self.server, &self.ada_token).await
    }

    pub(crate) async fn visitor(&self) -> Result<Person> {
        visitor(&self.server, &self.site_key).await
    }
}
