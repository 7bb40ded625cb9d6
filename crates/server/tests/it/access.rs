//! Who gets what: every operation of the HTTP API and every command of the socket, tried as
//! everybody. What they were answered stands in `docs/access.md`, which is read in review.
//!
//! All of it is asked about the workspace North, whose things carry a mark that nobody outside may
//! ever be sent. Operations come from the description of the API, so that a new one is tried
//! without being listed; a kind of id that is new fails here until it is known how to make one.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use deskbell_protocol::{Command, ErrorCode, Event, LEVEL};
use deskbell_testkit::people::{Person, visitor, visitor_token};
use deskbell_testkit::server::{Database, PASSWORD, TestServer, cookie, email, sign_again};
use deskbell_testkit::socket::Socket;
use reqwest::Method;
use serde_json::{Map, Value, json};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/access.md");
/// Set, the table is written instead of compared.
const WRITE: &str = "WRITE_ACCESS_TABLE";
/// What North's things are called.
const MARK: &str = "Northern Mark";
/// Those who may never be sent the mark come first, so that what the others change is not yet.
const EVERYBODY: [&str; 11] = [
    "nobody",
    "forged",
    "expired",
    "visitor",
    "visitor elsewhere",
    "agent elsewhere",
    "owner elsewhere",
    "agent",
    "admin",
    "owner",
    "operator",
];
const STRANGERS: usize = 7;

/// Things that had to differ from each other.
static MADE: AtomicU32 = AtomicU32::new(0);

/// A platform with North, South and everybody.
struct World {
    server: TestServer,
    site_key: String,
    /// In the order of [`EVERYBODY`].
    tokens: Vec<Option<String>>,
}

impl World {
    async fn new() -> Result<Self> {
        let server = TestServer::empty(Database::Sqlite).await?;
        let (done, owner) = server.set_up("Ada", MARK).await?;
        let stella = server.register("Stella", "South").await?;
        let agent = server.hire("Ben", "Ada").await?;
        let admin = server.hire("Nora", "Ada").await?;
        let agent_elsewhere = server.hire("Sten", "Stella").await?;
        let operator = server.hire("Olga", "Stella").await?;
        let store = server.store().await?;
        for sql in [
            "UPDATE memberships SET role = 'admin' WHERE user_id IN (SELECT id FROM users WHERE name = 'Nora')",
            // The visitors of a site are told its name.
            "UPDATE sites SET name = 'Shop'",
            "UPDATE users SET is_operator = (name = 'Olga')",
            "INSERT INTO sites (id, workspace_id, name, key, allowed_origins, created_at) \
             SELECT randomblob(16), id, 'Southern', 'southern', '[]', 1 FROM workspaces WHERE name = 'South'",
        ] {
            store.execute(sql).await?;
        }
        store.close().await;
        let vera = visitor(&server, &done.site.key).await?;
        let sven = visitor_token(&server, "southern", None).await?;
        let expired = server.expired(&owner)?;
        let forged = sign_again(b"another secret, as long as ours is", &owner, 4_000_000_000)?;
        Ok(Self {
            site_key: done.site.key,
            tokens: vec![
                None,
                Some(forged),
                Some(expired),
                Some(vera.token),
                Some(sven.token),
                Some(agent_elsewhere),
                Some(stella),
                Some(agent),
                Some(admin),
                Some(owner),
                Some(operator),
            ],
            server,
        })
    }

    fn token(&self, name: &str) -> Result<String> {
        let at = EVERYBODY.iter().position(|it| *it == name);
        let token = at.and_then(|at| self.tokens[at].clone());
        token.with_context(|| format!("{name} has a token"))
    }

