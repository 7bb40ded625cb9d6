//! Addresses: whether they are whose they are said to be, and how they change.

use deskbell_protocol::api::account::ChangeEmail;
use deskbell_store::links::{self as kept_links, Purpose};
use deskbell_store::users::User;
use deskbell_store::{Error, Tx, credentials, users};
use serde_json::json;

use crate::app::App;
use crate::auth::member::Actor;
use crate::auth::origin::Origin;
use crate::domain::audit::{Action, record_about};
use crate::domain::{addresses, links, passwords};
use crate::error::{AppError, AppResult};
use crate::limits::address::Address;
use crate::mail::{self, Letter};

/// Asks who has registered whether the address is theirs.
pub async fn ask(app: &App, tx: &mut Tx, user: &User, workspace: &str) -> AppResult<()> {
    let (purpose, email) = (Purpose::VerifyEmail, &user.email);
    let link = links::create(app, tx, user, purpose, email, links::VERIFY_MS).await?;
    let letter = Letter::VerifyEmail {
        name: user.name.clone(),
        workspace: workspace.to_owned(),
        link,
    };
    mail::send(app, tx, email, &letter, links::VERIFY_MS).await
}

/// It is theirs: they hold the link. From now on they may sign in.
pub async fn verify(app: &App, token: &str, origin: Origin) -> AppResult<()> {
    let mut tx = app.begin().await?;
    let link = links::take(&mut tx, token, Purpose::VerifyEmail).await?;
    if !credentials::verify_email(&mut tx, link.user_id, &link.email).await? {
        return Err(links::expired());
    }
    let user = users::get_user(&mut tx, link.user_id).await?;
    let actor = Actor::by_link(user.id, &user.name, origin);
    record_about(&mut tx, &actor, Action::EmailVerified, &user, json!({})).await?;
    Ok(tx.commit().await?)
}

/// Begins a change: a link goes to the new address, a note to the old one. Whether the new one is
/// somebody else's is not told.
pub async fn change(
    app: &App,
    actor: &Actor,
    user: User,
    body: ChangeEmail,
    from: Address,
) -> AppResult<()> {
    let email = addresses::parse(&body.email)?;
    if email == user.email {
        return Err(AppError::invalid("email", "This is already your address."));
    }
    passwords::confirm(app, &user, "password", body.password, from).await?;
    app.limits.mail(from, &email)?;
    let mut tx = app.begin().await?;
    if users::find_user_by_email(&mut tx, &email).await?.is_some() {
        mail::send_nothing(app, &mut tx, &email).await?;
    } else {
        let purpose = Purpose::ChangeEmail;
        let link = links::create(app, &mut tx, &user, purpose, &email, links::CHANGE_MS).await?;
        let letter = Letter::ConfirmEmail {
            name: user.name.clone(),
            link,
        };
        mail::send(app, &mut tx, &email, &letter, links::CHANGE_MS).await?;
    }
    let details = json!({ "to": email });
    record_about(&mut tx, actor, Action::EmailChangeAsked, &user, details).await?;
    let note = Letter::EmailChanging {
        name: user.name,
        to: email,
    };
    mail::send(app, &mut tx, &user.email, &note, links::NOTE_MS).await?;
    Ok(tx.commit().await?)
}

/// The new address is theirs: they hold the link.
pub async fn confirm(app: &App, token: &str, origin: Origin) -> AppResult<()> {
    let mut tx = app.begin().await?;
    let link = links::take(&mut tx, token, Purpose::ChangeEmail).await?;
    let user = users::get_user(&mut tx, link.user_id).await?;
    credentials::set_email(&mut tx, user.id, &link.email)
        .await
        .map_err(|error| match error {
            Error::Conflict(_) => links::expired(),
            error => error.into(),
        })?;
    kept_links::delete_links(&mut tx, user.id).await?;
    let actor = Actor::by_link(user.id, &user.name, origin);
    let details = json!({ "from": user.email, "to": link.email });
    record_about(&mut tx, &actor, Action::EmailChanged, &user, details).await?;
    Ok(tx.commit().await?)
}
