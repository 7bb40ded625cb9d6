//! Avatars: the validation and the storage of profile pictures.
//!
//! An image is stored without its metadata. It must be one of three kinds, because its media type is
//! sent to browsers. Its URL cannot be guessed and is known to everyone who may see the person,
//! so it is served without authentication and cached forever.

use deskbell_base::actor::Actor;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::pictures::{self, Kind};
use deskbell_base::secrets::token;
use deskbell_protocol::UserId;
use deskbell_protocol::limits::{AVATAR_BYTES, AVATAR_PIXELS};
use deskbell_store::identity::avatars::{self, Avatar};
use deskbell_store::identity::users::{self, User};
use deskbell_store::workspace::limits;
use deskbell_store::{Error, Tx};
use imagesize::ImageType;
use serde_json::json;

use crate::core::Core;
use crate::platform::audit::{Action, record_about};
use crate::workspace::quotas;

/// Sets a user's picture; returns its URL.
pub async fn set(core: &Core, actor: &Actor, user: UserId, content: Vec<u8>) -> AppResult<String> {
    let kind = check(&content)?;
    let content = pictures::bare(kind, &content).ok_or_else(damaged)?;
    let id = token::random();
    let avatar = Avatar {
        media_type: kind.media_type().to_owned(),
        content,
    };
    let mut tx = core.begin().await?;
    let memberships = limits::lock_workspaces_of(&mut tx, user).await?;
    let user = users::get_user(&mut tx, user).await?;
    quotas::room_for_picture(core, &mut tx, &memberships, user.id, &avatar).await?;
    avatars::set_avatar(&mut tx, user.id, &id, &avatar).await?;
    record(&mut tx, actor, &user).await?;
    tx.commit().await?;
    Ok(avatars::url(&id))
}

/// Deletes a user's picture.
pub async fn delete(core: &Core, actor: &Actor, user: UserId) -> AppResult<()> {
    let mut tx = core.begin().await?;
    let user = users::get_user(&mut tx, user).await?;
    avatars::delete_avatar(&mut tx, user.id).await?;
    record(&mut tx, actor, &user).await?;
    Ok(tx.commit().await?)
}

/// Gets a picture by the id in its URL.
pub async fn get(core: &Core, id: &str) -> AppResult<Avatar> {
    let mut reader = core.db.read().await?;
    let avatar = avatars::find_avatar(&mut reader, id).await?;
    Ok(avatar.ok_or(Error::NotFound)?)
}

async fn record(tx: &mut Tx, actor: &Actor, user: &User) -> AppResult<()> {
    record_about(tx, actor, Action::AvatarChanged, user, json!({})).await
}

/// The kind of an image, if it is accepted.
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
