//! Access control: every operation of the HTTP API and every command of the socket, tried by every
//! kind of caller. The answers are in `docs/access.md`, which is read in review.
//!
//! All requests are about the workspace North, whose objects contain a marker that no outsider may
//! ever receive. Operations come from the API description, so that a new one is tried without being
//! listed; a new kind of id fails here until the test can create one. All requests are valid, so
//! that the answer shows the permission. On SQLite, signed-in callers use their token as programs do, on
//! Postgres cookies as browsers do: the answers are the same.

mod world;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use deskbell_protocol::{Command, ErrorCode, Event, LEVEL};
use deskbell_testkit::people::visitor;
use deskbell_testkit::server::{Database, PASSWORD};
use deskbell_testkit::socket::Socket;
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::{Method, RequestBuilder};
use serde_json::{Map, Value, json};

use crate::avatars::png;
use crate::on_both;
use world::{CALLER_NAMES, Caller, MARK, Made, STRANGERS, World};

on_both!(every_caller_gets_the_status_in_the_access_table);

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/access.md");
/// If this variable is set, the table is written instead of compared.
const WRITE: &str = "WRITE_ACCESS_TABLE";
/// Marks an answer that is not allowed.
const WRONG: &str = "**";
/// The number of concurrent worlds.
const AT_A_TIME: usize = 4;
/// Anyone with an invitation's link can see its invitation.
const TOLD_BY_LINK: [&str; 2] = [
    "POST /api/v1/auth/accept-invitation",
    "POST /api/v1/auth/invitation",
];

/// An operation of the HTTP API.
struct Operation<'a> {
    method: Method,
    path: &'a str,
    description: &'a Value,
}

/// How signed-in callers authenticate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Bearer,
    Cookies,
}

impl Operation<'_> {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn schema(&self, media_type: &str) -> &Value {
        &self.description["requestBody"]["content"][media_type]["schema"]
    }

    /// The answers to each caller, with new objects for each.
    async fn try_as_every_caller(
        &self,
        api: &Value,
        world: &World,
        way: Way,
    ) -> Result<Vec<String>> {
        let mut answers = Vec::new();
        for (caller, name) in world.callers.iter().zip(CALLER_NAMES) {
            let is_stranger = answers.len() < STRANGERS;
            let request = self.request(api, world, caller).await?;
            let response = way.sign(request, caller).send().await?;
            let status = response.status().as_u16();
            let text = response.text().await?;
            let what = self.name();
            let may_know = !is_stranger || TOLD_BY_LINK.contains(&what.as_str());
            let documented = self.description["responses"].get(status.to_string());
            answers.push(if text.contains(MARK) && !may_know {
                wrong("leaked", name, &what, &text)
            } else if status >= 500 {
                wrong("broken", name, &what, &text)
            } else if documented.is_none() {
                wrong("undocumented", name, &what, &text)
            } else {
                status.to_string()
            });
        }
        Ok(answers)
    }

    async fn request(&self, api: &Value, world: &World, caller: &Caller) -> Result<RequestBuilder> {
        let (mut url, mut before) = (String::new(), "");
        let mut made = Made::of("");
        for segment in self.path.trim_start_matches('/').split('/') {
            match segment.starts_with('{') {
                true => {
                    let thing = world.make(before).await?;
                    write!(url, "/{}", thing.id)?;
                    if made.id.is_empty() {
                        made = thing;
                    }
                }
                false => write!(url, "/{segment}")?,
            }
            before = match (before, segment) {
                ("operator", "blocks") => "operator/blocks",
                ("business-hours", "sites") => "business-hours/sites",
                ("business-hours", "teams") => "business-hours/teams",
                _ => segment,
            };
        }
        let request = world.server.request(self.method.clone(), &url);
        let request = request.header("x-deskbell", "1");
        let content = &self.description["requestBody"]["content"];
        if content.get("application/octet-stream").is_some() {
            return Ok(request.body(png(64, 64)));
        }
        if content.get("text/csv").is_some() {
            return Ok(request.body("shortcut,content\nbye,Goodbye\n"));
        }
        if content.get("text/calendar").is_some() {
            return Ok(request.body("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"));
        }
        let good = world.body(&self.name(), caller, &made).await?;
        let usual = match self.schema("application/json") {
            Value::Null => None,
            schema => Some(sample(api, schema, "")),
        };
        Ok(match good.or(usual) {
            Some(body) => request.json(&body),
            None => request,
        })
    }
}

