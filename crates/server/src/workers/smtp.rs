//! The SMTP client: sends mails to the mail server.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use deskbell_base::email_text::RenderedEmail;
use deskbell_store::platform::mails::Mail;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use percent_encoding::percent_decode_str;
use url::Host;

use crate::config::{Config, SmtpSettings};

/// The error of a refused mail.
#[derive(Debug)]
pub(super) struct Refusal {
    /// Whether the refusal is permanent.
    pub(super) for_good: bool,
    /// The server's answer, in one line.
    pub(super) why: String,
}

/// The header of automatic mail (RFC 3834), which prevents out-of-office replies.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// A client of one mail server.
pub struct SmtpClient {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// The host in message ids.
    host: String,
    timeout: Duration,
}

impl SmtpClient {
    pub fn new(smtp: &SmtpSettings, config: &Config) -> Self {
        let url = &smtp.url;
        // Host names of non-http URLs keep their spelling, including brackets.
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let builder = match url.scheme() {
            "smtps" => AsyncSmtpTransport::<Tokio1Executor>::relay(host),
            _ if is_this_machine(host) => Ok(
                AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host),
            ),
            _ => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host),
        };
        let mut builder = builder.expect("the system's certificates can be read");
        if let Some(port) = url.port() {
            builder = builder.port(port);
        }
        if let (false, Some(password)) = (url.username().is_empty(), url.password()) {
            let plain = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
            builder = builder.credentials(Credentials::new(plain(url.username()), plain(password)));
        }
        let host = match config.public_url.host() {
            Some(Host::Domain(host)) => host.to_owned(),
            _ => "localhost".to_owned(),
        };
        Self {
            transport: builder
                .timeout(Some(config.mail_pace.timeout))
                .hello_name(ClientId::Domain(host.clone()))
                .build(),
            from: smtp.from.clone(),
            host,
            timeout: config.mail_pace.timeout,
        }
    }

    /// Sends one mail.
    pub(super) async fn send(&self, mail: &Mail, rendered: &RenderedEmail) -> Result<(), Refusal> {
        let to = Address::from_str(&mail.recipient).map_err(Refusal::for_good)?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&rendered.subject)
            .header(AutoSubmitted)
            // The same for each attempt, so that mail programs show it once.
            .message_id(Some(format!("<{}@{}>", mail.id, self.host)))
            .multipart(MultiPart::alternative_plain_html(
                rendered.text(),
                rendered.html(),
            ))
            .map_err(Refusal::for_good)?;
        let sent = self.transport.send(message);
        match tokio::time::timeout(self.timeout, sent).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Refusal {
                for_good: error.is_permanent(),
                why: one_line(&error.to_string()),
            }),
            Err(_) => Err(Refusal {
                for_good: false,
                why: "the mail server does not answer".to_owned(),
            }),
        }
    }
}

impl Refusal {
    fn for_good(why: impl std::fmt::Display) -> Self {
        Self {
            for_good: true,
            why: one_line(&why.to_string()),
        }
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Sanitises the answer of an untrusted server for the log and the database: one line of limited
/// length.
fn one_line(text: &str) -> String {
    let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    line.take(300).collect()
}