    /// A thing of North, made just now; `segment` is what stands before its id in the path.
    async fn make(&self, segment: &str) -> Result<String> {
        let (path, body) = match segment {
            "tokens" => (
                "/api/v1/tokens",
                json!({ "name": MARK, "scopes": ["conversations:read"] }),
            ),
            "sites" => (
                "/api/v1/sites",
                json!({ "name": MARK, "allowed_origins": [] }),
            ),
            "invitations" => (
                "/api/v1/invitations",
                json!({ "role": "agent", "show_link": true }),
            ),
            "blocks" => {
                let made = MADE.fetch_add(1, Ordering::Relaxed);
                let network = format!("198.51.{}.{}/32", made / 250, made % 250 + 1);
                (
                    "/api/v1/blocks",
                    json!({ "network": network, "note": MARK }),
                )
            }
            "visitors" => {
                let nina = visitor_token(&self.server, &self.site_key, None).await?;
                let mut socket = Person::connect(&self.server, &nina.token).await?;
                socket.start(MARK).await?;
                return Ok(nina.visitor_id.to_string());
            }
            "limits" => return Ok("sites".to_owned()),
            "sessions" => {
                let body = json!({ "email": email("Ada"), "password": PASSWORD });
                let signed_in = self.server.post("/api/v1/auth/sign-in", body).await?;
                let token = cookie(&signed_in, "deskbell_access").context("Ada signs in")?;
                let request = self.server.request(Method::GET, "/api/v1/me/sessions");
                let sessions = request.bearer_auth(token).send().await?;
                let sessions: Value = sessions.json().await?;
                return find_current(&sessions).context("she has this session");
            }
            "workspaces" => return self.own(&["workspace", "id"]).await,
            "users" | "members" => {
                let name = format!("Benny{}", letters(MADE.fetch_add(1, Ordering::Relaxed)));
                self.server.hire(&name, "Ada").await?;
                return self.user(&name).await;
            }
            other => anyhow::bail!("teach the test how to make one of {other}"),
        };
        let request = self.server.request(Method::POST, path).json(&body);
        let made = request.bearer_auth(self.token("owner")?).send().await?;
        let made: Value = made.error_for_status()?.json().await?;
        find_id(&made).with_context(|| format!("{path} answers with an id"))
    }

    async fn own(&self, keys: &[&str]) -> Result<String> {
        let request = self.server.request(Method::GET, "/api/v1/me");
        let me = request.bearer_auth(self.token("owner")?).send().await?;
        let me: Value = me.json().await?;
        let found = keys.iter().fold(&me, |value, key| &value[key]);
        Ok(found.as_str().context("an id")?.to_owned())
    }

    async fn user(&self, name: &str) -> Result<String> {
        let path = format!("/api/v1/operator/users?search={name}");
        let request = self.server.request(Method::GET, &path);
        let found = request.bearer_auth(self.token("operator")?).send().await?;
        let found: Value = found.json().await?;
        Ok(found["users"][0]["id"]
            .as_str()
            .context("a user")?
            .to_owned())
    }

    /// What each of them is answered, with fresh things for each.
    async fn try_operation(
        &self,
        method: &Method,
        path: &str,
        body: &Value,
        documented: &Map<String, Value>,
    ) -> Result<Vec<String>> {
        let mut answers = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let mut url = String::new();
            let mut before = "";
            for segment in path.trim_start_matches('/').split('/') {
                let own = match segment.starts_with('{') {
                    true => self.make(before).await?,
                    false => segment.to_owned(),
                };
                write!(url, "/{own}")?;
                before = segment;
            }
            let mut request = self.server.request(method.clone(), &url);
            request = request.header("x-deskbell", "1");
            if !body.is_null() {
                request = request.json(body);
            }
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            let response = request.send().await?;
            let status = response.status().as_u16();
            let text = response.text().await?;
            if at < STRANGERS {
                let told = text.contains(MARK);
                assert!(
                    !told,
                    "{} is told by {method} {path}: {text}",
                    EVERYBODY[at]
                );
            }
            assert!(
                status < 500,
                "{} breaks {method} {path}: {text}",
                EVERYBODY[at]
            );
            let status = status.to_string();
            let said = documented.contains_key(&status);
            assert!(
                said,
                "nobody says that {method} {path} answers {status}: {text}"
            );
            answers.push(status);
        }
        Ok(answers)
    }

    /// What each of them is answered to a command about a conversation of North.
    async fn try_command(&self, command: &Value) -> Result<Vec<String>> {
        let mut answers = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let mut nina = visitor(&self.server, &self.site_key).await?;
            let conversation = nina.start(MARK).await?;
            let mut command = command.clone();
            for (key, value) in command.as_object_mut().context("an object")? {
                match key.as_str() {
                    "conversation_id" => *value = json!(conversation.id),
                    "client_id" => *value = json!(nina.next_client_id()),
                    "token" => *value = Value::Null,
                    _ => {}
                }
            }
            let command: Command = serde_json::from_value(command)?;
            let mut socket = Socket::open(&self.server.host()).await?;
            let hello = Command::Hello {
                level: LEVEL,
                token: token.clone(),
            };
            let welcome = socket.ask(hello).await?;
            if let Event::Error { error } = welcome {
                answers.push(code(&error.code));
                continue;
            }
            let answer = socket.ask(command).await?;
            let text = serde_json::to_string(&answer)?;
            if at < STRANGERS {
                assert!(!text.contains(MARK), "{} is told: {text}", EVERYBODY[at]);
            }
            answers.push(match answer {
                Event::Error { error } => code(&error.code),
                _ => "ok".to_owned(),
            });
        }
        Ok(answers)
    }
}

