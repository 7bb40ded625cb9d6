//! Operator actions. Each is recorded in the platform's audit log, and actions on a workspace also
//! in its own, where its members can read it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_base::actor::{Actor, OperatorScope};
use deskbell_base::clock;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::text;
use deskbell_protocol::api::platform::mail::WaitingMail;
use deskbell_protocol::api::platform::operator::{
    DeleteWorkspace, Maintenance, OperatedUsers, OperatedWorkspaceDetails, OperatedWorkspaces,
    Search, SetLimit, Usage,
};
use deskbell_protocol::api::workspace::LimitName;
use deskbell_protocol::limits::LIST_ROWS;
use deskbell_protocol::{AgentView, ErrorCode, Role, UnixMs, UserId, WorkspaceId};
use deskbell_store::identity::{sessions, users};
use deskbell_store::platform::purge;
use deskbell_store::platform::{self, After};
use deskbell_store::workspace::{limits, workspaces};
use deskbell_store::{Effect, Store, Tx, WorkspaceScope};
use serde_json::json;
use uuid::Uuid;

use crate::core::Core;
use crate::identity::authentication::{self, Credential};
use crate::identity::sessions::{SwitchedSession, end_others, reauthenticate_everywhere};
use crate::identity::{accounts, address_lookup, current_user, second_factor};
use crate::mail;
use crate::platform::audit::{self, Action, PLATFORM, target};
use crate::platform::maintenance;
use crate::workspace::quotas;

/// The period of the usage figures: 30 days.
const USAGE_MS: i64 = 30 * 24 * 3_600_000;
/// The longest search text, in characters.
const SEARCH_CHARS: usize = 100;

/// Lists workspaces, the newest first.
pub async fn list_workspaces(core: &Core, query: Search) -> AppResult<OperatedWorkspaces> {
    let page = Page::check(&query)?;
    let mut reader = core.db.read().await?;
    let search = query.search.as_deref();
    let found = platform::list_workspaces(&mut reader, search, page.after, page.asked()).await?;
    let (workspaces, next_cursor) = page.cut(found, |it| (it.created_at, it.id.0));
    Ok(OperatedWorkspaces {
        workspaces,
        next_cursor,
    })
}

/// Gets a workspace with its members.
pub async fn get_workspace(
    core: &Core,
    operator: &OperatorScope,
    id: WorkspaceId,
) -> AppResult<OperatedWorkspaceDetails> {
    let scope = scope_in(operator, id);
    let mut reader = core.db.read().await?;
    Ok(OperatedWorkspaceDetails {
        workspace: platform::get_workspace(&mut reader, id).await?,
        members: platform::list_members(&mut reader, id).await?,
        limits: quotas::list(core, &mut reader, &scope).await?,
    })
}

/// The scope of an operator in a workspace of which they are not a member.
pub fn scope_in(operator: &OperatorScope, id: WorkspaceId) -> WorkspaceScope {
    WorkspaceScope {
        workspace_id: id,
        user: AgentView {
            id: operator.me.user_id,
            name: operator.me.name.clone(),
        },
        role: Role::Admin,
    }
}

/// Sets a limit of a workspace, or with `None` resets it to the default.
pub async fn set_limit(
    core: &Core,
    operator: &OperatorScope,
    id: WorkspaceId,
    name: LimitName,
    limit: Option<SetLimit>,
) -> AppResult<()> {
    if limit
        .and_then(|limit| limit.most)
        .is_some_and(|most| most < 0)
    {
        let message = "Enter 0 or more, or leave it out for no limit.";
        return Err(AppError::invalid("most", message));
    }
    let mut tx = core.begin().await?;
    let workspace = platform::get_workspace(&mut tx, id).await?;
    match limit {
        Some(limit) => limits::set_override(&mut tx, id, name, limit.most).await?,
        None => limits::delete_override(&mut tx, id, name).await?,
    }
    let details = json!({ "limit": name, "most": limit.map(|limit| limit.most) });
    let (actor, action) = (&operator.actor, Action::LimitSet);
    audit::record_in_both(&mut tx, actor, action, &workspace, details).await?;
    Ok(tx.commit().await?)
}

/// Lists users, the newest first.
pub async fn list_users(core: &Core, query: Search) -> AppResult<OperatedUsers> {
    let page = Page::check(&query)?;
    let mut reader = core.db.read().await?;
    let search = query.search.as_deref();
    let found = platform::list_users(&mut reader, search, page.after, page.asked()).await?;
    let (users, next_cursor) = page.cut(found, |it| (it.created_at, it.id.0));
    Ok(OperatedUsers { users, next_cursor })
}

