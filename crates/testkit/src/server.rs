//! A running server with two workspaces, on either database.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result};
use deskbell::Running;
use deskbell::config::{Config, LimitSettings, Pace, Settings};
use deskbell_protocol::Role;
use deskbell_protocol::api::identity::auth::Register;
use deskbell_protocol::api::identity::setup::{Setup, SetupDone};
use deskbell_protocol::api::platform::mail::WaitingMail;
use deskbell_store::Store;
use deskbell_store::identity::users::NewUser;
use deskbell_store::identity::{credentials, users};
use deskbell_store::workspace::workspaces;
use deskbell_testkit_db::postgres_proxy::PostgresProxy;
use deskbell_testkit_db::temp_folder;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use reqwest::header::SET_COOKIE;
use reqwest::{Client, Response, StatusCode};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use serde_json::Value;
use tempfile::TempDir;

use crate::mail::MailServer;
use crate::{mail, migrated};

/// The name of the database file in the data folder.
const SQLITE_FILE: &str = "deskbell.db";

/// The database engine of a test server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// A server in this process on a free port; its data is deleted with it.
pub struct TestServer {
    running: Option<Running>,
    settings: Settings,
    /// Overrides the grace period of presence.
    grace: Option<Duration>,
    mail_pace: Pace,
    data: TempDir,
    http: Client,
    /// The access token of the owner.
    owner: OnceLock<String>,
}

impl TestServer {
    /// Starts an empty server, without set-up and without limits.
    pub async fn empty(database: Database) -> Result<Self> {
        Self::with_limits(database, "off").await
    }

    /// Starts an empty server with limits, in the format of `--limits`. It trusts the test as a
    /// proxy.
    pub async fn with_limits(database: Database, limits: &str) -> Result<Self> {
        Self::on(url(database).await?, limits, None).await
    }

    /// Like [`TestServer::with_limits`], without a trusted proxy.
    pub async fn without_proxies(database: Database, limits: &str) -> Result<Self> {
        Self::on(url(database).await?, limits, Some("")).await
    }

    /// An empty server on Postgres, and the proxy through which it reaches the database.
    pub async fn behind_postgres_proxy() -> Result<(Self, PostgresProxy)> {
        let url = migrated::postgres_url().await?;
        let proxy = PostgresProxy::start(&url).await?;
        let server = Self::on(Some(proxy.through(&url)), "off", None).await?;
        Ok((server, proxy))
    }

    async fn on(database_url: Option<String>, limits: &str, proxies: Option<&str>) -> Result<Self> {
        let settings = Settings {
            database_url,
            limits: Some(LimitSettings::Text(limits.to_owned())),
            trusted_proxies: proxies.map(str::to_owned),
            ..Settings::default()
        };
        Self::start(settings, temp_folder::new()?).await
    }

    /// Starts an empty server with these settings.
    pub async fn with_settings(database: Database, settings: Settings) -> Result<Self> {
        let settings = Settings {
            database_url: url(database).await?,
            ..settings
        };
        Self::start(settings, TempDir::new()?).await
    }

    /// Starts an empty server without limits and with this registration mode.
    pub async fn with_registration(database: Database, registration: &str) -> Result<Self> {
        let settings = Settings {
            database_url: url(database).await?,
            limits: Some(LimitSettings::Text("off".to_owned())),
            registration: Some(registration.to_owned()),
            ..Settings::default()
        };
        Self::start(settings, temp_folder::new()?).await
    }

    /// Starts an empty server without limits that sends mail to the returned mail server.
    pub async fn with_mail(database: Database) -> Result<(Self, MailServer)> {
        Self::with_mail_and_limits(database, "off").await
    }

    /// Starts an empty server with limits that sends mail to the returned mail server.
    pub async fn with_mail_and_limits(
        database: Database,
        limits: &str,
    ) -> Result<(Self, MailServer)> {
        let inbox = MailServer::start().await?;
        let settings = Settings {
            database_url: url(database).await?,
            limits: Some(LimitSettings::Text(limits.to_owned())),
            smtp_url: Some(inbox.url()),
            mail_from: Some("Deskbell <bell@north.example>".to_owned()),
            ..Settings::default()
        };
        let server = Self::start(settings, temp_folder::new()?).await?;
        Ok((server, inbox))
    }

    /// Starts a node of a cluster with this secret, without limits.
    pub async fn node(settings: Settings, secret: &[u8]) -> Result<Self> {
        let data = temp_folder::new()?;
        std::fs::write(data.path().join("secret.key"), secret)?;
        let settings = Settings {
            limits: Some(LimitSettings::Text("off".to_owned())),
            ..settings
        };
        Self::start(settings, data).await
    }