impl Way {
    fn sign(self, request: RequestBuilder, caller: &Caller) -> RequestBuilder {
        match caller {
            Caller::Nobody => request,
            Caller::Token(token) => request.bearer_auth(token),
            Caller::Browser { access, refresh } => {
                let refresh = format!("deskbell_refresh={refresh}");
                match self {
                    Self::Bearer => request.bearer_auth(access).header("cookie", refresh),
                    Self::Cookies => {
                        request.header("cookie", format!("deskbell_access={access}; {refresh}"))
                    }
                }
            }
        }
    }

    /// A socket, and the token for its hello.
    async fn connect(self, world: &World, caller: &Caller) -> Result<(Socket, Option<String>)> {
        let host = world.server.host();
        Ok(match (caller, self) {
            (Caller::Nobody, _) => (Socket::open(&host).await?, None),
            (Caller::Token(token) | Caller::Browser { access: token, .. }, Self::Bearer)
            | (Caller::Token(token), Self::Cookies) => {
                (Socket::open(&host).await?, Some(token.clone()))
            }
            (Caller::Browser { access, .. }, Self::Cookies) => {
                let headers = [
                    ("origin", format!("http://{host}")),
                    ("cookie", format!("deskbell_access={access}")),
                ];
                (Socket::open_with(&host, &headers).await?, None)
            }
        })
    }
}

/// The answers to each caller for a command about a conversation of North.
async fn try_command(world: &World, command: &Value, way: Way) -> Result<Vec<String>> {
    let mut answers = Vec::new();
    for (caller, name) in world.callers.iter().zip(CALLER_NAMES) {
        let is_stranger = answers.len() < STRANGERS;
        let mut nina = visitor(&world.server, &world.site_key).await?;
        let conversation_id = nina.start(MARK).await?.id;
        let mut command = command.clone();
        for (key, value) in command.as_object_mut().context("an object")? {
            match key.as_str() {
                "conversation_id" => *value = json!(conversation_id),
                "client_id" => *value = json!(nina.next_client_id()),
                "token" => *value = Value::Null,
                "to" => *value = json!({ "kind": "queue" }),
                _ => {}
            }
        }
        let command: Command = serde_json::from_value(command)?;
        let (mut socket, token) = way.connect(world, caller).await?;
        let level = LEVEL;
        if let Event::Error { error } = socket.request(Command::Hello { level, token }).await? {
            answers.push(code(&error.code));
            continue;
        }
        let (claim, resolve, subscribe) = (
            Command::Claim { conversation_id },
            Command::Resolve { conversation_id },
            Command::Subscribe {
                conversation_id,
                after_seq: None,
            },
        );
        let before = match &command {
            Command::Close { .. } | Command::Resolve { .. } => vec![claim],
            Command::Reopen { .. } => vec![claim, resolve],
            Command::Receipt { .. } | Command::Typing { .. } => vec![claim, subscribe],
            _ => Vec::new(),
        };
        for command in before {
            socket.request(command).await?;
        }
        let answer = socket.request(command).await?;
        let leaked = socket.received.iter().find(|text| text.contains(MARK));
        answers.push(match (answer, leaked) {
            (_, Some(text)) if is_stranger => wrong("leaked", name, "the socket", text),
            (Event::Error { error }, _) => code(&error.code),
            _ => "ok".to_owned(),
        });
    }
    Ok(answers)
}

/// The entry of the table for an answer that no caller may get.
fn wrong(how: &str, caller: &str, by: &str, text: &str) -> String {
    eprintln!("{caller}, {how} by {by}: {text}");
    format!("{WRONG}{how}{WRONG}")
}

fn code(code: &ErrorCode) -> String {
    let word = serde_json::to_value(code).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

/// A body that matches the schema; values that the schema does not determine are chosen by the
/// field's name.
fn sample(api: &Value, schema: &Value, name: &str) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        return api
            .pointer(pointer)
            .map_or(Value::Null, |it| sample(api, it, name));
    }
    match name {
        "email" => return json!("new@north.example"),
        "new_password" => return json!("Rings-3-bells"),
        "password" | "current_password" => return json!(PASSWORD),
        "name" => return json!("Something"),
        "allowed_origins" => return json!(["https://new.example"]),
        "on" => return json!(false),
        _ => {}
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(first) = schema[choice]
            .as_array()
            .and_then(|all| all.iter().find(|it| it["type"] != "null"))
        {
            return sample(api, first, name);
        }
    }
    if let Some(first) = schema["enum"].as_array().and_then(|all| all.first()) {
        return first.clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.first().and_then(Value::as_str),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => {
            let needed = schema["required"].as_array().cloned().unwrap_or_default();
            let fields = needed.iter().filter_map(Value::as_str);
            let fields = fields.map(|key| {
                let value = sample(api, &schema["properties"][key], key);
                (key.to_owned(), value)
            });
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Some("array") => json!([sample(api, &schema["items"], name)]),
        Some("string") => json!("something"),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(false),
        _ => Value::Null,
    }
}

