//! E-mail addresses: their verification and their change.

use deskbell_base::actor::Actor;
use deskbell_base::client_address::ClientAddress;
use deskbell_base::client_info::ClientInfo;
use deskbell_base::email_addresses;
use deskbell_base::email_text::Email;
use deskbell_base::error::{AppError, AppResult};
use deskbell_protocol::api::identity::account::ChangeEmail;
use deskbell_store::identity::email_tokens::{self as stored_tokens, Purpose};
use deskbell_store::identity::users::User;
use deskbell_store::identity::{credentials, users};
use deskbell_store::{Error, Tx};
use serde_json::json;

use crate::core::Core;
use crate::identity::{email_tokens, password_check};
use crate::mail;
use crate::platform::audit::{Action, record_about};
use crate::workspace::invitations;

/// Queues the verification mail of a new account.
pub async fn enqueue_verification(
    core: &Core,
    tx: &mut Tx,
    user: &User,
    workspace: &str,
) -> AppResult<()> {
    let (purpose, email) = (Purpose::VerifyEmail, &user.email);
    let link =
        email_tokens::create(core, tx, user, purpose, email, email_tokens::VERIFY_MS).await?;
    let content = Email::VerifyEmail {
        name: user.name.clone(),
        workspace: workspace.to_owned(),
        link,
    };
    mail::send(core, tx, email, &content, email_tokens::VERIFY_MS).await
}

/// Verifies the address with the token from the mail. From then on the user can sign in.
pub async fn verify(core: &Core, token: &str, origin: ClientInfo) -> AppResult<()> {
    let mut tx = core.begin().await?;
    let (link, memberships) = email_tokens::take(&mut tx, token, Purpose::VerifyEmail).await?;
    if !credentials::verify_email(&mut tx, link.user_id, &link.email).await? {
        return Err(email_tokens::expired());
    }
    invitations::accept_to_verified_address(&mut tx, link.user_id, &memberships).await?;
    let user = users::get_user(&mut tx, link.user_id).await?;
    let actor = Actor::by_link(user.id, &user.name, origin);
    record_about(&mut tx, &actor, Action::EmailVerified, &user, json!({})).await?;
    Ok(tx.commit().await?)
}

/// Starts a change: a link is sent to the new address, a notice to the old one. The answer does not
/// reveal whether the new one has an account.
pub async fn change(
    core: &Core,
    actor: &Actor,
    user: User,
    body: ChangeEmail,
    from: ClientAddress,
) -> AppResult<()> {
    let email = email_addresses::parse(&body.email)?;
    if email == user.email {
        return Err(AppError::invalid("email", "This is already your address."));
    }
    password_check::confirm(core, &user, "password", body.password, from).await?;
    core.limits.mail(from, &email)?;
    let mut tx = core.begin().await?;
    if users::find_user_by_email(&mut tx, &email).await?.is_some() {
        mail::send_nothing(core, &mut tx, &email).await?;
    } else {
        let purpose = Purpose::ChangeEmail;
        let link = email_tokens::create(
            core,
            &mut tx,
            &user,
            purpose,
            &email,
            email_tokens::CHANGE_MS,
        )
        .await?;
        let content = Email::ConfirmEmail {
            name: user.name.clone(),
            link,
        };
        mail::send(core, &mut tx, &email, &content, email_tokens::CHANGE_MS).await?;
    }
    let details = json!({ "to": email });
    record_about(&mut tx, actor, Action::EmailChangeAsked, &user, details).await?;
    let note = Email::EmailChanging {
        name: user.name,
        to: email,
    };
    mail::send(core, &mut tx, &user.email, &note, email_tokens::NOTE_MS).await?;
    Ok(tx.commit().await?)
}

/// Changes the address, with the token from the mail to the new one.
pub async fn confirm(core: &Core, token: &str, origin: ClientInfo) -> AppResult<()> {
    let mut tx = core.begin().await?;
    let (link, memberships) = email_tokens::take(&mut tx, token, Purpose::ChangeEmail).await?;
    let user = users::get_user(&mut tx, link.user_id).await?;
    credentials::set_email(&mut tx, user.id, &link.email)
        .await
        .map_err(|error| match error {
            Error::Conflict(_) => email_tokens::expired(),
            error => error.into(),
        })?;
    invitations::accept_to_verified_address(&mut tx, user.id, &memberships).await?;
    stored_tokens::delete_tokens(&mut tx, user.id).await?;
    let actor = Actor::by_link(user.id, &user.name, origin);
    let details = json!({ "from": user.email, "to": link.email });
    record_about(&mut tx, &actor, Action::EmailChanged, &user, details).await?;
    Ok(tx.commit().await?)
}
