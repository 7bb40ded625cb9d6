//! The profile: the display name of a user.

use deskbell_base::actor::Actor;
use deskbell_base::error::AppResult;
use deskbell_base::text;
use deskbell_protocol::api::identity::account::ChangeProfile;
use deskbell_protocol::api::identity::auth::Me;
use deskbell_store::identity::{credentials, users};
use deskbell_store::workspace::workspaces;
use serde_json::json;

use crate::core::Core;
use crate::platform::audit::{Action, record_about};

/// Changes the fields that are present.
pub async fn change(core: &Core, actor: &Actor, mut me: Me, body: ChangeProfile) -> AppResult<Me> {
    let Some(name) = body.name else {
        return Ok(me);
    };
    let name = text::person_name("name", &name)?;
    let mut tx = core.begin().await?;
    let user = users::get_user(&mut tx, me.user_id).await?;
    credentials::set_name(&mut tx, me.user_id, &name).await?;
    let details = json!({ "from": user.name, "to": name });
    record_about(&mut tx, actor, Action::Renamed, &user, details).await?;
    let memberships = workspaces::list_memberships(&mut tx, me.user_id).await?;
    // An operator who has entered a workspace is not a member of it.
    let elsewhere = memberships.iter().map(|it| it.workspace_id);
    let elsewhere = elsewhere.filter(|id| *id != me.workspace.id);
    for workspace in elsewhere.chain([me.workspace.id]) {
        tx.reauthenticate_member(workspace, me.user_id);
    }
    tx.commit().await?;
    me.name = name;
    Ok(me)
}
