//! Password reset and password change.

use deskbell_base::actor::Actor;
use deskbell_base::client_address::ClientAddress;
use deskbell_base::client_info::ClientInfo;
use deskbell_base::clock;
use deskbell_base::email_addresses;
use deskbell_base::email_text::Email;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::secrets::{password, token};
use deskbell_protocol::SessionId;
use deskbell_protocol::api::identity::account::ChangePassword;
use deskbell_protocol::api::identity::auth::ResetPassword;
use deskbell_store::Tx;
use deskbell_store::identity::email_tokens::{self as stored_tokens, Purpose};
use deskbell_store::identity::users::User;
use deskbell_store::identity::{credentials, users};
use serde_json::json;

use crate::core::Core;
use crate::identity::{address_lookup, email_tokens, password_check, sessions};
use crate::mail;
use crate::platform::audit::{Action, record_about};
use crate::workspace::invitations;

/// Mails a reset link to the owner of the address, if there is one. The answer does not reveal
/// that.
pub async fn send_reset_link(core: &Core, email: &str, from: ClientAddress) -> AppResult<()> {
    let email = email_addresses::parse(email)?;
    core.limits.mail(from, &email)?;
    let mut tx = core.begin().await?;
    match address_lookup::find_user(&mut tx, &email).await? {
        Some(user) => {
            let purpose = Purpose::ResetPassword;
            let link = email_tokens::create(
                core,
                &mut tx,
                &user,
                purpose,
                &email,
                email_tokens::RESET_MS,
            )
            .await?;
            let name = user.name;
            let content = Email::ResetPassword { name, link };
            mail::send(core, &mut tx, &email, &content, email_tokens::RESET_MS).await?;
        }
        None => mail::send_nothing(core, &mut tx, &email).await?,
    }
    Ok(tx.commit().await?)
}

/// Sets a new password with the token of a reset link. Every session ends; the address counts as
/// verified.
pub async fn reset(
    core: &Core,
    body: ResetPassword,
    from: ClientAddress,
    origin: ClientInfo,
) -> AppResult<()> {
    password::check(&body.password)?;
    core.limits.credential_attempt(from)?;
    let purpose = Purpose::ResetPassword;
    let mut reader = core.db.read().await?;
    let hash = token::hash(&body.token);
    stored_tokens::find_token(&mut reader, &hash, purpose, clock::now())
        .await?
        .ok_or_else(email_tokens::expired)?;
    drop(reader);
    let hash = password::hash(body.password, core.policy.bcrypt_cost).await?;
    let mut tx = core.begin().await?;
    let (link, memberships) = email_tokens::take(&mut tx, &body.token, purpose).await?;
    let user = users::get_user(&mut tx, link.user_id).await?;
    credentials::verify_email(&mut tx, user.id, &link.email).await?;
    invitations::accept_to_verified_address(&mut tx, user.id, &memberships).await?;
    let actor = Actor::by_link(user.id, &user.name, origin);
    credentials::set_password(&mut tx, user.id, &hash).await?;
    end_access(core, &mut tx, &user, None).await?;
    record_about(&mut tx, &actor, Action::PasswordReset, &user, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Changes the password of a user who knows the current one. Every other session ends.
pub async fn change(
    core: &Core,
    actor: &Actor,
    user: User,
    kept: SessionId,
    body: ChangePassword,
    from: ClientAddress,
) -> AppResult<()> {
    password::check(&body.new_password)
        .map_err(|error| AppError::invalid("new_password", error.body.message))?;
    password_check::confirm(core, &user, "current_password", body.current_password, from).await?;
    let hash = password::hash(body.new_password, core.policy.bcrypt_cost).await?;
    let mut tx = core.begin().await?;
    // The password may have been reset since it was compared.
    if !credentials::replace_password(&mut tx, user.id, &user.password_hash, &hash).await? {
        return Err(password_check::refusal("current_password"));
    }
    end_access(core, &mut tx, &user, Some(kept)).await?;
    record_about(&mut tx, actor, Action::PasswordChanged, &user, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Revokes all tokens and all sessions but one after a new password, and notifies the user by mail.
async fn end_access(
    core: &Core,
    tx: &mut Tx,
    user: &User,
    kept: Option<SessionId>,
) -> AppResult<()> {
    stored_tokens::delete_tokens(tx, user.id).await?;
    let content = Email::PasswordChanged {
        name: user.name.clone(),
        link: core.urls.page("forgot"),
    };
    mail::send(core, tx, &user.email, &content, email_tokens::NOTE_MS).await?;
    sessions::end_others(tx, user.id, kept).await
}
