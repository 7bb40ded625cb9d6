//! The workspaces North and South, all kinds of callers, and North's objects, created on demand.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use deskbell_protocol::api::identity::account::{SignedInSessions, TwoFactorSecret};
use deskbell_protocol::api::platform::mail::WaitingMail;
use deskbell_protocol::{Role, UserId, WorkspaceId};
use deskbell_store::identity::users::NewUser;
use deskbell_store::identity::{credentials, users};
use deskbell_store::workspace::workspaces;
use deskbell_store::{Store, Tx, sites};
use deskbell_testkit::authenticator_app::AuthenticatorApp;
use deskbell_testkit::mail;
use deskbell_testkit::people::{Person, visitor_token};
use deskbell_testkit::server::{Database, PASSWORD, TestServer, cookie, email, sign_with_expiry};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::api::request_as;

/// The marker in the names of North's objects.
pub(super) const MARK: &str = "Northern Mark";
/// Callers who may never receive the marker come first, before others change anything.
pub(super) const CALLER_NAMES: [&str; 15] = [
    "nobody",
    "forged",
    "expired",
    "visitor",
    "visitor next",
    "visitor far",
    "agent far",
    "owner far",
    "reader",
    "program",
    "agent",
    "admin",
    "owner",
    "entered",
    "operator",
];
/// The number of outsiders.
pub(super) const STRANGERS: usize = 8;
const SCOPES: [&str; 9] = [
    "conversations:read",
    "conversations:write",
    "canned_responses:read",
    "canned_responses:write",
    "members:read",
    "members:write",
    "sites:read",
    "sites:write",
    "audit:read",
];

/// A counter for unique values.
static MADE: AtomicU32 = AtomicU32::new(0);

/// The credentials of a caller.
#[derive(Clone)]
pub(super) enum Caller {
    Nobody,
    Token(String),
    Browser { access: String, refresh: String },
}

/// A platform with North, South and all callers.
pub(super) struct World {
    pub(super) server: TestServer,
    pub(super) site_key: String,
    /// In the order of [`CALLER_NAMES`].
    pub(super) callers: Vec<Caller>,
    store: Store,
    north: WorkspaceId,
    /// The owner's browser, which only creates objects.
    maker: String,
    /// The operator's browser, for the same purpose.
    platform: String,
}

/// An object of North.
pub(super) struct Made {
    /// Its id in the path.
    pub(super) id: String,
    /// The name of a person, if it is one.
    pub(super) name: String,
}

impl World {
    pub(super) async fn new(database: Database) -> Result<Self> {
        let server = TestServer::empty(database).await?;
        let (done, maker) = server.set_up("Ada", MARK).await?;
        let store = server.store().await?;
        let north = done.me.workspace.id;
        let mut tx = store.begin(0).await?;
        let south = workspaces::create_workspace(&mut tx, "South").await?;
        for (name, role, place) in [
            ("Ben", Role::Agent, north),
            ("Nora", Role::Admin, north),
            ("Sten", Role::Agent, south),
            ("Stella", Role::Owner, south),
            ("Odd", Role::Agent, south),
            ("Olga", Role::Agent, south),
            ("Otto", Role::Agent, south),
        ] {
            add_agent(&mut tx, name, role, place).await?;
        }
        for (key, place) in [("next", north), ("far", south)] {
            sites::create_site(&mut tx, place, "Another shop", key, &[]).await?;
        }
        for sql in [
            // The visitors of a site see its name.
            "UPDATE sites SET name = 'Shop' WHERE key NOT IN ('next', 'far')",
            "UPDATE users SET is_operator = (name LIKE 'O%')",
        ] {
            tx.execute(sql).await?;
        }
        tx.commit().await?;
        let mut world = Self {
            site_key: done.site.key,
            callers: Vec::new(),
            north,
            platform: signed(&sign_in(&server, "Odd").await?)?.token(),
            maker,
            store,
            server,
        };
        world.callers = world.gather().await?;
        Ok(world)
    }

