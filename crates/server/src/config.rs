//! Settings: from flags, `DESKBELL_*` variables or a TOML file, in this order of precedence.
//!
//! Everything is read and checked before anything starts; each wrong setting is named, all at once.

mod mail;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use deskbell_domain::core::Registration;
pub use deskbell_domain::limits::settings::{LimitSettings, Rules};
use deskbell_domain::networks::parse_setting;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use url::Url;

pub use mail::{Pace, SmtpSettings};

/// A proxy on the same machine, which is how most people run it.
const THIS_MACHINE: &str = "127.0.0.0/8,::1";
/// A reload, or a network that changes, takes no longer.
const GRACE: Duration = Duration::from_secs(10);

/// A shorter secret could be guessed.
const SECRET_CHARS: usize = 32;

/// The settings, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the embedded database and the secret live.
    pub data: PathBuf,
    /// `None`: SQLite in `data`.
    pub database_url: Option<String>,
    /// Where nodes on one database hear each other; `None`: this is the only one.
    pub nats_url: Option<Url>,
    /// `None`: it lies in `data`.
    pub secret: Option<String>,
    /// How browsers reach this server; no path.
    pub public_url: Url,
    /// `public_url` is not set, and others than this machine reach us: under whatever name.
    pub takes_any_name: bool,
    /// Who may register.
    pub registration: Registration,
    /// Who registers and does not confirm their address is forgotten after so many days.
    pub forget_unconfirmed_after_days: u32,
    /// Which mail server takes our letters; `None`: links are written into the log.
    pub smtp: Option<SmtpSettings>,
    /// bcrypt's cost, 4 to 31.
    pub bcrypt_cost: u32,
    /// Whether to make a demo workspace at start.
    pub demo: bool,
    /// Whose word is taken for a client's address.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks that get no answer.
    pub blocked_networks: Vec<IpNet>,
    /// How much one visitor, address or workspace may ask for, and a workspace have.
    pub limits: Rules,
    /// What to log, as `tracing` filters are written.
    pub log: String,
    /// Who comes back within this time had not left; no setting, tests shorten it.
    pub grace: Duration,
    /// How hard the mail server is asked; no setting, tests shorten it.
    pub mail_pace: Pace,
}

/// The settings as they are written; the flags of `deskbell serve`.
#[derive(Clone, Debug, Default, clap::Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// Folder for the embedded database and the secret [default: ./data]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// Use this Postgres instead of the embedded database: postgres://user:password@host/name
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,
    /// Several processes on one Postgres hear each other through this NATS: nats://user:password@host:4222
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nats_url: Option<String>,
    /// What tokens are signed with, at least 32 characters [default: in <data>/secret.key]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// How browsers reach this server, as in https://chat.example.com [default: http://<listen>]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// Who may register: off, invited or open [default: off]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<String>,
    /// Forget who has registered and not confirmed their address after so many days [default: 7]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forget_unconfirmed_after_days: Option<u32>,
    /// Send mail through this server: smtp://user:password@host:587, or smtps://
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_url: Option<String>,
    /// In whose name mail is sent, as in "Deskbell <support@example.com>"
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_from: Option<String>,
    /// Cost of password hashes, 4 to 31 [default: 12]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bcrypt_cost: Option<u32>,
    /// Make a demo workspace with a demo agent, for trying things out
    #[arg(long, num_args = 0..=1, default_missing_value = "true")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demo: Option<bool>,
    /// Networks of proxies that say whose request they pass on, as in 10.0.0.0/8; "" for none [default: 127.0.0.0/8,::1]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_proxies: Option<String>,
    /// Networks that get no answer from this server, as in 203.0.113.0/24
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_networks: Option<String>,
    /// Limits that are not to be the usual ones, as in messages_by_visitor=60/m; or off
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitSettings>,
    /// What to log: error, warn, info, debug or a filter by module [default: info]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
}

/// Everything that is wrong with the settings, a line each.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(Vec<String>);

