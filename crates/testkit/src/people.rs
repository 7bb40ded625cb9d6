//! Named people with a socket each.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use deskbell_protocol::api::visitors::VisitorToken;
use deskbell_protocol::{
    ClientMessageId, Command, Conversation, ConversationId, ErrorBody, Event, LEVEL, Message, Seq,
};

use crate::server::TestServer;
use crate::socket::Socket;

/// A connected and authenticated person.
pub struct Person {
    pub token: String,
    pub socket: Socket,
}

/// Subscribes to the inbox with a snapshot.
pub const SNAPSHOT: Command = Command::SubscribeInbox { after: None };

/// Client ids of this test process; each is used once.
static CLIENT_IDS: AtomicU64 = AtomicU64::new(1);

/// Connects a new visitor of the site.
pub async fn visitor(server: &TestServer, site_key: &str) -> Result<Person> {
    let token = visitor_token(server, site_key, None).await?;
    Person::connect(server, &token.token).await
}

/// Gets the token of a new visitor, as the panel does when it opens.
pub async fn visitor_token(
    server: &TestServer,
    site_key: &str,
    token: Option<&str>,
) -> Result<VisitorToken> {
    let body = serde_json::json!({ "site_key": site_key, "token": token });
    let response = server.post("/api/v1/visitors", body).await?;
    anyhow::ensure!(
        response.status().is_success(),
        "visitor: {}",
        response.text().await?
    );
    Ok(response.json().await?)
}

impl Person {
    /// Connects with a token and sends `hello`.
    pub async fn connect(server: &TestServer, token: &str) -> Result<Self> {
        let mut socket = Socket::open(&server.host()).await?;
        let hello = Command::Hello {
            level: LEVEL,
            token: Some(token.to_owned()),
        };
        let welcome = socket.request(hello).await?;
        anyhow::ensure!(
            matches!(welcome, Event::Welcome { .. }),
            "welcome, not {welcome:?}"
        );
        Ok(Self {
            token: token.to_owned(),
            socket,
        })
    }

    /// A new client id.
    pub fn next_client_id(&self) -> ClientMessageId {
        let mut random = [0; 10];
        random[2..].copy_from_slice(&CLIENT_IDS.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        ClientMessageId::from_parts(1_700_000_000_000, random)
    }

    /// Starts a conversation.
    pub async fn start(&mut self, text: &str) -> Result<Conversation> {
        let client_id = self.next_client_id();
        match self
            .socket
            .request(Command::Start {
                client_id,
                text: text.to_owned(),
            })
            .await?
        {
            Event::Started { conversation, .. } => Ok(conversation),
            other => anyhow::bail!("started, not {other:?}"),
        }
    }

    /// Sends a message; returns its sequence number.
    pub async fn send_message(
        &mut self,
        conversation_id: ConversationId,
        text: &str,
    ) -> Result<Seq> {
        let client_id = self.next_client_id();
        match self
            .socket
            .request(Command::Send {
                conversation_id,
                client_id,
                text: text.to_owned(),
                assignee: None,
            })
            .await?
        {
            Event::Saved { seq, .. } => Ok(seq),
            other => anyhow::bail!("saved, not {other:?}"),
        }
    }

    /// Subscribes to a conversation; returns its messages.
    pub async fn follow(
        &mut self,
        conversation_id: ConversationId,
        after_seq: Option<Seq>,
    ) -> Result<Vec<Message>> {
        match self
            .socket
            .request(Command::Subscribe {
                conversation_id,
                after_seq,
            })
            .await?
        {
            Event::Subscribed { messages, .. } => Ok(messages),
            other => anyhow::bail!("subscribed, not {other:?}"),
        }
    }

    /// The current head of a conversation, to which it subscribes.
    pub async fn head(&mut self, conversation_id: ConversationId) -> Result<Conversation> {
        let subscribe = Command::Subscribe {
            conversation_id,
            after_seq: None,
        };
        match self.socket.request(subscribe).await? {
            Event::Subscribed { conversation, .. } => Ok(conversation),
            other => anyhow::bail!("subscribed, not {other:?}"),
        }
    }

    /// Sends a command that changes a conversation.
    pub async fn change(&mut self, command: Command) -> Result<Conversation> {
        match self.socket.request(command).await? {
            Event::Changed { conversation } => Ok(conversation),
            other => anyhow::bail!("changed, not {other:?}"),
        }
    }

    /// Sends a command that must be refused.
    pub async fn refused(&mut self, command: Command) -> Result<ErrorBody> {
        match self.socket.request(command).await? {
            Event::Error { error } => Ok(error),
            other => anyhow::bail!("an error, not {other:?}"),
        }
    }

    /// The next head in an event that is no reply.
    pub async fn next_head(&mut self) -> Result<Conversation> {
        loop {
            match self
                .socket
                .next_event()
                .await?
                .context("the connection is open")?
            {
                Event::ConversationChanged { conversation }
                | Event::InboxChanged { conversation, .. } => return Ok(conversation),
                _ => continue,
            }
        }
    }

    /// The next message in an event that is no reply.
    pub async fn next_message(&mut self) -> Result<Message> {
        loop {
            match self
                .socket
                .next_event()
                .await?
                .context("the connection is open")?
            {
                Event::MessageCreated { message } => return Ok(message),
                _ => continue,
            }
        }
    }
}