    /// In the order of [`CALLER_NAMES`].
    async fn gather(&self) -> Result<Vec<Caller>> {
        let browser = async |name: &str| signed(&sign_in(&self.server, name).await?);
        let visitor = async |key: &str| {
            let vera = visitor_token(&self.server, key, None).await?;
            anyhow::Ok(Caller::Token(vera.token))
        };
        let mut otto = browser("Otto").await?;
        let path = format!("operator/workspaces/{}/enter", self.north);
        let token = otto.clone().token();
        let entered = self
            .request(Method::POST, &path, &token, Value::Null)
            .await?;
        otto.go_on(&entered)?;
        let secret = b"another secret, as long as ours is";
        Ok(vec![
            Caller::Nobody,
            Caller::Token(sign_with_expiry(secret, &self.maker, 4_000_000_000)?),
            Caller::Token(self.server.expired(&self.maker)?),
            visitor(&self.site_key).await?,
            visitor("next").await?,
            visitor("far").await?,
            browser("Sten").await?,
            browser("Stella").await?,
            self.program(&SCOPES[..1]).await?,
            self.program(&SCOPES).await?,
            browser("Ben").await?,
            browser("Nora").await?,
            browser("Ada").await?,
            otto,
            browser("Olga").await?,
        ])
    }

    async fn program(&self, scopes: &[&str]) -> Result<Caller> {
        let body = json!({ "name": MARK, "scopes": scopes });
        let made = self.made("tokens", body).await?;
        let secret = made["secret"].as_str().context("a secret")?;
        Ok(Caller::Token(secret.to_owned()))
    }

    /// Creates an object of North; `segment` is the path segment before its id.
    pub(super) async fn make(&self, segment: &str) -> Result<Made> {
        let body = match segment {
            "tokens" => json!({ "name": MARK, "scopes": SCOPES[..1] }),
            "sites" => json!({ "name": MARK, "allowed_origins": [] }),
            "invitations" => json!({ "role": "agent", "show_link": true }),
            "teams" => json!({ "name": new_name(MARK) }),
            "blocks" => json!({ "network": network(), "note": MARK }),
            "canned-responses" => json!({
                "scope": "workspace", "shortcut": new_name("hi"), "title": MARK, "content": MARK,
            }),
            "operator/blocks" => {
                let body = json!({ "network": network(), "note": MARK });
                let made = self
                    .request(Method::POST, segment, &self.platform, body)
                    .await?;
                let made: Value = made.error_for_status()?.json().await?;
                return Ok(Made::of(find_id(&made).context("a block has an id")?));
            }
            "visitors" => {
                let nina = visitor_token(&self.server, &self.site_key, None).await?;
                let mut socket = Person::connect(&self.server, &nina.token).await?;
                socket.start(MARK).await?;
                return Ok(Made::of(nina.visitor_id));
            }
            "conversations" => {
                let nina = visitor_token(&self.server, &self.site_key, None).await?;
                let mut nina = Person::connect(&self.server, &nina.token).await?;
                return Ok(Made::of(nina.start(MARK).await?.id));
            }
            "business-hours/sites" | "business-hours/teams" => {
                let things = segment.trim_start_matches("business-hours/");
                let made = Box::pin(self.make(things)).await?;
                let path = format!("{segment}/{}", made.id);
                let body = json!({ "time_zone": "Europe/Vienna", "week": [] });
                let set = self.request(Method::PUT, &path, &self.maker, body).await?;
                set.error_for_status()?;
                return Ok(made);
            }
            "limits" => return Ok(Made::of("sites")),
            "sessions" => {
                let token = signed(&sign_in(&self.server, "Ada").await?)?.token();
                let all = self.request(Method::GET, "me/sessions", &token, Value::Null);
                let all: SignedInSessions = all.await?.json().await?;
                let mut all = all.sessions.iter();
                let this = all.find(|session| session.current).context("this one")?;
                return Ok(Made::of(this.id));
            }
            "workspaces" => return Ok(Made::of(self.north)),
            "users" | "members" => {
                let name = new_name("Benny");
                let mut tx = self.store.begin(0).await?;
                let user = add_agent(&mut tx, &name, Role::Agent, self.north).await?;
                tx.commit().await?;
                let id = user.to_string();
                return Ok(Made { id, name });
            }
            other => anyhow::bail!("teach the test how to make one of {other}"),
        };
        let made = self.made(segment, body).await?;
        let id = find_id(&made).with_context(|| format!("{segment} answers with an id"))?;
        Ok(Made::of(id))
    }

