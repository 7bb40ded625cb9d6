//! Settings: from flags, `DESKBELL_*` variables or a TOML file, in this order of precedence.
//!
//! Everything is read and checked before anything starts; each wrong setting is named, all at once.

mod listen;
mod mail;
pub mod proxies;
mod sources;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use deskbell_base::limits::settings::{LimitSettings, Rules};
use deskbell_base::networks::parse_setting;
pub use deskbell_domain::core::Registration;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use url::Url;

pub use mail::{Pace, SmtpSettings};
use proxies::{ProxyHeader, TrustedProxies};

/// The default of `trusted_proxies`: a proxy on the same machine, the most common setup.
const THIS_MACHINE: &str = "127.0.0.0/8,::1";
/// The default of `proxy_header`: the header of Caddy, nginx, Traefik and most load balancers.
const PROXY_HEADER: &str = "x-forwarded-for";
/// The grace period of presence: a reload or a change of network takes no longer.
const GRACE: Duration = Duration::from_secs(10);

/// The minimum length of the secret: a shorter one could be guessed.
const SECRET_CHARS: usize = 32;

/// The validated settings of a server.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The folder of the embedded database and the secret.
    pub data: PathBuf,
    /// The URL of a Postgres database. `None`: SQLite in `data`.
    pub database_url: Option<String>,
    /// The URL of the NATS server that connects the nodes. `None`: there is one node.
    pub nats_url: Option<Url>,
    /// The secret of the installation. `None`: it is in a file in `data`.
    pub secret: Option<String>,
    /// The address by which browsers reach this server, without a path.
    pub public_url: Url,
    /// Whether requests under any host name are accepted: `public_url` is not set and the server
    /// listens for other machines, so that its name is unknown.
    pub takes_any_name: bool,
    /// The registration mode.
    pub registration: Registration,
    /// The number of days after which an account with an unconfirmed address is deleted.
    pub forget_unconfirmed_after_days: u32,
    /// The mail server. `None`: links are written into the log.
    pub smtp: Option<SmtpSettings>,
    /// The cost of bcrypt, 4 to 31.
    pub bcrypt_cost: u32,
    /// Whether to create a demo workspace at start.
    pub demo: bool,
    /// Whether the demo workspace begins with conversations.
    pub demo_conversations: bool,
    /// The proxies that may name a client's address, and the header in which they do it.
    pub proxies: TrustedProxies,
    /// Networks that are blocked for the whole installation.
    pub blocked_networks: Vec<IpNet>,
    /// Rate limits, concurrency limits and quotas.
    pub limits: Rules,
    /// The filter of the log, in the syntax of `tracing`.
    pub log: String,
    /// The grace period of presence. Not a setting; tests shorten it.
    pub grace: Duration,
    /// Timeouts and retry intervals of mail delivery. Not a setting; tests shorten them.
    pub mail_pace: Pace,
}

/// The settings before validation: the flags of `deskbell serve`. Their doc comments are the text of
/// `--help`.
#[derive(Clone, Debug, Default, clap::Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// Folder of the embedded database and the secret [default: ./data]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// Use this Postgres database instead of SQLite, e.g. postgres://user:password@host/name
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,
    /// NATS server that connects several Deskbell processes on one Postgres, e.g. nats://user:password@host:4222
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nats_url: Option<String>,
    /// Secret that signs tokens, at least 32 characters [default: generated, kept in <data>/secret.key]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Address by which browsers reach this server, e.g. https://chat.example.com [default: http:// and the listen address, or localhost for all networks]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// Who may register an account: off, invited or open [default: invited]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<String>,
    /// Delete accounts with an unconfirmed e-mail address after this many days [default: 7]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forget_unconfirmed_after_days: Option<u32>,
    /// Mail server, e.g. smtp://user:password@host:587 or smtps://user:password@host:465
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_url: Option<String>,
    /// Sender of all e-mail, e.g. "Deskbell <support@example.com>"
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_from: Option<String>,
    /// Cost of password hashes, 4 to 31; each step doubles the time [default: 12]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bcrypt_cost: Option<u32>,
    /// Create a demo workspace with agents, visitors and conversations, in an empty database
    #[arg(long, num_args = 0..=1, default_missing_value = "true")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demo: Option<bool>,
    /// Whether the demo workspace begins with conversations [default: true]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demo_conversations: Option<bool>,
    /// Networks of trusted reverse proxies, e.g. 10.0.0.0/8; "" for none [default: 127.0.0.0/8,::1]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_proxies: Option<String>,
    /// Header in which trusted proxies write the client's address: X-Forwarded-For, Forwarded, X-Real-IP or another header with one address; all others are ignored [default: X-Forwarded-For]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_header: Option<String>,
    /// Networks whose requests are refused, e.g. 203.0.113.0/24,2001:db8::/48
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_networks: Option<String>,
    /// Changed limits, e.g. messages_by_visitor=60/m,open_by_address=off; "off" turns all of them off
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitSettings>,
    /// What to log: error, warn, info, debug or a filter by module [default: info]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
}

/// The settings are invalid: one line per mistake.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(Vec<String>);

impl Config {
    /// Reads the TOML file (if any), the environment and the flags, and validates the result.
    pub fn load(file: Option<PathBuf>, flags: &Settings) -> Result<Self, ConfigError> {
        Self::check(sources::read(file.as_deref(), flags)?)
    }

    /// Validates settings.
    pub(crate) fn check(settings: Settings) -> Result<Self, ConfigError> {
        let mut wrong = Vec::new();

        let listen = listen::parse(settings.listen.as_deref());
        let public_text = match (&settings.public_url, &listen) {
            (Some(text), _) => Some(text.clone()),
            (None, Ok(listen)) => Some(listen::local_url(*listen)),
            (None, Err(_)) => None,
        };
        let listen = listen.map_err(|line| wrong.push(line));
        let public_url = public_text.and_then(|text| {
            let url = Url::parse(&text).ok().filter(is_origin);
            if url.is_none() {
                wrong.push(format!(
                    "public-url: \"{text}\" is not an address; write it like https://chat.example.com, without a path"
                ));
            }
            url
        });

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
                "secret: it has fewer than {SECRET_CHARS} characters; create one with `openssl rand -hex 32`"
            ));
        }

        let registration = match settings.registration.as_deref().unwrap_or("invited") {
            "off" => Some(Registration::Off),
            "invited" => Some(Registration::Invited),
            "open" => Some(Registration::Open),
            other => {
                wrong.push(format!(
                    "registration: \"{other}\" is not off, invited or open; write it like invited"
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
        let networks = parse_setting("trusted-proxies", proxies).map_err(&mut noted);
        let header = settings.proxy_header.as_deref().unwrap_or(PROXY_HEADER);
        let header = ProxyHeader::parse(header).ok_or_else(|| {
            noted(vec![format!(
                "proxy-header: \"{header}\" is not the name of a header; use X-Forwarded-For, Forwarded or X-Real-IP"
            )])
        });
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
                demo_conversations: settings.demo_conversations.unwrap_or(true),
                proxies: TrustedProxies {
                    networks: networks.unwrap_or_default(),
                    header: header.unwrap_or(ProxyHeader::XForwardedFor),
                },
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

    /// Whether browsers reach this server through TLS.
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
