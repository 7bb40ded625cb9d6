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
        let (url, from) = match (url, from) {
            (None, None) => return Ok(None),
            (Some(_), None) => {
                return Err(vec![
                    "mail-from: it is missing, but smtp-url is set; write it like Deskbell <support@example.com>"
                        .to_owned(),
                ]);
            }
            (None, Some(_)) => {
                return Err(vec![
                    "smtp-url: it is missing, but mail-from is set; write it like smtp://user:password@mail.example.com:587"
                        .to_owned(),
                ]);
            }
            (Some(url), Some(from)) => (url, from),
        };
        let mut wrong = Vec::new();
        let parsed = Url::parse(url)
            .ok()
            .filter(|url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host());
        if parsed.is_none() {
            wrong.push(
                "smtp-url: write it like smtp://user:password@mail.example.com:587, or with smtps:// for TLS from the start"
                    .to_owned(),
            );
        }
        let from = Mailbox::from_str(from).map_err(|_| {
            wrong.push(format!(
                "mail-from: \"{from}\" is not an address; write it like Deskbell <support@example.com>"
            ));
        });
        match (parsed, from) {
            (Some(url), Ok(from)) => Ok(Some(Self { url, from })),
            _ => Err(wrong),
        }
    }
}