impl Config {
    /// Reads the TOML file (if any), the environment and the flags, and checks the result.
    pub fn load(file: Option<PathBuf>, flags: &Settings) -> Result<Self, ConfigError> {
        let mut figment = Figment::new();
        if let Some(file) = file {
            if !file.is_file() {
                return Err(ConfigError(vec![format!(
                    "--config: there is no file {}",
                    file.display()
                )]));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let environment = Env::prefixed("DESKBELL_").ignore(&["config"]);
        let settings: Settings = figment
            .merge(environment)
            .merge(Serialized::defaults(flags))
            .extract()
            .map_err(|errors| {
                ConfigError(
                    errors
                        .into_iter()
                        .map(|error| format!("settings: {error}"))
                        .collect(),
                )
            })?;
        Self::check(settings)
    }

    /// Checks settings that come from nowhere else.
    pub(crate) fn check(settings: Settings) -> Result<Self, ConfigError> {
        let mut wrong = Vec::new();

        let listen_text = settings.listen.as_deref().unwrap_or("127.0.0.1:8080");
        let listen = listen_text.parse::<SocketAddr>();
        if listen.is_err() {
            wrong.push(format!(
                "listen: \"{listen_text}\" is not an address and a port; write it like 127.0.0.1:8080"
            ));
        }

        let public_text = settings
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{listen_text}"));
        let public_url = Url::parse(&public_text).ok().filter(is_origin);
        if public_url.is_none() {
            wrong.push(format!(
                "public-url: \"{public_text}\" is not an address; write it like https://chat.example.com, without a path"
            ));
        }

        if let Some(url) = &settings.database_url
            && !(url.starts_with("postgres://") || url.starts_with("postgresql://"))
        {
            wrong.push(
                "database-url: only postgres:// is supported; leave it out for SQLite".to_owned(),
            );
        }

        let nats_url = settings.nats_url.as_deref();
        let nats_url = nats_url.and_then(|text| parse_nats_url(text, &mut wrong));
        if settings.nats_url.is_some() && settings.database_url.is_none() {
            wrong.push(
                "nats-url: several processes need one database: set database-url to a Postgres"
                    .to_owned(),
            );
        }

        if let Some(secret) = &settings.secret
            && secret.chars().count() < SECRET_CHARS
        {
            wrong.push(format!(
                "secret: it has fewer than {SECRET_CHARS} characters; `openssl rand -hex 32` makes a good one"
            ));
        }

        let registration = match settings.registration.as_deref().unwrap_or("off") {
            "off" => Some(Registration::Off),
            "invited" => Some(Registration::Invited),
            "open" => Some(Registration::Open),
            other => {
                wrong.push(format!(
                    "registration: \"{other}\" is not off, invited or open"
                ));
                None
            }
        };

        let bcrypt_cost = settings.bcrypt_cost.unwrap_or(12);
        if !(4..=31).contains(&bcrypt_cost) {
            wrong.push(format!(
                "bcrypt-cost: {bcrypt_cost} is not between 4 and 31"
            ));
        }

        let forget_unconfirmed_after_days = settings.forget_unconfirmed_after_days.unwrap_or(7);
        if !(1..=3650).contains(&forget_unconfirmed_after_days) {
            wrong.push(format!(
                "forget-unconfirmed-after-days: {forget_unconfirmed_after_days} is not between 1 and 3650"
            ));
        }

        let mut noted = |lines: Vec<String>| wrong.extend(lines);
        let proxies = settings.trusted_proxies.as_deref().unwrap_or(THIS_MACHINE);
        let trusted_proxies = parse_setting("trusted-proxies", proxies).map_err(&mut noted);
        let blocked = settings.blocked_networks.as_deref().unwrap_or_default();
        let blocked_networks = parse_setting("blocked-networks", blocked).map_err(&mut noted);
        let smtp = SmtpSettings::check(settings.smtp_url.as_deref(), settings.mail_from.as_deref());
        let smtp = smtp.map_err(&mut noted);
        let limits = Rules::check(settings.limits.as_ref()).map_err(&mut noted);

        match (listen, public_url, registration) {
            (Ok(listen), Some(public_url), Some(registration)) if wrong.is_empty() => Ok(Self {
                listen,
                data: settings.data.unwrap_or_else(|| PathBuf::from("data")),
                database_url: settings.database_url,
                nats_url,
                secret: settings.secret,
                public_url,
                takes_any_name: settings.public_url.is_none() && !listen.ip().is_loopback(),
                registration,
                forget_unconfirmed_after_days,
                smtp: smtp.unwrap_or_default(),
                bcrypt_cost,
                demo: settings.demo.unwrap_or(false),
                trusted_proxies: trusted_proxies.unwrap_or_default(),
                blocked_networks: blocked_networks.unwrap_or_default(),
                limits: limits.unwrap_or_default(),
                log: settings.log.unwrap_or_else(|| "info".to_owned()),
                grace: GRACE,
                mail_pace: Pace::default(),
            }),
            _ => Err(ConfigError(wrong)),
        }
    }

    /// The origin of our own pages, as browsers write it: `https://chat.example.com`.
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// Whether browsers reach us through TLS.
    pub fn is_secure(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

fn parse_nats_url(text: &str, wrong: &mut Vec<String>) -> Option<Url> {
    let url = Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "nats" | "tls") && url.has_host());
    if url.is_none() {
        wrong.push(
            "nats-url: write it like nats://user:password@host:4222, or with tls:// for encryption"
                .to_owned(),
        );
    }
    url
}

fn is_origin(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.path() == "/"
        && url.query().is_none()
}
