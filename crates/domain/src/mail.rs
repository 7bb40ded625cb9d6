//! The mail queue: mails are enqueued in the transaction that causes them, so that neither happens
//! without the other. The server's mail worker sends them.

use deskbell_base::clock;
use deskbell_base::email_text::Email;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::secrets::sealer::{Sealed, Sealer};
use deskbell_protocol::api::platform::mail::WaitingMail;
use deskbell_store::Tx;
use deskbell_store::platform::mails::{self, NewMail};

use crate::core::Core;

/// The maximum number of listed mails.
const LISTED: i64 = 200;

/// Enqueues a mail, which is sent after the commit and expires after `good_for_ms`.
pub async fn send(
    core: &Core,
    tx: &mut Tx,
    recipient: &str,
    content: &Email,
    good_for_ms: i64,
) -> AppResult<()> {
    let json = serde_json::to_vec(content).map_err(AppError::internal)?;
    let new = NewMail {
        recipient: recipient.to_owned(),
        letter: core.sealer.seal(Sealed::Email, &json),
        expires_at: tx.now() + good_for_ms,
    };
    Ok(mails::create_mail(tx, new).await?)
}

/// Queues an expired mail that is never sent, so that the response time does not reveal whether the
/// account exists.
pub async fn send_nothing(core: &Core, tx: &mut Tx, recipient: &str) -> AppResult<()> {
    send(core, tx, recipient, &Email::nothing(), 0).await
}

/// Lists queued mails, the newest first, for the operator. Links are shown only if no mail server
/// is configured: otherwise only their recipients get them.
pub async fn list(core: &Core) -> AppResult<Vec<WaitingMail>> {
    let mut reader = core.db.read().await?;
    let waiting = mails::list_mails(&mut reader, clock::now(), LISTED).await?;
    let listed = waiting.into_iter().map(|mail| {
        let rendered = open(&core.sealer, &mail.letter).map(Email::render);
        let (subject, link) = rendered.map_or_else(Default::default, |rendered| {
            (rendered.subject, rendered.link.map(|(_, link)| link))
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
pub fn open(sealer: &Sealer, sealed: &str) -> Option<Email> {
    let json = sealer.open(Sealed::Email, sealed)?;
    serde_json::from_slice(&json).ok()
}