    async fn start(settings: Settings, data: TempDir) -> Result<Self> {
        let settings = Settings {
            listen: Some("127.0.0.1:0".to_owned()),
            data: Some(data.path().to_owned()),
            registration: Some(settings.registration.unwrap_or_else(|| "open".to_owned())),
            bcrypt_cost: Some(4),
            ..settings
        };
        if settings.database_url.is_none() {
            migrated::create_sqlite_file(data.path().join(SQLITE_FILE)).await?;
        }
        let mut config = Config::load(None, &settings)?;
        config.mail_pace = MAIL_PACE;
        let running = deskbell::start(config).await?;
        Ok(Self {
            running: Some(running),
            settings,
            grace: None,
            mail_pace: MAIL_PACE,
            data,
            http: Client::new(),
            owner: OnceLock::new(),
        })
    }

    /// Stops the server and starts it again on the same data and the same address.
    pub async fn restart(&mut self) -> Result<()> {
        self.settings.listen = Some(self.host());
        self.running.take().context("it is running")?.stop().await?;
        let mut config = Config::load(None, &self.settings)?;
        config.grace = self.grace.unwrap_or(config.grace);
        config.mail_pace = self.mail_pace;
        self.running = Some(deskbell::start(config).await?);
        Ok(())
    }

    /// Stops the server.
    pub async fn stop(mut self) -> Result<()> {
        self.running.take().context("it is running")?.stop().await
    }

    /// Restarts the server with another grace period of presence.
    pub async fn set_grace(&mut self, grace: Duration) -> Result<()> {
        self.grace = Some(grace);
        self.restart().await
    }

    /// Restarts the server with other timeouts for mail servers.
    pub async fn set_mail_pace(&mut self, pace: Pace) -> Result<()> {
        self.mail_pace = pace;
        self.restart().await
    }

    /// Makes a user an agent of a teammate's workspace, unless they are one. Returns their access
    /// token.
    pub async fn add_agent(&self, name: &str, teammate: &str) -> Result<String> {
        let store = self.store().await?;
        let mut tx = store.begin(0).await?;
        if users::find_user_by_email(&mut tx, &email(name))
            .await?
            .is_none()
        {
            let teammate = users::find_user_by_email(&mut tx, &email(teammate)).await?;
            let teammate = teammate.context("the teammate works here")?;
            let workspaces = workspaces::list_memberships(&mut tx, teammate.id).await?;
            let new = NewUser {
                email: email(name),
                name: name.to_owned(),
                password_hash: teammate.password_hash,
            };
            let user = users::create_user(&mut tx, new).await?;
            credentials::verify_email(&mut tx, user.id, &user.email).await?;
            for workspace in workspaces {
                let id = workspace.workspace_id;
                workspaces::create_membership(&mut tx, id, user.id, Role::Agent).await?;
            }
        }
        tx.commit().await?;
        store.close().await;
        let body = serde_json::json!({ "email": email(name), "password": PASSWORD });
        let response = self.post("/api/v1/auth/sign-in", body).await?;
        cookie(&response, "deskbell_access").context("signing in")
    }

    /// Signs the same token with an expiry in the past.
    pub fn expired(&self, token: &str) -> Result<String> {
        self.expiring(token, 1)
    }

    /// Signs the same token with another expiry (Unix seconds).
    pub fn expiring(&self, token: &str, end: i64) -> Result<String> {
        let secret = std::fs::read(self.data().join("secret.key"))?;
        sign_with_expiry(&secret, token, end)
    }

    /// Opens its database directly.
    pub async fn store(&self) -> Result<Store> {
        Ok(match &self.settings.database_url {
            Some(url) => Store::open_postgres(url).await?,
            None => Store::open_sqlite(&self.data.path().join(SQLITE_FILE)).await?,
        })
    }

    /// The host and port.
    pub fn host(&self) -> String {
        self.running
            .as_ref()
            .map(|running| running.address.to_string())
            .unwrap_or_default()
    }

    /// The URL of its database; `None` for SQLite.
    pub fn database_url(&self) -> Option<&str> {
        self.settings.database_url.as_deref()
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.data.path().to_owned()
    }

    pub async fn get(&self, path: &str) -> Result<Response> {
        Ok(self
            .http
            .get(format!("http://{}{path}", self.host()))
            .send()
            .await?)
    }

    pub async fn post(&self, path: &str, body: Value) -> Result<Response> {
        let request = self
            .http
            .post(format!("http://{}{path}", self.host()))
            .header("x-deskbell", "1");
        Ok(request.json(&body).send().await?)
    }

