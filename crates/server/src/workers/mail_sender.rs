//! The mail worker: sends due mails of the queue, and retries those that the mail server refused
//! temporarily.
//!
//! Without a mail server it logs the links instead, and an operator finds them in a list; so a
//! small installation works without mail.

use std::sync::Arc;
use std::time::Duration;

use deskbell_base::clock;
use deskbell_base::error::AppResult;
use deskbell_domain::core::Core;
use deskbell_domain::mail;
use deskbell_store::identity::email_tokens;
use deskbell_store::platform::mails::{self, Mail};
use futures_util::future::join_all;

use crate::config::Pace;
use crate::publish::Wakes;
use crate::workers::smtp::{Refusal, SmtpClient};

/// The delay of the first poll; see [`super`].
const FIRST: Duration = Duration::from_millis(500);
/// The polling interval: other nodes may have left mails, and retries become due.
const POLL_INTERVAL: Duration = Duration::from_secs(15);
/// The number of mails that are sent in parallel.
const BATCH: i64 = 8;
/// The maximum number of attempts.
const ATTEMPTS: i64 = 12;
/// The longest delay between two attempts, in milliseconds: an hour.
const LONGEST_WAIT_MS: i64 = 3_600_000;
/// The interval at which expired mails are deleted.
const SWEEP: Duration = Duration::from_secs(3_600);

/// The handles of the worker.
pub struct MailSender {
    pub core: Core,
    /// `None`: links are logged.
    pub smtp: Option<SmtpClient>,
    pub pace: Pace,
    pub wakes: Arc<Wakes>,
}

/// The outcome of one mail.
enum Outcome {
    Sent,
    Logged,
    Failed(Refusal),
}

/// Sends due mails, until it is aborted. Mails that are being sent then are sent later.
pub async fn run(sender: Arc<MailSender>) {
    let mut swept = tokio::time::Instant::now();
    wait(&sender, FIRST).await;
    loop {
        let pause = match send_due(&sender).await {
            Ok(pause) => pause,
            Err(error) => {
                error.log();
                POLL_INTERVAL
            }
        };
        if swept.elapsed() > SWEEP {
            swept = tokio::time::Instant::now();
            if let Err(error) = sweep(&sender).await {
                error.log();
            }
        }
        wait(&sender, pause).await;
    }
}

/// Waits for this long, or until there is a new mail.
async fn wait(sender: &MailSender, pause: Duration) {
    let _ = tokio::time::timeout(pause, sender.wakes.mail.notified()).await;
}

/// Sends one batch of due mails. Returns the time until the next one is due.
async fn send_due(sender: &MailSender) -> AppResult<Duration> {
    let mut reader = sender.core.db.read().await?;
    let now = clock::now();
    let Some(next) = mails::find_next_due(&mut reader, now).await? else {
        return Ok(POLL_INTERVAL);
    };
    drop(reader);
    if next > now {
        return Ok(Duration::from_millis(next.abs_diff(now)).min(POLL_INTERVAL));
    }
    send_batch(sender).await?;
    Ok(Duration::ZERO)
}

async fn send_batch(sender: &MailSender) -> AppResult<()> {
    let mut tx = sender.core.begin().await?;
    // The lease: twice the timeout of a mail. No other node sends it meanwhile.
    let until = tx.now() + millis(sender.pace.timeout) * 2;
    let due = mails::take_mails(&mut tx, until, BATCH).await?;
    tx.commit().await?;
    let outcomes = join_all(due.iter().map(|mail| send(sender, mail))).await;
    let mut tx = sender.core.begin().await?;
    for (mail, outcome) in due.iter().zip(outcomes) {
        match outcome {
            Outcome::Sent => mails::delete_mail(&mut tx, mail.id).await?,
            Outcome::Logged => mails::set_next_attempt(&mut tx, mail.id, None, None).await?,
            Outcome::Failed(refusal) => {
                let again = !refusal.for_good && mail.attempts < ATTEMPTS;
                let next_at = again.then(|| tx.now() + pause(sender, mail.attempts));
                tracing::warn!(mail = %mail.id, why = refusal.why, again, "a mail was not taken");
                mails::set_next_attempt(&mut tx, mail.id, next_at, Some(&refusal.why)).await?;
            }
        }
    }
    Ok(tx.commit().await?)
}

async fn send(sender: &MailSender, queued: &Mail) -> Outcome {
    let Some(email) = mail::open(&sender.core.sealer, &queued.letter) else {
        return Outcome::Failed(Refusal {
            for_good: true,
            why: "it was written under another secret".to_owned(),
        });
    };
    let rendered = email.render();
    match &sender.smtp {
        Some(smtp) => match smtp.send(queued, &rendered).await {
            Ok(()) => Outcome::Sent,
            Err(refusal) => Outcome::Failed(refusal),
        },
        None => {
            if let Some((_, link)) = &rendered.link {
                // The only place where a secret is logged: without a mail server there is no other
                // way to deliver it.
                tracing::warn!(to = %queued.recipient.escape_debug(), subject = rendered.subject, link = %link.escape_debug(), "no mail server is set");
            }
            Outcome::Logged
        }
    }
}

/// The delay after this many attempts.
fn pause(sender: &MailSender, attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(20);
    (millis(sender.pace.retry) << doublings).min(LONGEST_WAIT_MS)
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

async fn sweep(sender: &MailSender) -> AppResult<()> {
    let mut tx = sender.core.begin().await?;
    mails::delete_expired_mails(&mut tx).await?;
    email_tokens::delete_expired_tokens(&mut tx).await?;
    Ok(tx.commit().await?)
}
