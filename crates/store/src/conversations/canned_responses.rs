//! Canned responses. A member sees their own and those of their teams and of the workspace, an administrator
//! those of all teams. What they do not see does not exist for them.

use deskbell_protocol::api::conversations::canned_responses::{CannedResponse, ResponseScope};
use deskbell_protocol::{AgentView, CannedResponseId, Role, TeamId, UserId, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::error::{expect_changed, or_conflict};
use crate::platform::pattern;
use crate::{Handle, Result, Tx, WorkspaceScope};

/// The members who see a canned response, and among whose responses its shortcut is unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Its owner alone.
    Own(UserId),
    /// The members of a team.
    Team(TeamId),
    /// All members.
    Workspace,
}

/// The fields of a canned response to save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    pub audience: Audience,
    pub shortcut: String,
    /// The shortcut in the form in which it is compared.
    pub shortcut_key: String,
    pub title: String,
    pub category: String,
    pub content: String,
    /// All texts in the form in which they are searched.
    pub search_text: String,
}

/// Which canned responses to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A part of the search text.
    pub search: Option<String>,
    pub category: Option<String>,
    pub scope: Option<ResponseScope>,
}

/// A position in the list: the key of the last shortcut and its id. The default is the beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPosition {
    pub shortcut_key: String,
    pub id: Uuid,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    scope: String,
    team_id: Option<Uuid>,
    shortcut: String,
    shortcut_key: String,
    title: String,
    category: String,
    content: String,
    created_by: Uuid,
    created_by_name: String,
    created_at: i64,
    updated_at: i64,
    use_count: i64,
    last_used_at: Option<i64>,
}

/// Completes a statement on the canned responses of workspace `$1` that the member `$2` sees; `$3`: they are
/// an administrator.
macro_rules! of_visible {
    ($columns:literal, $clauses:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM canned_responses r JOIN users u ON u.id = r.created_by ",
            "WHERE r.workspace_id = $1 AND (r.scope = 'workspace' OR r.owner_id = $2 OR (r.scope = 'team' AND ($3 OR ",
            "EXISTS (SELECT 1 FROM team_members t WHERE t.team_id = r.team_id AND t.user_id = $2 AND t.workspace_id = $1)))) ",
            $clauses
        )
    };
}

macro_rules! select_visible {
    ($clauses:literal) => {
        of_visible!(
            "r.id, r.scope, r.team_id, r.shortcut, r.shortcut_key, r.title, r.category, r.content, \
             r.created_by, u.name AS created_by_name, r.created_at, r.updated_at, r.use_count, r.last_used_at",
            $clauses
        )
    };
}

const GET: &str = select_visible!("AND r.id = $4");
const BY_SHORTCUT: &str =
    select_visible!("AND r.shortcut_key = $4 AND r.scope = $5 AND ($6 IS NULL OR r.team_id = $6)");
const LIST: &str = select_visible!(
    "AND ($4 IS NULL OR r.search_text LIKE $4 ESCAPE '!') AND ($5 IS NULL OR r.category = $5) \
     AND ($6 IS NULL OR r.scope = $6) AND (r.shortcut_key, r.id) > ($7, $8) \
     ORDER BY r.shortcut_key, r.id LIMIT $9"
);
const CATEGORIES: &str = of_visible!(
    "DISTINCT r.category",
    "AND r.category <> '' ORDER BY r.category"
);
const COUNT_OWN: &str =
    "SELECT COUNT(*) FROM canned_responses WHERE workspace_id = $1 AND owner_id = $2";
const COUNT_SHARED: &str =
    "SELECT COUNT(*) FROM canned_responses WHERE workspace_id = $1 AND owner_id IS NULL";
const INSERT: &str = "INSERT INTO canned_responses (id, workspace_id, scope, owner_id, team_id, \
    shortcut, shortcut_key, title, category, content, search_text, created_by, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)";
const SET: &str = "UPDATE canned_responses SET scope = $3, owner_id = $4, team_id = $5, shortcut = $6, \
    shortcut_key = $7, title = $8, category = $9, content = $10, search_text = $11, updated_at = $12 \
    WHERE workspace_id = $1 AND id = $2";
const USED: &str = "UPDATE canned_responses SET use_count = use_count + 1, last_used_at = $3 \
    WHERE workspace_id = $1 AND id = $2";
const DELETE: &str = "DELETE FROM canned_responses WHERE workspace_id = $1 AND id = $2";

/// Lists a page of the responses that the member sees, by their shortcuts. Returns with each the position
/// after it.
pub async fn list_canned_responses(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
    filter: &Filter,
    after: &ListPosition,
    limit: i64,
) -> Result<Vec<(CannedResponse, ListPosition)>> {
    let only = filter.scope.as_ref().map(ResponseScope::as_str);
    let rows: Vec<Row> = on!(handle, c => sqlx::query_as(LIST)
        .bind(scope.workspace_id.0).bind(scope.user.id.0).bind(scope.role.reaches(Role::Admin))
        .bind(filter.search.as_deref().map(pattern)).bind(filter.category.as_deref()).bind(only)
        .bind(&after.shortcut_key).bind(after.id).bind(limit)
        .fetch_all(c).await)?;
    let listed = rows.into_iter().map(|mut row| {
        let position = ListPosition {
            shortcut_key: std::mem::take(&mut row.shortcut_key),
            id: row.id,
        };
        (row.into(), position)
    });
    Ok(listed.collect())
}

