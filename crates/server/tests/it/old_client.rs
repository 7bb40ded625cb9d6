//! A client of the first release with this server.
//!
//! The client's frames are the released golden files. It reads the fields of each event that all
//! variants of its golden file have, so an answer must still have each of them, of the same kind.
//! New fields and events are allowed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use deskbell_protocol::ConversationId;
use deskbell_testkit::people::{Person, visitor_token};
use deskbell_testkit::server::Database;
use deskbell_testkit::socket::Socket;
use serde_json::{Value, json};

use crate::{North, on_both};

on_both!(
    a_visitor_of_the_first_release_is_served,
    an_agent_of_the_first_release_is_served,
);

/// The fields that were left out already in the first release when they had no value.
const OPTIONAL: [&str; 19] = [
    "agents",
    "all",
    "assignee",
    "client_id",
    "conversation",
    "fields",
    "next_cursor",
    "position",
    "queue",
    "receipts",
    "retry_after_ms",
    "team_online",
    "typing",
    "verified",
    "viewing",
    "visitor_texts",
    "visitors",
    "waiting_since",
    "winner",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/tests/wire/v1")
}

fn read(path: &Path) -> Result<Value> {
    let file = fs::read(path).with_context(|| path.display().to_string())?;
    Ok(serde_json::from_slice(&file)?)
}

/// The golden files of a kind, in all its variants.
fn golden(kind: &str) -> Result<Vec<Value>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder())? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        let is_wanted = |name: &str| name == kind || name.starts_with(&format!("{kind}-"));
        if name.is_some_and(is_wanted) {
            files.push(read(&path)?);
        }
    }
    anyhow::ensure!(!files.is_empty(), "no golden file of {kind}");
    Ok(files)
}

/// The fields that both values have.
fn common(one: Value, other: &Value) -> Value {
    match (one, other) {
        (Value::Object(fields), Value::Object(others)) => fields
            .into_iter()
            .filter_map(|(name, value)| {
                let other = others.get(&name)?;
                Some((name, common(value, other)))
            })
            .collect(),
        (one, _) => one,
    }
}

/// Checks that `got` has all fields of `wanted` that are not optional, of the same kind. Lists are
/// compared by their first entry; a field with variants (`kind`, `type`) may have another one.
fn check_shape(path: &str, wanted: &Value, got: &Value) -> Result<()> {
    match (wanted, got) {
        (Value::Object(wanted), Value::Object(fields)) => {
            let is_other_variant = ["kind", "type"]
                .iter()
                .any(|tag| wanted.get(*tag) != fields.get(*tag));
            if is_other_variant {
                return Ok(());
            }
            for (name, value) in wanted {
                let path = format!("{path}.{name}");
                match fields.get(name) {
                    Some(field) => check_shape(&path, value, field)?,
                    None => anyhow::ensure!(OPTIONAL.contains(&&**name), "{path} is gone"),
                }
            }
            Ok(())
        }
        (Value::Array(wanted), Value::Array(got)) => match (wanted.first(), got.first()) {
            (Some(wanted), Some(got)) => check_shape(&format!("{path}[]"), wanted, got),
            _ => Ok(()),
        },
        (wanted, got) => {
            let is_same = std::mem::discriminant(wanted) == std::mem::discriminant(got);
            anyhow::ensure!(is_same, "{path}: {wanted} became {got}");
            Ok(())
        }
    }
}

/// A client that sends golden frames.
struct OldClient {
    socket: Socket,
    last_id: u32,
    checked: usize,
}

impl OldClient {
    async fn connect(north: &North, token: &str) -> Result<Self> {
        let mut client = Self {
            socket: Socket::open(&north.server.host()).await?,
            last_id: 100,
            checked: 0,
        };
        client
            .send("hello", &json!({ "token": token }), "welcome")
            .await?;
        Ok(client)
    }