const HEAD: &str = "# Access table

This table shows the response to each kind of caller for every operation of the HTTP API and every command
of the socket. A test generates it (`crates/server/tests/it/access.rs`); it sends each request with a token
and with cookies. All requests are valid and concern one workspace, so a refusal depends only on the caller.
401: not authenticated; 403: the role or the token does not allow the request; 404: the object is not visible
to the caller; 409, 410: the object is already in the requested state, or its state does not allow the
request.

| caller | meaning |
|---|---|
| nobody | without a token |
| forged, expired | an owner's token that is signed with another secret, or has expired |
| visitor | a visitor of the site |
| visitor next | a visitor of another site of the workspace |
| visitor, agent, owner far | a person of another workspace |
| reader, program | an owner's API token with the scope to read conversations only, or with all scopes |
| agent, admin, owner | a member of the workspace |
| entered | an operator of the platform who is not a member, but has entered the workspace |
| operator | an operator who has not entered it |

Anyone with the link of an invitation, of an address confirmation or of a password reset may use it.
`me` is the caller's own account; `me/sessions/{id}` is a session of the owner. `poll` transports frames,
which are answered as on the socket.

To generate this file again: `WRITE_ACCESS_TABLE=1 cargo test -p deskbell --test it access::sqlite`.

## HTTP

";

const COMMANDS: &str = "
## Commands of the socket

The conversation was started by another visitor. Callers have subscribed to it, claimed or resolved it before,
if the command requires this and their role allows it. `ok` is any answer other than a refusal.

";

fn row(table: &mut String, what: &str, answers: &[String]) {
    let _ = writeln!(table, "| `{what}` | {} |", answers.join(" | "));
}

fn head(table: &mut String, what: &str) {
    let _ = writeln!(table, "| {what} | {} |", CALLER_NAMES.join(" | "));
    let _ = writeln!(table, "|---|{}", "---|".repeat(CALLER_NAMES.len()));
}

/// Tries every operation: those that only read in one world, each other one in its own.
async fn try_operations(database: Database, way: Way) -> Result<Vec<(String, Vec<String>)>> {
    let api: Value = serde_json::from_str(&deskbell::openapi::text())?;
    let mut operations = Vec::new();
    for (path, described) in api["paths"].as_object().context("paths")? {
        for (method, description) in described.as_object().context("operations")? {
            let method: Method = method.to_uppercase().parse()?;
            operations.push(Operation {
                method,
                path,
                description,
            });
        }
    }
    let shared = World::new(database).await?;
    let (api, shared) = (&api, &shared);
    let tried = stream::iter(operations).map(|operation| async move {
        let answers = match operation.method == Method::GET {
            true => operation.try_as_every_caller(api, shared, way).await?,
            false => {
                let own = World::new(database).await?;
                let answers = operation.try_as_every_caller(api, &own, way).await?;
                // All worlds at once would need more connections than a database has.
                own.server.stop().await?;
                answers
            }
        };
        anyhow::Ok((operation.name(), answers))
    });
    tried.buffered(AT_A_TIME).try_collect().await
}

async fn written(database: Database, way: Way) -> Result<String> {
    let mut table = HEAD.to_owned();
    head(&mut table, "operation");
    for (operation, answers) in try_operations(database, way).await? {
        row(&mut table, &operation, &answers);
    }
    table += COMMANDS;
    head(&mut table, "command");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/tests/wire/v1");
    let mut files: Vec<_> = fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    let world = World::new(database).await?;
    for file in files {
        let name = file.file_name();
        let Some(name) = name.to_str().and_then(|it| it.strip_prefix("command.")) else {
            continue;
        };
        let command: Value = serde_json::from_slice(&fs::read(file.path())?)?;
        let answers = try_command(&world, &command, way).await?;
        row(&mut table, name.trim_end_matches(".json"), &answers);
    }
    Ok(table)
}

async fn every_caller_gets_the_status_in_the_access_table(database: Database) -> Result<()> {
    let way = match database {
        Database::Sqlite => Way::Bearer,
        Database::Postgres => Way::Cookies,
    };
    let table = written(database, way).await?;
    assert!(!table.contains(WRONG), "see above\n{table}");
    if std::env::var_os(WRITE).is_some() {
        return Ok(fs::write(TABLE, table)?);
    }
    let copy = fs::read_to_string(TABLE).unwrap_or_default();
    for (documented, is) in copy.lines().zip(table.lines()) {
        assert_eq!(
            is, documented,
            "docs/access.md differs; it describes how to generate it"
        );
    }
    assert_eq!(
        copy.lines().count(),
        table.lines().count(),
        "docs/access.md has another number of lines"
    );
    Ok(())
}