/// Suspends a workspace for a reason, or ends the suspension.
pub async fn suspend_workspace(
    core: &Core,
    operator: &OperatorScope,
    id: WorkspaceId,
    reason: Option<&str>,
) -> AppResult<()> {
    let reason = reason.map(|reason| required_line("reason", reason, "Enter a reason."));
    let reason = reason.transpose()?;
    let mut tx = core.begin().await?;
    audit::lock_logs(&mut tx, &[PLATFORM]).await?;
    let workspace = platform::get_workspace(&mut tx, id).await?;
    platform::set_workspace_suspended(&mut tx, id, reason.as_deref()).await?;
    let action = match reason {
        Some(_) => Action::WorkspaceSuspended,
        None => Action::WorkspaceResumed,
    };
    let details = json!({ "reason": reason });
    audit::record_in_both(&mut tx, &operator.actor, action, &workspace, details).await?;
    let members = platform::list_members(&mut tx, id).await?;
    for member in members {
        tx.reauthenticate_member(id, member.user_id);
    }
    tx.reauthenticate_visitors(id, None);
    tx.commit().await?;
    Ok(())
}

/// Deletes a workspace: it is inaccessible at once, and its rows are purged in the background.
pub async fn delete_workspace(
    core: &Core,
    operator: &OperatorScope,
    id: WorkspaceId,
    body: DeleteWorkspace,
) -> AppResult<()> {
    let mut tx = core.begin().await?;
    audit::lock_logs(&mut tx, &[PLATFORM]).await?;
    let workspace = platform::get_workspace(&mut tx, id).await?;
    if body.name.trim() != workspace.name {
        let message = "This isn't the name of the workspace you are about to delete.";
        return Err(AppError::invalid("name", message));
    }
    if operator.me.workspace.id == id {
        let message = "You are in this workspace. Switch to another one first.";
        return Err(AppError::new(ErrorCode::Conflict, message));
    }
    let members = platform::list_members(&mut tx, id).await?;
    purge::mark_deleted(&mut tx, id).await?;
    let what = target("workspace", id, &workspace.name);
    let action = Action::WorkspaceDeleted;
    audit::record(&mut tx, PLATFORM, &operator.actor, action, what, json!({})).await?;
    for member in members {
        tx.reauthenticate_member(id, member.user_id);
    }
    tx.reauthenticate_visitors(id, None);
    tx.commit().await?;
    Ok(())
}