    /// A valid body where the description does not determine one. `caller` sends the request, `made`
    /// is the object in the path, if there is one.
    pub(super) async fn body(
        &self,
        operation: &str,
        caller: &Caller,
        made: &Made,
    ) -> Result<Option<Value>> {
        Ok(Some(match operation {
            "POST /api/v1/auth/accept-invitation" | "POST /api/v1/auth/invitation" => {
                let body = json!({ "role": "agent", "show_link": true });
                let made = self.made("invitations", body).await?;
                let link = made["link"].as_str().context("a link")?;
                json!({ "token": mail::token(link)? })
            }
            "POST /api/v1/auth/verify-email" => {
                let email = email(&self.register().await?);
                json!({ "token": self.link(&email, "verify").await? })
            }
            "POST /api/v1/auth/reset-password" => {
                let email = email(&self.register().await?);
                let body = json!({ "email": email });
                self.server
                    .post("/api/v1/auth/forgot-password", body)
                    .await?;
                let token = self.link(&email, "reset").await?;
                json!({ "token": token, "password": "Rings-3-bells" })
            }
            "POST /api/v1/auth/confirm-email" => {
                let email = email(&new_name("Ada"));
                let body = json!({ "email": email, "password": PASSWORD });
                let response = self
                    .request(Method::POST, "me/email", &self.maker, body)
                    .await?;
                response.error_for_status()?;
                json!({ "token": self.link(&email, "confirm-email").await? })
            }
            "POST /api/v1/auth/send-verification" => {
                json!({ "email": email(&self.register().await?), "password": PASSWORD })
            }
            "POST /api/v1/auth/sign-in" => {
                json!({ "email": email("Stella"), "password": PASSWORD })
            }
            "POST /api/v1/auth/switch-workspace" => json!({ "workspace_id": self.north }),
            "POST /api/v1/blocks" | "POST /api/v1/operator/blocks" => {
                json!({ "network": network() })
            }
            "POST /api/v1/canned-responses" => {
                json!({ "shortcut": new_name("own"), "title": "Hello", "content": "Hello" })
            }
            "POST /api/v1/canned-responses/{id}/use" => {
                let nina = visitor_token(&self.server, &self.site_key, None).await?;
                let mut socket = Person::connect(&self.server, &nina.token).await?;
                json!({ "conversation_id": socket.start(MARK).await?.id })
            }
            "POST /api/v1/invitations" | "PATCH /api/v1/members/{user_id}" => {
                json!({ "role": "agent" })
            }
            "POST /api/v1/me/two-factor/confirm" => {
                json!({ "code": self.code(caller, false).await? })
            }
            "POST /api/v1/me/two-factor/backup-codes" => {
                json!({ "code": self.code(caller, true).await? })
            }
            "DELETE /api/v1/me/two-factor" => {
                json!({ "password": PASSWORD, "code": self.code(caller, true).await? })
            }
            "DELETE /api/v1/operator/users/{id}/two-factor" => {
                let them = signed(&sign_in(&self.server, &made.name).await?)?;
                self.code(&them, true).await?;
                return Ok(None);
            }
            "POST /api/v1/operator/users/{id}/delete" => json!({ "email": email(&made.name) }),
            "POST /api/v1/operator/workspaces/{id}/delete" => json!({ "name": MARK }),
            "PUT /api/v1/business-hours/sites/{id}" | "PUT /api/v1/business-hours/teams/{id}" => {
                json!({ "time_zone": "Europe/Vienna", "week": [] })
            }
            "PUT /api/v1/business-hours/sites/{id}/holidays"
            | "PUT /api/v1/business-hours/teams/{id}/holidays" => json!({ "holidays": [] }),
            "POST /api/v1/teams" => json!({ "name": new_name("Team") }),
            "POST /api/v1/conversations/{id}/assign" => json!({ "to": { "kind": "queue" } }),
            "POST /api/v1/conversations/{id}/messages"
            | "POST /api/v1/conversations/{id}/notes" => {
                json!({ "text": "Hello." })
            }
            "POST /api/v1/notifications/read" | "POST /api/v1/conversations/{id}/snooze" => {
                json!({})
            }
            "PATCH /api/v1/workspace" => json!({ "name": "Far north" }),
            "POST /api/v1/visitors" => json!({ "site_key": self.site_key }),
            _ => return Ok(None),
        }))
    }

