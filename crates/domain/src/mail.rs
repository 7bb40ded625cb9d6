//! The mail queue: mails are enqueued in the transaction that causes them, so that neither happens
//! without the other. The server's mail worker sends them.

mod letter;

use deskbell_protocol::api::platform::mail::WaitingMail;
use deskbell_store::Tx;
use deskbell_store::platform::mails::{self, NewMail};

use crate::clock;
use crate::core::Core;
use crate::error::{AppError, AppResult};
use crate::secrets::sealer::{Sealed, Sealer};
pub use letter::{Letter, Words};

/// The maximum number of listed mails.
const LISTED: i64 = 200;

/// Enqueues a mail, which is sent after the commit and expires after `good_for_ms`.
pub async fn send(
    core: &Core,
    tx: &mut Tx,
    recipient: &str,
    letter: &Letter,
    good_for_ms: i64,
) -> AppResult<()> {
    let json = serde_json::to_vec(letter).map_err(AppError::internal)?;
    let new = NewMail {
        recipient: recipient.to_owned(),
        letter: core.sealer.seal(Sealed::Letter, &json),
        expires_at: tx.now() + good_for_ms,
    };
    Ok(mails::create_mail(tx, new).await?)
}

/// Queues an expired mail that is never sent, so that the response time does not reveal whether the
/// account exists.
pub async fn send_nothing(core: &Core, tx: &mut Tx, recipient: &str) -> AppResult<()> {
    send(core, tx, recipient, &Letter::nothing(), 0).await
}

/// Lists queued mails, the newest first, for the operator. Links are shown only if no mail server
/// is configured: otherwise only their recipients get them.
pub async fn list(core: &Core) -> AppResult<Vec<WaitingMail>> {
    let mut reader = core.db.read().await?;
    let waiting = mails::list_mails(&mut reader, clock::now(), LISTED).await?;
    let listed = waiting.into_iter().map(|mail| {
        let words = open(&core.sealer, &mail.letter).map(|letter| letter.words());
        let (subject, link) = words.map_or_else(Default::default, |words| {
            (words.subject, words.link.map(|(_, link)| link))
        });
        WaitingMail {
            recipient: mail.recipient,
            subject,
            link: link.filter(|_| !core.policy.sends_mail),
            created_at: mail.created_at,
            expires_at: mail.expires_at,
            next_at: mail.next_at,
            attempts: u32::try_from(mail.attempts).unwrap_or(u32::MAX),
            last_error: mail.last_error,
        }
    });
    Ok(listed.collect())
}

/// Decrypts a queued mail; `None` if it was encrypted with another secret.
pub fn open(sealer: &Sealer, sealed: &str) -> Option<Letter> {
    let json = sealer.open(Sealed::Letter, sealed)?;
    serde_json::from_slice(&json).ok()
}
