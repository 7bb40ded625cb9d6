//! People's pictures: which are taken.
//!
//! A picture is kept as it looks, without what it says of where and when it was taken, and shown by
//! browsers that know what they were told: what it says of itself must be one of three kinds. Its address cannot be guessed and is shown to whoever may see
//! the person, so it is handed out without a further question and kept by browsers for good.

use deskbell_protocol::limits::{AVATAR_BYTES, AVATAR_PIXELS};
use deskbell_store::Tx;
use deskbell_store::avatars::{self, Avatar};
use deskbell_store::users::User;
use imagesize::ImageType;
use serde_json::json;

use crate::app::App;
use crate::auth::member::Actor;
use crate::auth::token;
use crate::domain::audit::{Action, record_about};
use crate::domain::pictures::{self, Kind};
use crate::error::{AppError, AppResult};

/// Somebody has this picture from now on; its address.
pub async fn set(app: &App, actor: &Actor, user: &User, content: Vec<u8>) -> AppResult<String> {
    let kind = check(&content)?;
    let content = pictures::bare(kind, &content).ok_or_else(damaged)?;
    let id = token::random();
    let avatar = Avatar {
        media_type: kind.media_type().to_owned(),
        content,
    };
    let mut tx = app.begin().await?;
    avatars::set_avatar(&mut tx, user.id, &id, &avatar).await?;
    record(&mut tx, actor, user).await?;
    tx.commit().await?;
    Ok(avatars::url(&id))
}

/// Somebody has no picture any more.
pub async fn delete(app: &App, actor: &Actor, user: &User) -> AppResult<()> {
    let mut tx = app.begin().await?;
    avatars::delete_avatar(&mut tx, user.id).await?;
    record(&mut tx, actor, user).await?;
    Ok(tx.commit().await?)
}

async fn record(tx: &mut Tx, actor: &Actor, user: &User) -> AppResult<()> {
    record_about(tx, actor, Action::AvatarChanged, user, json!({})).await
}

/// Which kind of picture it is, if it is one that we take.
fn check(content: &[u8]) -> AppResult<Kind> {
    let refuse = |message: String| Err(AppError::invalid("avatar", message));
    if content.len() > AVATAR_BYTES {
        return refuse(format!(
            "This picture is larger than {} KB. Choose a smaller one.",
            AVATAR_BYTES / 1024
        ));
    }
    let kind = match imagesize::image_type(content) {
        Ok(ImageType::Png) => Kind::Png,
        Ok(ImageType::Jpeg) => Kind::Jpeg,
        Ok(ImageType::Webp) => Kind::Webp,
        _ => return refuse("Choose a PNG, JPEG or WebP picture.".to_owned()),
    };
    match imagesize::blob_size(content) {
        Ok(size)
            if (1..=AVATAR_PIXELS).contains(&size.width)
                && (1..=AVATAR_PIXELS).contains(&size.height) =>
        {
            Ok(kind)
        }
        Ok(_) => refuse(format!(
            "This picture is more than {AVATAR_PIXELS} pixels wide or high. Choose a smaller one."
        )),
        Err(_) => Err(damaged()),
    }
}

fn damaged() -> AppError {
    AppError::invalid("avatar", "This picture is damaged. Choose another one.")
}
