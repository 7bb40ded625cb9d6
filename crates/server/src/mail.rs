//! E-mail: what is written, where it waits, and how it is sent.
//!
//! A letter is kept in the transaction that causes it, so that neither happens without the other.
//! A worker sends what is due, on one node each, and tries again later what a server did not take.
//! Where no mail server is set, the worker writes the links into the log instead, and an operator
//! finds them in a list: this is how a small installation does without mail.

mod letter;
pub mod smtp;
mod work;

use deskbell_protocol::api::mail::WaitingMail;
use deskbell_store::Tx;
use deskbell_store::mails::{self, NewMail};

use crate::app::App;
use crate::auth::vault::{Sealed, Vault};
use crate::clock;
use crate::config::Config;
use crate::error::{AppError, AppResult};
pub use letter::Letter;
use smtp::Post;
pub use work::{Pace, work};

/// So many mails are listed at most.
const LISTED: i64 = 200;

/// Mail that goes out of this process.
pub struct Mail {
    /// `None`: links are written into the log.
    post: Option<Post>,
}

impl Mail {
    pub fn new(config: &Config) -> Self {
        Self {
            post: config.smtp.as_ref().map(|smtp| Post::new(smtp, config)),
        }
    }
}

/// Sends a letter once the transaction is committed; nobody needs it after `good_for_ms`.
pub async fn send(
    app: &App,
    tx: &mut Tx,
    recipient: &str,
    letter: &Letter,
    good_for_ms: i64,
) -> AppResult<()> {
    let json = serde_json::to_vec(letter).map_err(AppError::internal)?;
    let new = NewMail {
        recipient: recipient.to_owned(),
        letter: app.vault.seal(Sealed::Letter, &json),
        expires_at: tx.now() + good_for_ms,
    };
    Ok(mails::create_mail(tx, new).await?)
}

/// The work of sending a letter without the letter, so that the time of an answer does not tell
/// whether there was somebody to write to.
pub async fn send_nothing(app: &App, tx: &mut Tx, recipient: &str) -> AppResult<()> {
    send(app, tx, recipient, &Letter::nothing(), 0).await
}

/// What waits, the newest first, for the operator. Links are shown only where no mail server is
/// set: elsewhere they are their recipients' alone.
pub async fn list(app: &App) -> AppResult<Vec<WaitingMail>> {
    let mut reader = app.store.read().await?;
    let waiting = mails::list_mails(&mut reader, clock::now(), LISTED).await?;
    let listed = waiting.into_iter().map(|mail| {
        let words = open(&app.vault, &mail.letter).map(|letter| letter.words());
        let (subject, link) = words.map_or_else(Default::default, |words| {
            (words.subject, words.link.map(|(_, link)| link))
        });
        WaitingMail {
            recipient: mail.recipient,
            subject,
            link: link.filter(|_| app.mail.post.is_none()),
            created_at: mail.created_at,
            expires_at: mail.expires_at,
            next_at: mail.next_at,
            attempts: u32::try_from(mail.attempts).unwrap_or(u32::MAX),
            last_error: mail.last_error,
        }
    });
    Ok(listed.collect())
}

/// `None`: it was sealed with another secret.
fn open(vault: &Vault, sealed: &str) -> Option<Letter> {
    let json = vault.open(Sealed::Letter, sealed)?;
    serde_json::from_slice(&json).ok()
}