    /// Sends a golden command with these values in place of its own, and expects this event.
    async fn send(&mut self, name: &str, values: &Value, expected: &str) -> Result<Value> {
        let mut command = read(&folder().join(format!("command.{name}.json")))?;
        for (field, value) in values.as_object().context("values are an object")? {
            if let Some(place) = command.get_mut(field) {
                *place = value.clone();
            }
        }
        self.last_id += 1;
        let id = self.last_id;
        let frame = json!({ "id": id, "command": command });
        self.socket.send_text(&frame.to_string()).await?;
        loop {
            let frame = self.socket.next_frame().await?;
            frame.context("the connection was closed before the answer")?;
            let text = self.socket.received.last().context("a frame")?;
            let frame: Value = serde_json::from_str(text)?;
            self.check(&frame["event"])?;
            if frame["reply_to"] == id {
                assert_eq!(frame["event"]["type"], expected, "{frame}");
                return Ok(frame["event"].clone());
            }
        }
    }

    fn check(&mut self, event: &Value) -> Result<()> {
        let kind = event["type"].as_str().context("events have a type")?;
        let mut files = golden(&format!("event.{kind}"))?.into_iter();
        let first = files.next().context("there is a first")?;
        let wanted = files.fold(first, |wanted, file| common(wanted, &file));
        self.checked += 1;
        check_shape(kind, &wanted, event)
    }
}

fn id_of(event: &Value) -> Result<ConversationId> {
    let id = event["conversation"]["id"].as_str();
    Ok(id.context("a conversation has an id")?.parse()?)
}

fn client_id(of: &Person) -> Value {
    json!(of.next_client_id())
}

async fn a_visitor_of_the_first_release_is_served(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ids = north.visitor().await?;
    let token = visitor_token(&north.server, &north.site_key, None).await?;
    let mut vera = OldClient::connect(&north, &token.token).await?;
    vera.send("ping", &json!({}), "pong").await?;
    let values = json!({ "client_id": client_id(&ids) });
    let started = vera.send("start", &values, "started").await?;
    let id = id_of(&started)?;
    let about = json!({ "conversation_id": id, "after_seq": 0, "before_seq": 2 });
    vera.send("subscribe", &about, "subscribed").await?;
    let values = json!({ "conversation_id": id, "client_id": client_id(&ids) });
    vera.send("send", &values, "saved").await?;
    vera.send("load", &about, "page").await?;
    vera.send("typing", &about, "done").await?;
    let values = json!({ "conversation_id": id, "delivered": 1, "seen": 1 });
    vera.send("receipt", &values, "done").await?;
    let mut ada = north.ada().await?;
    ada.head(id).await?;
    let claim = deskbell_protocol::Command::Claim {
        conversation_id: id,
    };
    ada.change(claim).await?;
    ada.send_message(id, "On its way.").await?;
    vera.send("ping", &json!({}), "pong").await?;
    vera.send("unsubscribe", &about, "done").await?;
    assert!(vera.checked > 10, "{} events were checked", vera.checked);
    Ok(())
}

async fn an_agent_of_the_first_release_is_served(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Where is my order?").await?.id;
    let mut ada = OldClient::connect(&north, &north.ada_token).await?;
    ada.send("subscribe_inbox", &json!({}), "inbox").await?;
    let values = json!({ "after": 0 });
    ada.send("subscribe_inbox-after", &values, "inbox_changes")
        .await?;
    let about = json!({ "conversation_id": id, "after_seq": 0 });
    ada.send("subscribe", &about, "subscribed").await?;
    ada.send("claim", &about, "changed").await?;
    let values = json!({ "conversation_id": id, "client_id": client_id(&vera) });
    ada.send("send", &values, "saved").await?;
    ada.send("typing", &about, "done").await?;
    let values = json!({ "conversation_id": id, "delivered": 1, "seen": 1 });
    ada.send("receipt", &values, "done").await?;
    ada.send("presence-idle", &json!({}), "done").await?;
    ada.send("resolve", &about, "changed").await?;
    ada.send("reopen", &about, "changed").await?;
    ada.send("close", &about, "changed").await?;
    assert!(ada.checked > 12, "{} events were checked", ada.checked);
    Ok(())
}
