//! A local SMTP server with an inbox for tests and configurable failures.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use mail_parser::MessageParser;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// The timeout of all waiting.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The size limit of a mail.
const MAX_MAIL_BYTES: u64 = 64 * 1024;

/// How the server answers the next mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpAnswer {
    /// Accepts it.
    Accept,
    /// 451: a temporary error.
    TemporaryError,
    /// 550: a permanent error.
    PermanentError,
    /// Accepts the connection and never answers.
    Hang,
}

/// A running SMTP server.
pub struct MailServer {
    port: u16,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    inbox: Mutex<Vec<Email>>,
    answers: Mutex<VecDeque<SmtpAnswer>>,
    /// The number of mails that clients tried to send.
    attempts: Mutex<usize>,
    changed: Notify,
}

/// A received mail.
#[derive(Clone, Debug)]
pub struct Email {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// The raw text.
    pub raw: String,
}

impl Email {
    /// The token of the link in the mail.
    pub fn token(&self) -> Result<String> {
        let link = self.text.lines().find(|line| line.starts_with("http"));
        token(link.context("a link")?)
    }
}

/// The token in the fragment of a link.
pub fn token(link: &str) -> Result<String> {
    let (_, token) = link.split_once('#').context("a fragment")?;
    Ok(token.to_owned())
}

impl MailServer {
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(State::default());
        let shared = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = shared.clone();
                tokio::spawn(async move {
                    let _ = state.serve_client(stream).await;
                });
            }
        });
        Ok(Self { port, state, task })
    }

    /// The value of `--smtp-url`.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Sets the answers to the next mails, in order; later ones are accepted.
    pub fn expect(&self, answers: impl IntoIterator<Item = SmtpAnswer>) {
        lock(&self.state.answers).extend(answers);
    }

    /// All received mails.
    pub fn inbox(&self) -> Vec<Email> {
        lock(&self.state.inbox).clone()
    }

    /// Waits for a mail with this recipient and subject, and removes it from the inbox.
    pub async fn next(&self, to: &str, subject: &str) -> Result<Email> {
        self.wait(|| {
            let mut inbox = lock(&self.state.inbox);
            let index = inbox
                .iter()
                .position(|mail| mail.to == to && mail.subject == subject);
            index.map(|index| inbox.remove(index))
        })
        .await
        .with_context(|| format!("\"{subject}\" to {to}"))
    }

    /// Waits until clients have tried to send this many mails, accepted or not.
    pub async fn wait_for_attempts(&self, times: usize) -> Result<()> {
        let is_reached = || (*lock(&self.state.attempts) >= times).then_some(());
        self.wait(is_reached).await.context("attempts")
    }

    async fn wait<T>(&self, mut ready: impl FnMut() -> Option<T>) -> Result<T> {
        let found = async {
            loop {
                let changed = self.state.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(found) = ready() {
                    return found;
                }
                changed.await;
            }
        };
        let found = tokio::time::timeout(TIMEOUT, found).await;
        found.with_context(|| format!("the mail did not arrive; the inbox has {:?}", self.inbox()))
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    /// The part of SMTP (RFC 5321) that one client uses.
    async fn serve_client(&self, stream: TcpStream) -> Result<()> {
        let mut stream = BufReader::new(stream);
        let mut to = String::new();
        stream.get_mut().write_all(b"220 inbox\r\n").await?;
        let mut line = String::new();
        while stream.read_line(&mut line).await? > 0 {
            let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            let answer = match verb.as_str() {
                "EHLO" => "250-inbox\r\n250 8BITMIME\r\n",
                "RCPT" => {
                    to = between(&line, '<', '>').to_owned();
                    match self.next_answer() {
                        SmtpAnswer::Accept => "250 OK\r\n",
                        SmtpAnswer::TemporaryError => "451 try again later\r\n",
                        SmtpAnswer::PermanentError => "550 no such mailbox\r\n",
                        SmtpAnswer::Hang => return std::future::pending().await,
                    }
                }
                "DATA" => {
                    stream.get_mut().write_all(b"354 send the mail\r\n").await?;
                    let mail = read_mail(&mut stream).await?;
                    self.store(&to, &mail)?;
                    "250 accepted\r\n"
                }
                "QUIT" => {
                    stream.get_mut().write_all(b"221 bye\r\n").await?;
                    return Ok(());
                }
                _ => "250 OK\r\n",
            };
            stream.get_mut().write_all(answer.as_bytes()).await?;
            line.clear();
        }
        Ok(())
    }

    fn next_answer(&self) -> SmtpAnswer {
        let answer = lock(&self.answers)
            .pop_front()
            .unwrap_or(SmtpAnswer::Accept);
        *lock(&self.attempts) += 1;
        self.changed.notify_waiters();
        answer
    }

    fn store(&self, to: &str, raw: &str) -> Result<()> {
        let message = MessageParser::default().parse(raw).context("a message")?;
        let text = message.body_text(0).unwrap_or_default().into_owned();
        let html = message.body_html(0).unwrap_or_default().into_owned();
        lock(&self.inbox).push(Email {
            to: to.to_owned(),
            subject: message.subject().unwrap_or_default().to_owned(),
            text,
            html,
            raw: raw.to_owned(),
        });
        self.changed.notify_waiters();
        Ok(())
    }
}

/// Reads up to the line with a single dot and removes dot stuffing.
async fn read_mail(stream: &mut (impl AsyncBufReadExt + Unpin)) -> Result<String> {
    let mut mail = String::new();
    let mut stream = stream.take(MAX_MAIL_BYTES);
    loop {
        let mut line = String::new();
        anyhow::ensure!(stream.read_line(&mut line).await? > 0, "a whole mail");
        match line.strip_prefix('.') {
            Some("\r\n") => return Ok(mail),
            Some(rest) => mail.push_str(rest),
            None => mail.push_str(&line),
        }
    }
}

fn between(text: &str, from: char, to: char) -> &str {
    let rest = text.split_once(from).map_or("", |(_, rest)| rest);
    rest.split_once(to).map_or("", |(inside, _)| inside)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
