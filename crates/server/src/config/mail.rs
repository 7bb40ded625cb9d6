//! Settings of the mail server.

use std::str::FromStr;
use std::time::Duration;

use lettre::message::Mailbox;
use url::Url;

/// The mail server, and the sender of our mails.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    pub url: Url,
    pub from: Mailbox,
}

/// Timeouts and retry delays of mail delivery. Not a setting; tests shorten them.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The delay before the second attempt; it doubles for each further attempt.
    pub retry: Duration,
    /// The timeout of one mail, from connecting to the end.
    pub timeout: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            retry: Duration::from_secs(30),
            timeout: Duration::from_secs(30),
        }
    }
}

impl SmtpSettings {
    /// Parses both settings; returns a line for each error.
    pub fn check(url: Option<&str>, from: Option<&str>) -> Result<Option<Self>, Vec<String>> {
        if url.is_none() && from.is_none() {
            return Ok(None);
        }
        match (parse_url(url), parse_from(from)) {
            (Ok(url), Ok(from)) => Ok(Some(Self { url, from })),
            (url, from) => Err(url.err().into_iter().chain(from.err()).collect()),
        }
    }
}

/// Parses `smtp-url`, which is required if `mail-from` is set.
fn parse_url(text: Option<&str>) -> Result<Url, String> {
    let Some(text) = text else {
        return Err(
            "smtp-url: it is missing, but mail-from is set; write it like smtp://user:password@mail.example.com:587"
                .to_owned(),
        );
    };
    let url = Url::parse(text).ok();
    url.filter(|url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host())
        .ok_or_else(|| {
            "smtp-url: write it like smtp://user:password@mail.example.com:587, or with smtps:// for TLS from the start"
                .to_owned()
        })
}

/// Parses `mail-from`, which is required if `smtp-url` is set.
fn parse_from(text: Option<&str>) -> Result<Mailbox, String> {
    let Some(text) = text else {
        return Err(
            "mail-from: it is missing, but smtp-url is set; write it like Deskbell <support@example.com>"
                .to_owned(),
        );
    };
    Mailbox::from_str(text).map_err(|_| {
        format!(
            "mail-from: \"{text}\" is not an address; write it like Deskbell <support@example.com>"
        )
    })
}
