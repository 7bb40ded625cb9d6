//! Passwords that are forgotten, and those that are changed.

use deskbell_protocol::AuthSessionId;
use deskbell_protocol::api::account::ChangePassword;
use deskbell_protocol::api::auth::ResetPassword;
use deskbell_store::links::{self as kept_links, Purpose};
use deskbell_store::users::User;
use deskbell_store::{Tx, credentials, users};
use serde_json::json;

use crate::app::App;
use crate::auth::member::Actor;
use crate::auth::origin::Origin;
use crate::auth::{password, token};
use crate::clock;
use crate::domain::audit::{Action, record_about};
use crate::domain::{addresses, links, sessions};
use crate::error::{AppError, AppResult};
use crate::limits::address::Address;
use crate::mail::{self, Letter};

/// Sends a link to whose address it is, if it is anybody's. Whoever asks does not learn that.
pub async fn forget(app: &App, email: &str, from: Address) -> AppResult<()> {
    let email = addresses::parse(email)?;
    app.limits.mail(from, &email)?;
    let mut tx = app.begin().await?;
    match addresses::find_user(&mut tx, &email).await? {
        Some(user) => {
            let purpose = Purpose::ResetPassword;
            let link = links::create(app, &mut tx, &user, purpose, &email, links::RESET_MS).await?;
            let name = user.name;
            let letter = Letter::ResetPassword { name, link };
            mail::send(app, &mut tx, &email, &letter, links::RESET_MS).await?;
        }
        None => mail::send_nothing(app, &mut tx, &email).await?,
    }
    Ok(tx.commit().await?)
}

/// Another password for whoever holds the link. Every session ends; the address is theirs for
/// certain now.
pub async fn reset(app: &App, body: ResetPassword, from: Address, origin: Origin) -> AppResult<()> {
    password::check(&body.password)?;
    app.limits.hash_password(from)?;
    let purpose = Purpose::ResetPassword;
    let mut reader = app.store.read().await?;
    let hash = token::hash(&body.token);
    kept_links::find_link(&mut reader, &hash, purpose, clock::now())
        .await?
        .ok_or_else(links::expired)?;
    drop(reader);
    let hash = password::hash(body.password, app.config.bcrypt_cost).await?;
    let mut tx = app.begin().await?;
    let link = links::take(&mut tx, &body.token, purpose).await?;
    let user = users::get_user(&mut tx, link.user_id).await?;
    credentials::verify_email(&mut tx, user.id, &link.email).await?;
    let actor = Actor::by_link(user.id, &user.name, origin);
    replace(app, &mut tx, &user, &hash, None).await?;
    record_about(&mut tx, &actor, Action::PasswordReset, &user, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Another password for who knows the one until now. Every other session ends.
pub async fn change(
    app: &App,
    actor: &Actor,
    user: User,
    kept: AuthSessionId,
    body: ChangePassword,
    from: Address,
) -> AppResult<()> {
    password::check(&body.new_password)
        .map_err(|error| AppError::invalid("new_password", error.body.message))?;
    confirm(app, &user, "current_password", body.current_password, from).await?;
    let hash = password::hash(body.new_password, app.config.bcrypt_cost).await?;
    let mut tx = app.begin().await?;
    replace(app, &mut tx, &user, &hash, Some(kept)).await?;
    record_about(&mut tx, actor, Action::PasswordChanged, &user, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether it is really them at the keyboard: refuses unless `field` holds their password.
pub async fn confirm(
    app: &App,
    user: &User,
    field: &str,
    password: String,
    from: Address,
) -> AppResult<()> {
    app.limits.sign_in(from, &user.email)?;
    let hash = Some(user.password_hash.clone());
    if password::verify(password, hash, app.config.bcrypt_cost).await? {
        return Ok(());
    }
    Err(AppError::invalid(field, "Wrong password."))
}

/// Sets it, ends all links and sessions but one, and writes to its owner.
async fn replace(
    app: &App,
    tx: &mut Tx,
    user: &User,
    hash: &str,
    kept: Option<AuthSessionId>,
) -> AppResult<()> {
    credentials::set_password(tx, user.id, hash).await?;
    kept_links::delete_links(tx, user.id).await?;
    let letter = Letter::PasswordChanged {
        name: user.name.clone(),
        link: links::page_url(app, "forgot"),
    };
    mail::send(app, tx, &user.email, &letter, links::NOTE_MS).await?;
    sessions::end_others(tx, user.id, kept).await
}
