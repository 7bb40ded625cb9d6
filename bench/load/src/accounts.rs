//! The people of a run: their accounts, their credentials and their conversations.

use std::rc::Rc;

use anyhow::{Context, Result, ensure};
use deskbell_protocol::api::identity::auth::Me;
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Client;
use reqwest::header::SET_COOKIE;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::installation::Server;
use crate::protocol::Request;
use crate::system::System;

const EMAIL: &str = "ada@north.example";
const PASSWORD: &str = "Rings-2-bells";
/// The number of concurrent handshakes: more would only wait in a queue.
const CONCURRENCY: usize = 64;

/// Credentials of one installation, which survive its restart.
pub struct Accounts {
    system: System,
    http: Client,
    pub site_key: String,
    /// Deskbell: the owner.
    pub owner: Option<Me>,
    pub agent_token: String,
}

/// A visitor who can reconnect.
#[derive(Clone)]
pub struct Visitor {
    pub token: String,
    pub conversation: String,
}

/// A visitor and an agent who follow one conversation.
pub struct Pair {
    pub visitor: Rc<Connection>,
    pub agent: Rc<Connection>,
    pub conversation: String,
}

impl Accounts {
    /// Runs the set-up of an empty installation.
    pub async fn new(system: System, server: &Server) -> Result<Self> {
        let mut accounts = Self {
            system,
            http: Client::new(),
            site_key: String::new(),
            owner: None,
            agent_token: "an agent's token".to_owned(),
        };
        match system {
            System::Deskbell(_) | System::Earlier(_) => accounts.set_up_deskbell(server).await?,
            System::Peer(_) => {
                let (response, _) = accounts.post(server, "/api/agents", &json!({})).await?;
                accounts.agent_token = text(&response, "/token")?;
            }
            System::Bound => {}
        }
        Ok(accounts)
    }

    async fn set_up_deskbell(&mut self, server: &Server) -> Result<()> {
        let body = json!({
            "name": "Ada", "email": EMAIL, "password": PASSWORD,
            "workspace": "North", "site": "North shop", "allowed_origins": ["https://shop.example"],
        });
        let (response, cookies) = self.post(server, "/api/v1/setup", &body).await?;
        self.site_key = text(&response, "/site/key")?;
        self.owner = Some(Me::deserialize(&response["me"])?);
        self.agent_token = access_token(&cookies)?;
        Ok(())
    }

    /// A new token of Deskbell's agent, which is valid for 15 minutes.
    pub async fn sign_in(&mut self, server: &Server) -> Result<()> {
        let body = json!({ "email": EMAIL, "password": PASSWORD });
        let (_, cookies) = self.post(server, "/api/v1/auth/sign-in", &body).await?;
        self.agent_token = access_token(&cookies)?;
        Ok(())
    }

    async fn post(
        &self,
        server: &Server,
        path: &str,
        body: &Value,
    ) -> Result<(Value, Vec<String>)> {
        let url = format!("http://{}{path}", server.target.address);
        let request = self.http.post(url).header("x-deskbell", "1").json(body);
        let response = request.send().await?;
        ensure!(
            response.status().is_success(),
            "{path}: {}",
            response.text().await?
        );
        let cookies = response.headers().get_all(SET_COOKIE).iter();
        let cookies = cookies
            .filter_map(|cookie| cookie.to_str().ok().map(str::to_owned))
            .collect();
        Ok((response.json().await?, cookies))
    }

    async fn visitor_token(&self, server: &Server) -> Result<String> {
        let path = match self.system {
            System::Deskbell(_) | System::Earlier(_) => "/api/v1/visitors",
            System::Peer(_) => "/api/visitors",
            System::Bound => return Ok("a visitor's token".to_owned()),
        };
        let body = json!({ "site_key": self.site_key });
        let (response, _) = self.post(server, path, &body).await?;
        text(&response, "/token")
    }

    /// A new visitor with a conversation, which they follow.
    async fn visitor(&self, server: &Server) -> Result<(Visitor, Rc<Connection>)> {
        let token = self.visitor_token(server).await?;
        let connection = Connection::open(server.target, &token).await?;
        let started = connection.request(&Request::Start).await?;
        let conversation = started.context("a conversation was started")?;
        let follow = Request::Subscribe {
            conversation: &conversation,
        };
        connection.request(&follow).await?;
        Ok((
            Visitor {
                token,
                conversation,
            },
            connection,
        ))
    }

    /// Visitors who are not connected any more.
    pub async fn disconnected_visitors(
        &self,
        server: &Server,
        count: usize,
    ) -> Result<Vec<Visitor>> {
        let visitors = stream::iter(0..count).map(async |_| {
            let (visitor, _) = self.visitor(server).await?;
            anyhow::Ok(visitor)
        });
        visitors.buffer_unordered(CONCURRENCY).try_collect().await
    }

    /// Connected visitors.
    pub async fn visitors(
        &self,
        server: &Server,
        count: usize,
    ) -> Result<Vec<(String, Rc<Connection>)>> {
        let visitors = stream::iter(0..count).map(async |_| {
            let (visitor, connection) = self.visitor(server).await?;
            anyhow::Ok((visitor.conversation, connection))
        });
        visitors.buffer_unordered(CONCURRENCY).try_collect().await
    }

    pub async fn pairs(&self, server: &Server, count: usize) -> Result<Vec<Pair>> {
        let pairs = stream::iter(0..count).map(async |_| {
            let (Visitor { conversation, .. }, visitor) = self.visitor(server).await?;
            let agent = Connection::open(server.target, &self.agent_token).await?;
            let claimed = &conversation;
            agent
                .request(&Request::Claim {
                    conversation: claimed,
                })
                .await?;
            agent
                .request(&Request::Subscribe {
                    conversation: claimed,
                })
                .await?;
            anyhow::Ok(Pair {
                visitor,
                agent,
                conversation,
            })
        });
        pairs.buffer_unordered(CONCURRENCY).try_collect().await
    }

    /// Agents who follow the inbox.
    pub async fn agents(&self, server: &Server, count: usize) -> Result<Vec<Rc<Connection>>> {
        let agents = stream::iter(0..count).map(async |_| {
            let agent = Connection::open(server.target, &self.agent_token).await?;
            agent.request(&Request::SubscribeInbox).await?;
            anyhow::Ok(agent)
        });
        agents.buffer_unordered(CONCURRENCY).try_collect().await
    }
}

fn access_token(cookies: &[String]) -> Result<String> {
    let mut cookies = cookies.iter();
    let token = cookies
        .find_map(|cookie| cookie.strip_prefix("deskbell_access="))
        .and_then(|cookie| cookie.split(';').next());
    Ok(token
        .context("a cookie for those who signed in")?
        .to_owned())
}

fn text(value: &Value, pointer: &str) -> Result<String> {
    let text = value.pointer(pointer).and_then(Value::as_str);
    Ok(text
        .with_context(|| format!("the answer has {pointer}"))?
        .to_owned())
}