fn code(code: &ErrorCode) -> String {
    let word = serde_json::to_value(code).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

/// The first id in an answer.
fn find_id(value: &Value) -> Option<String> {
    match value {
        Value::Object(fields) => fields
            .get("id")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .or_else(|| fields.values().find_map(find_id)),
        Value::Array(items) => items.iter().find_map(find_id),
        _ => None,
    }
}

/// A number as people may be called.
fn letters(number: u32) -> String {
    let digits = number.to_string();
    let letter = |digit: u8| char::from(digit - b'0' + b'a');
    digits.bytes().map(letter).collect()
}

/// The session that asks.
fn find_current(sessions: &Value) -> Option<String> {
    let mut sessions = sessions["sessions"].as_array()?.iter();
    let current = sessions.find(|session| session["current"] == true)?;
    current["id"].as_str().map(str::to_owned)
}

/// A body that the schema lets through; what a field's name asks for, where its type does not say.
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

fn row(table: &mut String, what: &str, answers: &[String]) {
    let _ = writeln!(table, "| `{what}` | {} |", answers.join(" | "));
}

fn head(table: &mut String, what: &str) {
    let _ = writeln!(table, "| {what} | {} |", EVERYBODY.join(" | "));
    let _ = writeln!(table, "|---|{}", "---|".repeat(EVERYBODY.len()));
}

async fn written() -> Result<String> {
    let mut table = "# Who gets what\n\nWritten by a test (`crates/server/tests/it/access.rs`), \
        which tries every operation and every command as everybody. All is asked about one \
        workspace and its things; *elsewhere* is another workspace. 401: who are you; 403: your \
        role may not; 404: there is no such thing for you.\n\n\
        To write it anew: `WRITE_ACCESS_TABLE=1 cargo test -p deskbell --test it access`.\n\n\
        ## HTTP\n\n"
        .to_owned();
    head(&mut table, "operation");
    let api: Value = serde_json::from_str(&deskbell::openapi::text())?;
    for (path, operations) in api["paths"].as_object().context("paths")? {
        for (method, operation) in operations.as_object().context("operations")? {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let body = match schema {
                Value::Null => Value::Null,
                schema => sample(&api, schema, ""),
            };
            let method: Method = method.to_uppercase().parse()?;
            let world = World::new().await?;
            let documented = operation["responses"].as_object().context("responses")?;
            let answers = world
                .try_operation(&method, path, &body, documented)
                .await?;
            row(&mut table, &format!("{method} {path}"), &answers);
        }
    }
    table += "\n## Commands of the socket\n\nAbout a conversation that another visitor has begun. \
        `ok` is any answer that is no refusal.\n\n";
    head(&mut table, "command");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/tests/wire/v1");
    let mut files: Vec<_> = fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    let world = World::new().await?;
    for file in files {
        let name = file.file_name();
        let Some(name) = name.to_str().and_then(|it| it.strip_prefix("command.")) else {
            continue;
        };
        let command: Value = serde_json::from_slice(&fs::read(file.path())?)?;
        let answers = world.try_command(&command).await?;
        row(&mut table, name.trim_end_matches(".json"), &answers);
    }
    Ok(table)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_gets_what_the_table_says() -> Result<()> {
    let table = written().await?;
    if std::env::var_os(WRITE).is_some() {
        return Ok(fs::write(TABLE, table)?);
    }
    let copy = fs::read_to_string(TABLE).unwrap_or_default();
    for (said, is) in copy.lines().zip(table.lines()) {
        assert_eq!(
            is, said,
            "docs/access.md says otherwise; see there how to write it anew"
        );
    }
    assert_eq!(
        copy.lines().count(),
        table.lines().count(),
        "docs/access.md is not whole"
    );
    Ok(())
}
