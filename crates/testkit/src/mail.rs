//! A mail server on loopback whose inbox tests read, and which can be told to misbehave.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use mail_parser::MessageParser;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Nothing in a test takes this long.
const PATIENCE: Duration = Duration::from_secs(20);
/// No letter of ours is longer.
const LETTER_BYTES: u64 = 64 * 1024;

/// What the server does with the next letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Takes it.
    Takes,
    /// 451: not now.
    Later,
    /// 550: never.
    Never,
    /// Listens, and says nothing.
    Silent,
}

/// A mail server that listens.
pub struct MailServer {
    port: u16,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    inbox: Mutex<Vec<Letter>>,
    moods: Mutex<VecDeque<Mood>>,
    /// Letters that somebody tried to hand over.
    tries: Mutex<usize>,
    changed: Notify,
}

/// A letter that was taken.
#[derive(Clone, Debug)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// As it came.
    pub raw: String,
}

impl Letter {
    /// The token of its link.
    pub fn token(&self) -> Result<String> {
        let link = self.text.lines().find(|line| line.starts_with("http"));
        token(link.context("a link")?)
    }
}

/// What stands in a link's fragment.
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
                    let _ = state.talk(stream).await;
                });
            }
        });
        Ok(Self { port, state, task })
    }

    /// For `--smtp-url`.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// What it does with the next letters, one after the other; then it takes all.
    pub fn expect(&self, moods: impl IntoIterator<Item = Mood>) {
        lock(&self.state.moods).extend(moods);
    }

    /// Everything that was taken.
    pub fn inbox(&self) -> Vec<Letter> {
        lock(&self.state.inbox).clone()
    }

    /// Waits for a letter to somebody about something; it is gone from the inbox then.
    pub async fn next(&self, to: &str, subject: &str) -> Result<Letter> {
        self.wait(|| {
            let mut inbox = lock(&self.state.inbox);
            let place = inbox
                .iter()
                .position(|letter| letter.to == to && letter.subject == subject);
            place.map(|place| inbox.remove(place))
        })
        .await
        .with_context(|| format!("\"{subject}\" to {to}"))
    }

    /// Waits until so many letters were tried to be handed over, taken or not.
    pub async fn tried(&self, times: usize) -> Result<()> {
        let tried = || (*lock(&self.state.tries) >= times).then_some(());
        self.wait(tried).await.context("tries")
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
        let found = tokio::time::timeout(PATIENCE, found).await;
        found.with_context(|| format!("it did not come; there are {:?}", self.inbox()))
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    /// As much of SMTP (RFC 5321) as one client speaks.
    async fn talk(&self, stream: TcpStream) -> Result<()> {
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
                    match self.next_mood() {
                        Mood::Takes => "250 good\r\n",
                        Mood::Later => "451 not now\r\n",
                        Mood::Never => "550 there is nobody of this name\r\n",
                        Mood::Silent => return std::future::pending().await,
                    }
                }
                "DATA" => {
                    stream.get_mut().write_all(b"354 go on\r\n").await?;
                    let letter = read_letter(&mut stream).await?;
                    self.take(&to, &letter)?;
                    "250 taken\r\n"
                }
                "QUIT" => {
                    stream.get_mut().write_all(b"221 bye\r\n").await?;
                    return Ok(());
                }
                _ => "250 good\r\n",
            };
            stream.get_mut().write_all(answer.as_bytes()).await?;
            line.clear();
        }
        Ok(())
    }

    fn next_mood(&self) -> Mood {
        let mood = lock(&self.moods).pop_front().unwrap_or(Mood::Takes);
        *lock(&self.tries) += 1;
        self.changed.notify_waiters();
        mood
    }

    fn take(&self, to: &str, raw: &str) -> Result<()> {
        let message = MessageParser::default().parse(raw).context("a message")?;
        let text = message.body_text(0).unwrap_or_default().into_owned();
        let html = message.body_html(0).unwrap_or_default().into_owned();
        lock(&self.inbox).push(Letter {
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

/// Up to the line with nothing but a dot; dots that were doubled are single again.
async fn read_letter(stream: &mut (impl AsyncBufReadExt + Unpin)) -> Result<String> {
    let mut letter = String::new();
    let mut stream = stream.take(LETTER_BYTES);
    loop {
        let mut line = String::new();
        anyhow::ensure!(stream.read_line(&mut line).await? > 0, "a whole letter");
        match line.strip_prefix('.') {
            Some("\r\n") => return Ok(letter),
            Some(rest) => letter.push_str(rest),
            None => letter.push_str(&line),
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
