//! The audit log: its actions, its entries, its pages and its export.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_base::actor::Actor;
use deskbell_base::client_info::ClientInfo;
use deskbell_base::clock;
use deskbell_base::csv_cells::FORMULA_SIGNS;
use deskbell_base::error::{AppError, AppResult};
use deskbell_protocol::api::platform::audit::{
    AuditCheck, AuditEntries, AuditEntry, AuditTarget, ExportFormat, ListAudit,
};
use deskbell_protocol::api::platform::operator::OperatedWorkspace;
use deskbell_protocol::{UserId, WorkspaceId, limits};
use deskbell_store::identity::users::User;
pub use deskbell_store::platform::audit::lock_logs;
use deskbell_store::platform::audit::{self, Filter, NewEntry};
use deskbell_store::workspace::workspaces;
use deskbell_store::{Error, Store, Tx, WorkspaceScope, platform};
use futures_util::stream::{self, Stream};
use serde_json::{Value, json};
use uuid::Uuid;

/// The log of the platform itself, which belongs to no workspace.
pub const PLATFORM: WorkspaceId = WorkspaceId(Uuid::nil());
/// The number of entries that are read at a time.
const RUN: i64 = 500;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// The actions in the log.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$doc])* $name,)* }

        impl Action {
            /// The name in the log and in the API.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

actions! {
    /// The installation was set up.
    SetUp = "installation.set_up";
    /// A user signed in.
    SignedIn = "session.signed_in";
    /// A sign-in failed because of a wrong password or code; logged at once for the first attempt,
    /// then once a minute as a count.
    SignInFailed = "session.sign_in_failed";
    /// Sign-in attempts are refused for a while because there were too many; logged as rarely.
    SignInThrottled = "session.sign_in_throttled";
    /// A user signed out.
    SignedOut = "session.signed_out";
    /// A refresh token was used twice, so its session ended.
    SessionStolen = "session.reused";
    /// A user revoked sessions from another browser.
    SessionEnded = "session.ended";
    /// A user verified the address of a new account.
    EmailVerified = "account.email_verified";
    /// A user requested a change of address, which is not confirmed yet.
    EmailChangeAsked = "account.email_change_asked";
    /// A user's address was changed.
    EmailChanged = "account.email_changed";
    /// A user changed the password.
    PasswordChanged = "account.password_changed";
    /// A user reset a forgotten password by mail.
    PasswordReset = "account.password_reset";
    /// The second factor was turned on.
    SecondFactorOn = "account.second_factor_on";
    /// The second factor was turned off.
    SecondFactorOff = "account.second_factor_off";
    /// A user replaced the backup codes.
    BackupCodesRenewed = "account.backup_codes_renewed";
    /// A user changed their name.
    Renamed = "account.renamed";
    /// A user changed or removed their picture.
    AvatarChanged = "account.avatar_changed";
    /// A user switched to another workspace.
    Switched = "session.switched";
    /// A user registered, with a new workspace.
    Registered = "workspace.registered";
    /// The name or a setting of the workspace was changed.
    WorkspaceChanged = "workspace.changed";
    /// A person was invited.
    Invited = "invitation.created";
    /// An invitation got a new link.
    InvitedAgain = "invitation.resent";
    /// An invitation was revoked.
    InvitationRevoked = "invitation.revoked";
    /// A person accepted an invitation.
    MemberJoined = "member.joined";
    /// A member's role was changed.
    RoleChanged = "member.role_changed";
    /// A member was removed.
    MemberRemoved = "member.removed";
    /// A team was created.
    TeamCreated = "team.created";
    /// The name, color, members, sites or languages of a team were changed.
    TeamChanged = "team.changed";
    /// A member was added to a team.
    TeamMemberAdded = "team.member_added";
    /// A member was removed from a team.
    TeamMemberRemoved = "team.member_removed";
    /// A team was deleted.
    TeamDeleted = "team.deleted";
    /// The business hours or the holidays of a site or a team were set, changed or imported.
    BusinessHoursChanged = "business_hours.changed";
    /// The business hours of a site or a team were deleted.
    BusinessHoursDeleted = "business_hours.deleted";
    /// A site was created.
    SiteCreated = "site.created";
    /// A site was changed.
    SiteChanged = "site.changed";
    /// A site was deleted.
    SiteDeleted = "site.deleted";
    /// The key of a site was rotated.
    SiteKeyRotated = "site.key_rotated";
    /// The identity secret of a site was created or rotated.
    IdentitySecretMade = "site.identity_secret_made";
    /// A visitor or a network was blocked.
    Blocked = "block.created";
    /// A visitor or a network was unblocked.
    Unblocked = "block.deleted";
    /// A canned response was created.
    CannedResponseCreated = "canned_response.created";
    /// A canned response was changed.
    CannedResponseChanged = "canned_response.changed";
    /// A canned response was deleted.
    CannedResponseDeleted = "canned_response.deleted";
    /// A file of canned responses was imported.
    CannedResponsesImported = "canned_response.imported";
    /// An API token was created.
    TokenCreated = "token.created";
    /// An API token was revoked.
    TokenRevoked = "token.revoked";
    /// A workspace was suspended.
    WorkspaceSuspended = "workspace.suspended";
    /// The suspension of a workspace was ended.
    WorkspaceResumed = "workspace.resumed";
    /// A workspace was deleted.
    WorkspaceDeleted = "workspace.deleted";
    /// The last rows of a deleted workspace were removed.
    WorkspacePurged = "workspace.purged";
    /// An operator entered a workspace.
    OperatorEntered = "operator.entered";
    /// An operator left a workspace.
    OperatorLeft = "operator.left";
    /// A limit of a workspace was set or reset.
    LimitSet = "limit.set";
    /// A user was suspended.
    UserSuspended = "user.suspended";
    /// The suspension of a user was ended.
    UserResumed = "user.resumed";
    /// A user was deleted.
    UserDeleted = "user.deleted";
    /// An unconfirmed registration was deleted.
    RegistrationForgotten = "registration.forgotten";
    /// A user was made an operator.
    OperatorMade = "operator.made";
    /// A user is no longer an operator.
    OperatorUnmade = "operator.unmade";
    /// Maintenance mode was turned on or off.
    MaintenanceSet = "maintenance.set";
    /// An operator read the queued mail and the links in it.
    MailRead = "operator.mail_read";
    /// The log was exported.
    AuditExported = "audit.exported";
}

/// The target of an action.
pub fn target(kind: &str, id: impl ToString, name: impl Into<String>) -> AuditTarget {
    AuditTarget {
        kind: kind.to_owned(),
        id: id.to_string(),
        name: name.into(),
    }
}

/// Appends an entry to the log of `workspace`, in the transaction of the action. `details` is an
/// object with further facts; never a secret.
pub async fn record(
    tx: &mut Tx,
    workspace: WorkspaceId,
    actor: &Actor,
    action: Action,
    target: AuditTarget,
    mut details: Value,
) -> AppResult<()> {
    if let Some(token) = &actor.token_name {
        details["token"] = token.as_str().into();
    }
    let entry = NewEntry {
        action: action.as_str(),
        actor: actor.who.clone(),
        target,
        address: actor
            .origin
            .as_ref()
            .map(ClientInfo::address)
            .unwrap_or_default(),
        user_agent: actor
            .origin
            .as_ref()
            .map_or_else(String::new, |it| it.user_agent.clone()),
        details,
    };
    Ok(audit::append(tx, workspace, entry).await?)
}

/// Appends an entry about a user to the logs of all workspaces of which they are a member.
pub async fn record_about(
    tx: &mut Tx,
    actor: &Actor,
    action: Action,
    user: &User,
    details: Value,
) -> AppResult<()> {
    let memberships = workspaces::list_memberships(tx, user.id).await?;
    let mut logs: Vec<_> = memberships.into_iter().map(|it| it.workspace_id).collect();
    if logs.is_empty() {
        logs.push(PLATFORM);
    }
    lock_logs(tx, &logs).await?;
    for workspace in logs {
        let what = target("member", user.id, &user.name);
        record(tx, workspace, actor, action, what, details.clone()).await?;
    }
    Ok(())
}

/// Locks the platform's log for a user without a membership: entries about them go there, and that log
/// is locked before users.
pub async fn lock_platform_log_if_no_membership(tx: &mut Tx, user: UserId) -> AppResult<()> {
    if workspaces::list_memberships(tx, user).await?.is_empty() {
        lock_logs(tx, &[PLATFORM]).await?;
    }
    Ok(())
}

/// Records that an operator left a workspace. `next`: the workspace whose log is written after that.
pub async fn record_operator_left(
    tx: &mut Tx,
    actor: &Actor,
    left: WorkspaceId,
    next: Option<WorkspaceId>,
) -> AppResult<()> {
    let workspace = match platform::get_workspace(tx, left).await {
        Ok(workspace) => workspace,
        // The workspace was deleted meanwhile, with its log.
        Err(Error::NotFound) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let logs = [Some(PLATFORM), Some(left), next];
    let logs: Vec<_> = logs.into_iter().flatten().collect();
    lock_logs(tx, &logs).await?;
    record_in_both(tx, actor, Action::OperatorLeft, &workspace, json!({})).await
}

/// Records an action in the platform's log, which is locked before all others, and in the workspace's.
pub async fn record_in_both(
    tx: &mut Tx,
    actor: &Actor,
    action: Action,
    workspace: &OperatedWorkspace,
    details: Value,
) -> AppResult<()> {
    let what = target("workspace", workspace.id, &workspace.name);
    let seen_inside = seen_inside(actor);
    let inside = details.clone();
    record(tx, PLATFORM, actor, action, what.clone(), details).await?;
    record(tx, workspace.id, &seen_inside, action, what, inside).await
}

/// An operator as the members of a workspace see them in their log.
pub fn seen_inside(actor: &Actor) -> Actor {
    let mut actor = actor.clone();
    actor.who.via = deskbell_protocol::api::platform::audit::Via::Operator;
    actor
}

/// Lists a page of the log, the newest entry first.
pub async fn list(db: &Store, workspace: WorkspaceId, query: ListAudit) -> AppResult<AuditEntries> {
    let limit = query.limit.unwrap_or(limits::LIST_ROWS);
    if !(1..=limits::LIST_ROWS).contains(&limit) {
        let message = format!("The limit must be 1 to {}.", limits::LIST_ROWS);
        return Err(AppError::invalid("limit", message));
    }
    let before = query.cursor.as_deref().map_or(Ok(i64::MAX), read_cursor)?;
    let asked = i64::try_from(limit).map_err(AppError::internal)?;
    let mut reader = db.read().await?;
    let filter = filter(query);
    let mut entries =
        audit::list_entries(&mut reader, workspace, &filter, before, asked + 1).await?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    let next_cursor = entries.last().filter(|_| more).map(|last| cursor(last.seq));
    Ok(AuditEntries {
        entries,
        next_cursor,
    })
}

/// Exports the log as a stream, the newest entry first: it may be larger than what fits into memory.
/// The export itself is written into the log before it begins.
pub async fn export(
    db: &Store,
    workspace: WorkspaceId,
    actor: &Actor,
    what: AuditTarget,
    query: ListAudit,
    format: ExportFormat,
) -> AppResult<impl Stream<Item = AppResult<String>> + Send + use<>> {
    let mut tx = db.begin(clock::now()).await?;
    let details = json!({ "format": format });
    record(
        &mut tx,
        workspace,
        actor,
        Action::AuditExported,
        what,
        details,
    )
    .await?;
    tx.commit().await?;
    let (db, filter) = (db.clone(), filter(query));
    let begin = match format {
        ExportFormat::Csv => CSV_HEAD,
        ExportFormat::Json => "[",
    };
    let pages = stream::try_unfold((i64::MAX, false), move |(before, ended)| {
        let (db, filter) = (db.clone(), filter.clone());
        async move {
            if ended {
                return Ok::<_, AppError>(None);
            }
            let mut reader = db.read().await?;
            let entries = audit::list_entries(&mut reader, workspace, &filter, before, RUN).await?;
            let first = before == i64::MAX;
            let Some(last) = entries.last() else {
                let end = match format {
                    ExportFormat::Csv => "",
                    ExportFormat::Json => "]\n",
                };
                return Ok(Some((end.to_owned(), (0, true))));
            };
            let next = last.seq;
            let page = match format {
                ExportFormat::Csv => csv_lines(&entries)?,
                ExportFormat::Json => json_items(&entries, first)?,
            };
            Ok(Some((page, (next, false))))
        }
    });
    let begin = stream::once(async move { Ok(begin.to_owned()) });
    Ok(stream::StreamExt::chain(begin, pages))
}

/// Verifies that every entry is present and unchanged.
pub async fn check(db: &Store, workspace: WorkspaceId) -> AppResult<AuditCheck> {
    let mut reader = db.read().await?;
    let (entries, hash) = audit::find_head(&mut reader, workspace).await?;
    let mut at = (0, String::new());
    let broken_at = loop {
        if at.0 >= entries {
            break (at.0 == entries && at.1 != hash).then_some(entries);
        }
        let found = audit::check_entries(&mut reader, workspace, at.clone(), RUN).await?;
        match found {
            Ok(next) if next.0 == at.0 => break Some(at.0 + 1),
            Ok(next) => at = next,
            Err(broken) => break Some(broken),
        }
    };
    Ok(AuditCheck {
        entries,
        hash,
        broken_at,
    })
}

/// The scope's workspace as a target, with its name at that time.
pub fn workspace_target(scope: &WorkspaceScope, name: &str) -> AuditTarget {
    target("workspace", scope.workspace_id, name)
}

fn filter(query: ListAudit) -> Filter {
    Filter {
        actor_id: query.actor,
        action: query.action,
        target_id: query.target,
        since_at: query.since_at,
        until_at: query.until_at,
    }
}

/// The column names of the CSV export.
const CSV_HEAD: &str = "seq,at,action,actor_id,actor,via,target_kind,target_id,target,address,user_agent,details,hash\r\n";

/// Formats entries as CSV (RFC 4180).
fn csv_lines(entries: &[AuditEntry]) -> AppResult<String> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for entry in entries {
        writer
            .write_record(csv_cells(entry))
            .map_err(AppError::internal)?;
    }
    let lines = writer.into_inner();
    let lines = lines.map_err(|error| AppError::internal(error.into_error()))?;
    String::from_utf8(lines).map_err(AppError::internal)
}

fn csv_cells(entry: &AuditEntry) -> [String; 13] {
    let actor_id = entry.actor.user_id.map(|id| id.to_string());
    let cells = [
        entry.seq.to_string(),
        entry.at.to_string(),
        entry.action.clone(),
        actor_id.unwrap_or_default(),
        entry.actor.name.clone(),
        entry.actor.via.as_str().to_owned(),
        entry.target.kind.clone(),
        entry.target.id.clone(),
        entry.target.name.clone(),
        entry.address.clone(),
        entry.user_agent.clone(),
        entry.details.to_string(),
        entry.hash.clone(),
    ];
    cells.map(without_formula)
}

/// Puts an apostrophe before a cell that a spreadsheet would evaluate as a formula.
fn without_formula(cell: String) -> String {
    match cell.starts_with(FORMULA_SIGNS) {
        true => format!("'{cell}"),
        false => cell,
    }
}

fn json_items(entries: &[AuditEntry], first: bool) -> AppResult<String> {
    let items: Result<Vec<_>, _> = entries.iter().map(serde_json::to_string).collect();
    let items = items.map_err(AppError::internal)?.join(",\n");
    Ok(if first { items } else { format!(",\n{items}") })
}

fn cursor(seq: i64) -> String {
    URL_SAFE_NO_PAD.encode(seq.to_be_bytes())
}

fn read_cursor(text: &str) -> AppResult<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    let bytes = bytes.and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
    bytes.map(i64::from_be_bytes).ok_or_else(|| {
        AppError::invalid(
            "cursor",
            "This cursor doesn't belong to this list. Start without one.",
        )
    })
}