    /// A request for the test to complete.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("http://{}{path}", self.host()))
    }

    /// Runs the first-run set-up. Returns the site and the owner's access token.
    pub async fn set_up(&self, owner: &str, workspace: &str) -> Result<(SetupDone, String)> {
        let body = Setup {
            name: owner.to_owned(),
            email: email(owner),
            password: PASSWORD.to_owned(),
            workspace: workspace.to_owned(),
            site: format!("{workspace} shop"),
            allowed_origins: vec!["https://shop.example".to_owned()],
        };
        let response = self
            .post("/api/v1/setup", serde_json::to_value(body)?)
            .await?;
        anyhow::ensure!(
            response.status() == StatusCode::CREATED,
            "set-up: {}",
            response.text().await?
        );
        let token = cookie(&response, "deskbell_access").context("set-up signs in")?;
        let _ = self.owner.set(token.clone());
        Ok((response.json().await?, token))
    }

    /// Registers a user with a new workspace. Returns their access token.
    pub async fn register(&self, name: &str, workspace: &str) -> Result<String> {
        let body = Register {
            name: name.to_owned(),
            email: email(name),
            password: PASSWORD.to_owned(),
            workspace: workspace.to_owned(),
        };
        let response = self
            .post("/api/v1/auth/register", serde_json::to_value(body)?)
            .await?;
        anyhow::ensure!(
            response.status() == StatusCode::ACCEPTED,
            "register: {}",
            response.text().await?
        );
        let token = mail::token(&self.link_to(&email(name)).await?)?;
        let body = serde_json::json!({ "token": token });
        let response = self.post("/api/v1/auth/verify-email", body).await?;
        anyhow::ensure!(
            response.status() == StatusCode::NO_CONTENT,
            "verify: {}",
            response.text().await?
        );
        let body = serde_json::json!({ "email": email(name), "password": PASSWORD });
        let response = self.post("/api/v1/auth/sign-in", body).await?;
        cookie(&response, "deskbell_access").context("signing in")
    }

    /// The newest link in the mail queue for a recipient, as an operator sees it without a mail
    /// server.
    pub async fn link_to(&self, recipient: &str) -> Result<String> {
        let owner = self.owner.get().context("it is set up")?;
        let request = self.request(reqwest::Method::GET, "/api/v1/operator/mail");
        let response = request.bearer_auth(owner).send().await?;
        let waiting: Vec<WaitingMail> = response.error_for_status()?.json().await?;
        let mail = waiting.into_iter().find(|mail| mail.recipient == recipient);
        mail.and_then(|mail| mail.link).context("a link waits")
    }
}

/// The URL of a new database; `None` for SQLite.
async fn url(database: Database) -> Result<Option<String>> {
    Ok(match database {
        Database::Sqlite => None,
        Database::Postgres => Some(migrated::postgres_url().await?),
    })
}

/// Short retry delays and a long timeout for mail servers.
const MAIL_PACE: Pace = Pace {
    retry: Duration::from_millis(20),
    timeout: Duration::from_secs(10),
};

/// The password of every user.
pub const PASSWORD: &str = "Rings-2-bells";

/// The e-mail address of a user.
pub fn email(name: &str) -> String {
    format!("{}@north.example", name.to_lowercase().replace(' ', "."))
}

/// The value of a cookie that a response sets, with or without the `__Host-` prefix.
pub fn cookie(response: &Response, name: &str) -> Option<String> {
    response
        .headers()
        .get_all(SET_COOKIE)
        .iter()
        .find_map(|header| {
            let (key, rest) = header.to_str().ok()?.split_once('=')?;
            let key = key.strip_prefix("__Host-").unwrap_or(key);
            (key == name).then(|| rest.split(';').next().unwrap_or_default().to_owned())
        })
}

/// The same token with another expiry (Unix seconds), signed with the server's secret.
pub fn sign_with_expiry(secret: &[u8], token: &str, end: i64) -> Result<String> {
    deskbell::install_jwt_crypto();
    let mut claims: Value = jsonwebtoken::dangerous::insecure_decode(token)?.claims;
    claims["exp"] = end.into();
    let derived = signing_key(secret)?;
    let mut rules = Validation::new(Algorithm::HS256);
    (rules.validate_exp, rules.validate_aud) = (false, false);
    let is_derived =
        jsonwebtoken::decode::<Value>(token, &DecodingKey::from_secret(&derived), &rules);
    // Releases before derived keys signed with the secret itself.
    let key = match is_derived {
        Ok(_) => EncodingKey::from_secret(&derived),
        Err(_) => EncodingKey::from_secret(secret),
    };
    Ok(jsonwebtoken::encode(&Header::default(), &claims, &key)?)
}

/// The signing key of a server with this secret: HKDF-SHA256 of the secret.
pub fn signing_key(secret: &[u8]) -> Result<[u8; 32]> {
    struct KeyLength;
    impl KeyType for KeyLength {
        fn len(&self) -> usize {
            32
        }
    }
    let mut key = [0; 32];
    Salt::new(HKDF_SHA256, b"deskbell tokens")
        .extract(secret)
        .expand(&[b"sign tokens"], KeyLength)
        .and_then(|derived| derived.fill(&mut key))
        .map_err(|_| anyhow::anyhow!("a key of this length can be derived"))?;
    Ok(key)
}
