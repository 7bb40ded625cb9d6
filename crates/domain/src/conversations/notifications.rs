//! Notifications: a note mentions a member, or a conversation was assigned to them by another one.

use deskbell_base::error::AppResult;
use deskbell_protocol::api::conversations::notifications::{
    ListNotifications, Notifications, ReadNotifications,
};
use deskbell_protocol::limits;
use deskbell_store::WorkspaceScope;
use deskbell_store::conversations::notifications;

use crate::core::Core;

/// Lists the member's notifications, the newest first.
pub async fn list(
    core: &Core,
    member: &WorkspaceScope,
    query: ListNotifications,
) -> AppResult<Notifications> {
    let mut reader = core.db.read().await?;
    let most = limits::PAGE_NOTIFICATIONS;
    let (list, more) = notifications::list(&mut reader, member, query.before, most).await?;
    Ok(Notifications {
        notifications: list,
        more,
        unread: notifications::count_unread(&mut reader, member).await?,
    })
}

/// Marks the member's notifications as read.
pub async fn read(core: &Core, member: &WorkspaceScope, body: ReadNotifications) -> AppResult<()> {
    let mut tx = core.begin().await?;
    notifications::mark_read(&mut tx, member, body.conversation_id, body.up_to).await?;
    Ok(tx.commit().await?)
}