    /// The next code of the second factor; `on`: it is enabled. Callers without an account have
    /// none.
    async fn code(&self, caller: &Caller, on: bool) -> Result<String> {
        let Caller::Browser { access, .. } = caller else {
            return Ok("000000".to_owned());
        };
        let body = json!({ "password": PASSWORD });
        let begun = self
            .request(Method::POST, "me/two-factor", access, body)
            .await?;
        let begun: TwoFactorSecret = begun.error_for_status()?.json().await?;
        let phone = AuthenticatorApp::scan(&begun.otpauth_url)?;
        if !on {
            return Ok(phone.code(0));
        }
        let (path, body) = ("me/two-factor/confirm", json!({ "code": phone.code(0) }));
        let confirmed = self.request(Method::POST, path, access, body).await?;
        confirmed.error_for_status()?;
        Ok(phone.code(1))
    }

    /// A user with an unverified address.
    async fn register(&self) -> Result<String> {
        let name = new_name("Pia");
        let body = json!({ "name": name, "email": email(&name), "password": PASSWORD, "workspace": "Pia's" });
        let registered = self.server.post("/api/v1/auth/register", body).await?;
        registered.error_for_status()?;
        Ok(name)
    }

    /// The token of the mailed link to this page.
    async fn link(&self, recipient: &str, page: &str) -> Result<String> {
        let waiting = self.request(Method::GET, "operator/mail", &self.platform, Value::Null);
        let waiting: Vec<WaitingMail> = waiting.await?.error_for_status()?.json().await?;
        let page = format!("/{page}#");
        let mut links = waiting
            .into_iter()
            .filter(|mail| mail.recipient == recipient);
        let link = links.find_map(|mail| mail.link.filter(|link| link.contains(&page)));
        mail::token(&link.context("a link waits")?)
    }

    /// The answer to the owner's creation of an object.
    async fn made(&self, what: &str, body: Value) -> Result<Value> {
        let made = self.request(Method::POST, what, &self.maker, body).await?;
        Ok(made.error_for_status()?.json().await?)
    }

    async fn request(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Value,
    ) -> Result<Response> {
        let body = (!body.is_null()).then_some(body);
        request_as(
            &self.server,
            method,
            &format!("/api/v1/{path}"),
            token,
            body,
        )
        .await
    }
}

impl Caller {
    /// The bearer token that replaces the cookie for programs.
    fn token(self) -> String {
        match self {
            Self::Nobody => String::new(),
            Self::Token(token) | Self::Browser { access: token, .. } => token,
        }
    }

    /// Switches their session to another workspace.
    fn go_on(&mut self, moved: &Response) -> Result<()> {
        if let Self::Browser { access, .. } = self {
            *access = cookie(moved, "deskbell_access").context("they have moved")?;
        }
        Ok(())
    }
}

impl Made {
    /// A unique name.
    pub(super) fn of(id: impl ToString) -> Self {
        Self {
            id: id.to_string(),
            name: String::new(),
        }
    }
}

async fn add_agent(tx: &mut Tx, name: &str, role: Role, place: WorkspaceId) -> Result<UserId> {
    let ada = users::find_user_by_email(tx, &email("Ada")).await?;
    let new = NewUser {
        email: email(name),
        name: name.to_owned(),
        password_hash: ada.context("Ada was first")?.password_hash,
    };
    let user = users::create_user(tx, new).await?;
    credentials::verify_email(tx, user.id, &user.email).await?;
    workspaces::create_membership(tx, place, user.id, role).await?;
    Ok(user.id)
}

async fn sign_in(server: &TestServer, name: &str) -> Result<Response> {
    let body = json!({ "email": email(name), "password": PASSWORD });
    server.post("/api/v1/auth/sign-in", body).await
}

/// The user whom an answer signs in.
fn signed(response: &Response) -> Result<Caller> {
    let value = |name| cookie(response, name).context("they are signed in");
    Ok(Caller::Browser {
        access: value("deskbell_access")?,
        refresh: value("deskbell_refresh")?,
    })
}

/// A network that is not blocked.
fn network() -> String {
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    format!("198.51.{}.{}/32", made / 250, made % 250 + 1)
}

/// A unique name that consists of letters.
fn new_name(name: &str) -> String {
    let digits = MADE.fetch_add(1, Ordering::Relaxed).to_string();
    let letter = |digit: u8| char::from(digit - b'0' + b'a');
    name.chars().chain(digits.bytes().map(letter)).collect()
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
