//! The audit log: what is written into it, and how it is read.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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

use crate::actor::Actor;
use crate::client_info::ClientInfo;
use crate::clock;
use crate::error::{AppError, AppResult};

/// The log of the platform itself, which belongs to no workspace.
pub const PLATFORM: WorkspaceId = WorkspaceId(Uuid::nil());
/// Entries that are read at a time.
const RUN: i64 = 500;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// What is written into the log.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$doc])* $name,)* }

        impl Action {
            /// As the log and the API call it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

actions! {
    /// The installation was set up.
    SetUp = "installation.set_up";
    /// Somebody signed in.
    SignedIn = "session.signed_in";
    /// Somebody tried to sign in with a wrong password or code; the first time at once, then once a
    /// minute with how often.
    SignInFailed = "session.sign_in_failed";
    /// So many tries that no more are taken for a while; as seldom.
    SignInThrottled = "session.sign_in_throttled";
    /// Somebody signed out.
    SignedOut = "session.signed_out";
    /// A refresh token was used twice, so its session ended.
    SessionStolen = "session.reused";
    /// Somebody ended sessions of theirs from elsewhere.
    SessionEnded = "session.ended";
    /// Somebody showed that the address they had registered with is theirs.
    EmailVerified = "account.email_verified";
    /// Somebody asked for another address; it is not theirs before they have shown that.
    EmailChangeAsked = "account.email_change_asked";
    /// Somebody has another address.
    EmailChanged = "account.email_changed";
    /// Somebody set another password.
    PasswordChanged = "account.password_changed";
    /// Somebody who had forgotten their password set another one, by mail.
    PasswordReset = "account.password_reset";
    /// A code is asked for when somebody signs in.
    SecondFactorOn = "account.second_factor_on";
    /// No code is asked for any more when somebody signs in.
    SecondFactorOff = "account.second_factor_off";
    /// Somebody made new backup codes.
    BackupCodesRenewed = "account.backup_codes_renewed";
    /// Somebody is called otherwise.
    Renamed = "account.renamed";
    /// Somebody has another picture, or none.
    AvatarChanged = "account.avatar_changed";
    /// Somebody went on in another workspace.
    Switched = "session.switched";
    /// Somebody registered, with a workspace of their own.
    Registered = "workspace.registered";
    /// What the workspace is called, or how much it keeps of addresses, was changed.
    WorkspaceChanged = "workspace.changed";
    /// Somebody was invited.
    Invited = "invitation.created";
    /// An invitation got a new link.
    InvitedAgain = "invitation.resent";
    /// An invitation was taken back.
    InvitationRevoked = "invitation.revoked";
    /// Somebody accepted an invitation.
    MemberJoined = "member.joined";
    /// A member was given another role.
    RoleChanged = "member.role_changed";
    /// A member was removed.
    MemberRemoved = "member.removed";
    /// A site was made.
    SiteCreated = "site.created";
    /// A site was changed.
    SiteChanged = "site.changed";
    /// A site was deleted.
    SiteDeleted = "site.deleted";
    /// A site got another key.
    SiteKeyRotated = "site.key_rotated";
    /// A site got another identity secret.
    IdentitySecretMade = "site.identity_secret_made";
    /// A visitor or a network was kept out.
    Blocked = "block.created";
    /// A visitor or a network was let in again.
    Unblocked = "block.deleted";
    /// A program's token was made.
    TokenCreated = "token.created";
    /// A program's token was ended.
    TokenRevoked = "token.revoked";
    /// A workspace was suspended.
    WorkspaceSuspended = "workspace.suspended";
    /// Its suspension was ended.
    WorkspaceResumed = "workspace.resumed";
    /// A workspace was deleted.
    WorkspaceDeleted = "workspace.deleted";
    /// The last of its rows are gone.
    WorkspacePurged = "workspace.purged";
    /// An operator entered a workspace.
    OperatorEntered = "operator.entered";
    /// And left it.
    OperatorLeft = "operator.left";
    /// A workspace was given a limit for itself, or that was taken back.
    LimitSet = "limit.set";
    /// A user was suspended.
    UserSuspended = "user.suspended";
    /// Their suspension was ended.
    UserResumed = "user.resumed";
    /// A user was deleted.
    UserDeleted = "user.deleted";
    /// A registration that nobody confirmed was forgotten.
    RegistrationForgotten = "registration.forgotten";
    /// Somebody was made an operator.
    OperatorMade = "operator.made";
    /// Somebody is no operator any more.
    OperatorUnmade = "operator.unmade";
    /// The platform was closed for a while, or opened again.
    MaintenanceSet = "maintenance.set";
    /// An operator looked at the mail that waits, and at the links in it.
    MailRead = "operator.mail_read";
    /// The log was taken out.
    AuditExported = "audit.exported";
}

/// What something was done to.
pub fn target(kind: &str, id: impl ToString, name: impl Into<String>) -> AuditTarget {
    AuditTarget {
        kind: kind.to_owned(),
        id: id.to_string(),
        name: name.into(),
    }
}

/// Writes it into the log of `workspace`, in the transaction in which it is done. `details` is an
/// object of what else there is to know; never a secret.
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

/// Writes what concerns a person into the logs of all workspaces they are a member of.
pub async fn record_about(
    tx: &mut Tx,
    actor: &Actor,
    action: Action,
    user: &User,
    details: Value,
) -> AppResult<()> {
    let memberships = workspaces::list_memberships(tx, user.id).await?;
    let mut logs: Vec<_> = memberships
        .into_iter()
        .map(|place| place.workspace_id)
        .collect();
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
        // Deleted meanwhile, and its log with it.
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

/// A page of the log, the newest first.
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

/// Whether each entry is there and as it was written.
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

/// The scope's workspace and what it was called, as a target.
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

/// The characters with which a formula begins in a spreadsheet, also in their full-width forms, which
/// some programs convert.
const FORMULA_SIGNS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

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