/// Suspends a user everywhere, or ends the suspension.
pub async fn suspend_user(
    core: &Core,
    operator: &OperatorScope,
    id: UserId,
    suspended: bool,
) -> AppResult<()> {
    if suspended && operator.me.user_id == id {
        let message = "You can't suspend yourself.";
        return Err(AppError::new(ErrorCode::Conflict, message));
    }
    let mut tx = core.begin().await?;
    let user = users::get_user(&mut tx, id).await?;
    if suspended && user.is_operator {
        refuse_the_last(&mut tx, id).await?;
    }
    audit::lock_logs(&mut tx, &[PLATFORM]).await?;
    platform::set_user_suspended(&mut tx, id, suspended).await?;
    if suspended {
        end_others(&mut tx, id, None).await?;
    }
    let action = match suspended {
        true => Action::UserSuspended,
        false => Action::UserResumed,
    };
    let what = target("user", id, &user.name);
    audit::record(&mut tx, PLATFORM, &operator.actor, action, what, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Turns off the second factor of a user who has lost it, so that the password is enough again.
/// Their sessions end, and they are notified by mail.
pub async fn remove_second_factor(
    core: &Core,
    operator: &OperatorScope,
    id: UserId,
) -> AppResult<()> {
    let mut tx = core.begin().await?;
    let user = users::get_user(&mut tx, id).await?;
    audit::lock_logs(&mut tx, &[PLATFORM]).await?;
    second_factor::remove_factor(core, &mut tx, &operator.actor, &user).await?;
    end_others(&mut tx, id, None).await?;
    let what = target("user", id, &user.name);
    let action = Action::SecondFactorOff;
    audit::record(&mut tx, PLATFORM, &operator.actor, action, what, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes a user an operator, or ends that: then they lose access to every workspace that they had
/// entered.
pub async fn set_operator(
    core: &Core,
    operator: &OperatorScope,
    id: UserId,
    is_operator: bool,
) -> AppResult<()> {
    let mut tx = core.begin().await?;
    let user = users::get_user(&mut tx, id).await?;
    if !is_operator {
        refuse_the_last(&mut tx, id).await?;
    }
    audit::lock_logs(&mut tx, &[PLATFORM]).await?;
    users::set_operator(&mut tx, id, is_operator).await?;
    let action = match is_operator {
        true => Action::OperatorMade,
        false => Action::OperatorUnmade,
    };
    let what = target("user", id, &user.name);
    audit::record(&mut tx, PLATFORM, &operator.actor, action, what, json!({})).await?;
    reauthenticate_everywhere(&mut tx, id).await?;
    tx.commit().await?;
    Ok(())
}

/// Refuses if `id` is the only operator. The platform's log is locked until the commit, so that of
/// two operators who demote each other one remains.
async fn refuse_the_last(tx: &mut Tx, id: UserId) -> AppResult<()> {
    audit::lock_logs(tx, &[PLATFORM]).await?;
    if platform::count_other_operators(tx, id).await? > 0 {
        return Ok(());
    }
    let message = "You are the only operator. Make someone else an operator first.";
    Err(AppError::new(ErrorCode::Conflict, message))
}

/// Makes the account with this address an operator, from the command line of the server.
pub async fn make_operator(store: &Store, email: &str) -> AppResult<String> {
    let mut tx = store.begin(clock::now()).await?;
    audit::lock_logs(&mut tx, &[PLATFORM]).await?;
    let found = address_lookup::find_user(&mut tx, email).await?;
    let user = found.ok_or_else(|| {
        let message = "No active account has this address.";
        AppError::new(ErrorCode::NotFound, message)
    })?;
    users::set_operator(&mut tx, user.id, true).await?;
    let (what, action) = (target("user", user.id, &user.name), Action::OperatorMade);
    let details = json!({ "by": "command line" });
    audit::record(&mut tx, PLATFORM, &Actor::system(), action, what, details).await?;
    tx.commit().await?;
    Ok(user.name)
}

/// Switches the operator's session to this workspace, which is recorded in the workspace's log.
pub async fn enter(
    core: &Core,
    operator: &OperatorScope,
    id: WorkspaceId,
) -> AppResult<SwitchedSession> {
    let mut tx = core.begin().await?;
    let workspace = platform::get_workspace(&mut tx, id).await?;
    let own = workspaces::find_membership(&mut tx, operator.me.user_id, id).await?;
    let (actor, action) = (&operator.actor, Action::OperatorEntered);
    let left = operator.me.workspace.id;
    if operator.me.entered && left != id {
        audit::record_operator_left(&mut tx, actor, left, Some(id)).await?;
    }
    audit::record_in_both(&mut tx, actor, action, &workspace, json!({})).await?;
    move_to(core, tx, operator, id, own.is_none()).await
}

/// Switches the operator's session back to a workspace of their own.
pub async fn leave(core: &Core, operator: &OperatorScope) -> AppResult<SwitchedSession> {
    let mut tx = core.begin().await?;
    let own = accounts::find_workspace(&mut tx, operator.me.user_id).await?;
    let own = own.ok_or_else(|| {
        let message = "You aren't a member of any workspace to go back to.";
        AppError::new(ErrorCode::Conflict, message)
    })?;
    if operator.me.entered {
        audit::record_operator_left(&mut tx, &operator.actor, operator.me.workspace.id, None)
            .await?;
    }
    move_to(core, tx, operator, own.workspace_id, false).await
}

/// Lists mail that is queued or was given up. Without a mail server it contains links, with which
/// one can act as the recipient, so reading it is recorded in the platform's log.
pub async fn read_mail(core: &Core, operator: &OperatorScope) -> AppResult<Vec<WaitingMail>> {
    let waiting = mail::list(core).await?;
    let links = waiting.iter().filter(|mail| mail.link.is_some()).count();
    let details = json!({ "letters": waiting.len(), "links": links });
    let (what, action) = (target("platform", "mail", ""), Action::MailRead);
    let mut tx = core.begin().await?;
    audit::record(&mut tx, PLATFORM, &operator.actor, action, what, details).await?;
    tx.commit().await?;
    Ok(waiting)
}

/// Figures of the whole platform. `connections`: those of this node.
pub async fn usage(core: &Core, connections: usize) -> AppResult<Usage> {
    let mut reader = core.db.read().await?;
    let mut usage = platform::usage(&mut reader, clock::now() - USAGE_MS).await?;
    usage.connections_here = u64::try_from(connections).unwrap_or(u64::MAX);
    Ok(usage)
}

/// A line of text that may not be empty; `missing` is the error if it is.
fn required_line(field: &'static str, text: &str, missing: &str) -> AppResult<String> {
    let line = text::line(field, text)?;
    if line.is_empty() {
        return Err(AppError::invalid(field, missing));
    }
    Ok(line)
}

/// The state of maintenance mode.
pub fn get_maintenance(core: &Core) -> Maintenance {
    let why = core.maintenance.message();
    Maintenance {
        on: why.is_some(),
        message: why.unwrap_or_default(),
    }
}

/// Turns maintenance mode on or off. Other nodes follow within seconds.
pub async fn set_maintenance(
    core: &Core,
    operator: &OperatorScope,
    body: Maintenance,
) -> AppResult<Maintenance> {
    let why = match body.on {
        true => Some(required_line("message", &body.message, "Enter a message.")?),
        false => None,
    };
    let mut tx = core.begin().await?;
    platform::set_setting(&mut tx, maintenance::SETTING, why.as_deref()).await?;
    let action = Action::MaintenanceSet;
    let what = target("platform", "maintenance", "");
    let details = json!({ "on": body.on, "message": why });
    audit::record(&mut tx, PLATFORM, &operator.actor, action, what, details).await?;
    tx.after_commit(Effect::MaintenanceSet(why.clone()));
    tx.commit().await?;
    Ok(Maintenance {
        on: body.on,
        message: why.unwrap_or_default(),
    })
}

async fn move_to(
    core: &Core,
    mut tx: Tx,
    operator: &OperatorScope,
    workspace: WorkspaceId,
    entered: bool,
) -> AppResult<SwitchedSession> {
    let (session, user) = (operator.session, operator.me.user_id);
    sessions::move_session(&mut tx, session, workspace, entered).await?;
    let token = core.signer.sign_agent(session, user, workspace, tx.now());
    tx.reauthenticate_member(operator.me.workspace.id, user);
    tx.commit().await?;
    let credential = Credential::Session {
        session,
        user,
        workspace,
    };
    let access = authentication::member(core, &credential, None).await?;
    Ok(SwitchedSession {
        access: token,
        me: current_user::of_access(&access),
    })
}

/// A page of a list: its filter and its cursor.
struct Page {
    after: After,
    limit: usize,
}

impl Page {
    fn check(query: &Search) -> AppResult<Self> {
        let limit = query.limit.unwrap_or(LIST_ROWS);
        if !(1..=LIST_ROWS).contains(&limit) {
            let message = format!("The limit must be 1 to {}.", LIST_ROWS);
            return Err(AppError::invalid("limit", message));
        }
        let search = query.search.as_deref().unwrap_or_default();
        if search.chars().count() > SEARCH_CHARS || search.contains(char::is_control) {
            let message = format!("Search for one line of at most {SEARCH_CHARS} characters.");
            return Err(AppError::invalid("search", message));
        }
        let after = match query.cursor.as_deref() {
            None => (UnixMs::MAX, Uuid::max()),
            Some(cursor) => read_cursor(cursor)?,
        };
        Ok(Self { after, limit })
    }

    /// The limit plus one row, which shows whether there are more.
    fn asked(&self) -> i64 {
        i64::try_from(self.limit + 1).unwrap_or(i64::MAX)
    }

    fn cut<T>(&self, mut found: Vec<T>, cursor_of: fn(&T) -> After) -> (Vec<T>, Option<String>) {
        let more = found.len() > self.limit;
        found.truncate(self.limit);
        let next = found.last().filter(|_| more).map(|last| {
            let (at, id) = cursor_of(last);
            URL_SAFE_NO_PAD.encode([at.to_be_bytes().as_slice(), id.as_bytes()].concat())
        });
        (found, next)
    }
}

fn read_cursor(text: &str) -> AppResult<After> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    let parts = bytes.as_deref().and_then(|bytes| {
        let (at, id) = bytes.split_first_chunk::<8>()?;
        Some((i64::from_be_bytes(*at), Uuid::from_slice(id).ok()?))
    });
    parts.ok_or_else(|| {
        let message = "This cursor doesn't belong to this list. Start without one.";
        AppError::invalid("cursor", message)
    })
}