/// Lists the categories of the responses that the member sees.
pub async fn list_categories(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
) -> Result<Vec<String>> {
    Ok(on!(handle, c => sqlx::query_scalar(CATEGORIES)
        .bind(scope.workspace_id.0).bind(scope.user.id.0).bind(scope.role.reaches(Role::Admin)).fetch_all(c).await)?)
}

/// Gets a response that the member sees.
pub async fn get_canned_response(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
    id: CannedResponseId,
) -> Result<CannedResponse> {
    let row: Row = on!(handle, c => sqlx::query_as(GET)
        .bind(scope.workspace_id.0).bind(scope.user.id.0).bind(scope.role.reaches(Role::Admin)).bind(id.0).fetch_one(c).await)?;
    Ok(row.into())
}

/// Finds the response with this shortcut among those of an audience that the member sees.
pub async fn find_by_shortcut(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
    audience: Audience,
    shortcut_key: &str,
) -> Result<Option<CannedResponse>> {
    let (_, _, team) = audience.columns();
    let row: Option<Row> = on!(handle, c => sqlx::query_as(BY_SHORTCUT)
        .bind(scope.workspace_id.0).bind(scope.user.id.0).bind(scope.role.reaches(Role::Admin)).bind(shortcut_key).bind(audience.scope().as_str()).bind(team)
        .fetch_optional(c).await)?;
    Ok(row.map(CannedResponse::from))
}

/// Counts the responses of a member's own, or all that members share.
pub async fn count_canned_responses(
    handle: &mut impl Handle,
    workspace: WorkspaceId,
    audience: Audience,
) -> Result<i64> {
    Ok(match audience {
        Audience::Own(owner) => on!(handle, c => sqlx::query_scalar(COUNT_OWN)
            .bind(workspace.0).bind(owner.0).fetch_one(c).await)?,
        Audience::Team(_) | Audience::Workspace => {
            on!(handle, c => sqlx::query_scalar(COUNT_SHARED)
            .bind(workspace.0).fetch_one(c).await)?
        }
    })
}

/// Creates a response. `Conflict` if its audience has one with this shortcut.
pub async fn create_canned_response(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    fields: &Fields,
) -> Result<CannedResponseId> {
    let id = CannedResponseId::from_parts(tx.now(), tx.random());
    let now = tx.now();
    let (word, owner, team) = fields.audience.columns();
    on!(tx, c => sqlx::query(INSERT)
        .bind(id.0).bind(scope.workspace_id.0).bind(word).bind(owner).bind(team)
        .bind(&fields.shortcut).bind(&fields.shortcut_key).bind(&fields.title).bind(&fields.category)
        .bind(&fields.content).bind(&fields.search_text).bind(scope.user.id.0).bind(now)
        .execute(c).await.map(drop))
    .map_err(or_conflict("canned response"))?;
    Ok(id)
}

/// Changes a response. `Conflict` if its audience has another one with this shortcut.
pub async fn set_canned_response(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    id: CannedResponseId,
    fields: &Fields,
) -> Result<()> {
    let now = tx.now();
    let (word, owner, team) = fields.audience.columns();
    let rows = on!(tx, c => sqlx::query(SET)
        .bind(scope.workspace_id.0).bind(id.0).bind(word).bind(owner).bind(team)
        .bind(&fields.shortcut).bind(&fields.shortcut_key).bind(&fields.title).bind(&fields.category)
        .bind(&fields.content).bind(&fields.search_text).bind(now)
        .execute(c).await.map(|done| done.rows_affected()))
    .map_err(or_conflict("canned response"))?;
    expect_changed(rows)
}

/// Counts a use of a response, now.
pub async fn count_use(tx: &mut Tx, scope: &WorkspaceScope, id: CannedResponseId) -> Result<()> {
    let now = tx.now();
    let rows = on!(tx, c => sqlx::query(USED)
        .bind(scope.workspace_id.0).bind(id.0).bind(now)
        .execute(c).await.map(|done| done.rows_affected()))?;
    expect_changed(rows)
}

/// Deletes a response.
pub async fn delete_canned_response(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    id: CannedResponseId,
) -> Result<()> {
    let rows = on!(tx, c => sqlx::query(DELETE)
        .bind(scope.workspace_id.0).bind(id.0)
        .execute(c).await.map(|done| done.rows_affected()))?;
    expect_changed(rows)
}

impl Audience {
    /// The scope in which it is shown.
    pub fn scope(self) -> ResponseScope {
        match self {
            Self::Own(_) => ResponseScope::Own,
            Self::Team(_) => ResponseScope::Team,
            Self::Workspace => ResponseScope::Workspace,
        }
    }

    /// The columns `scope`, `owner_id` and `team_id`.
    fn columns(self) -> (&'static str, Option<Uuid>, Option<Uuid>) {
        match self {
            Self::Own(owner) => ("own", Some(owner.0), None),
            Self::Team(team) => ("team", None, Some(team.0)),
            Self::Workspace => ("workspace", None, None),
        }
    }
}

impl From<Row> for CannedResponse {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            scope: ResponseScope::from_word(&row.scope),
            team_id: row.team_id.map(TeamId::from),
            shortcut: row.shortcut,
            title: row.title,
            category: row.category,
            content: row.content,
            created_by: AgentView {
                id: row.created_by.into(),
                name: row.created_by_name,
            },
            created_at: row.created_at,
            updated_at: row.updated_at,
            use_count: row.use_count,
            last_used_at: row.last_used_at,
        }
    }
}
