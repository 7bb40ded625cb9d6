//! Business hours of sites and teams.

use deskbell_protocol::api::workspace::business_hours::{Holiday, WeeklyHours};
use deskbell_protocol::{SiteId, TeamId, UnixMs, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::{Json, Uuid};

use crate::{Handle, Result, Tx, WorkspaceScope};

/// The site or team that has business hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Site(SiteId),
    Team(TeamId),
}

/// The business hours of a site or a team, as they are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredHours {
    pub owner: Owner,
    /// The name of the time zone in the IANA database.
    pub time_zone: String,
    pub week: Vec<WeeklyHours>,
    pub holidays: Vec<Holiday>,
    pub updated_at: UnixMs,
}

#[derive(FromRow)]
struct Row {
    owner_id: Uuid,
    is_team: bool,
    time_zone: String,
    week: Json<Vec<WeeklyHours>>,
    holidays: Json<Vec<Holiday>>,
    updated_at: i64,
}

// A site that an older version has deleted still has its hours.
macro_rules! select_hours {
    ($clauses:literal) => {
        concat!(
            "SELECT h.owner_id, h.is_team, h.time_zone, h.week, h.holidays, h.updated_at ",
            "FROM business_hours h LEFT JOIN sites s ON s.id = h.owner_id ",
            "WHERE h.workspace_id = $1 AND s.deleted_at IS NULL ",
            $clauses
        )
    };
}

const LIST: &str = select_hours!("ORDER BY h.owner_id");
const FIND: &str = select_hours!("AND h.owner_id = $2 AND h.is_team = $3");
const SET: &str = "INSERT INTO business_hours \
    (owner_id, workspace_id, is_team, time_zone, week, holidays, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (owner_id) DO UPDATE \
    SET time_zone = excluded.time_zone, week = excluded.week, holidays = excluded.holidays, \
    updated_at = excluded.updated_at WHERE business_hours.workspace_id = excluded.workspace_id";
const DELETE: &str =
    "DELETE FROM business_hours WHERE workspace_id = $1 AND owner_id = $2 AND is_team = $3";

/// Lists the business hours of the workspace.
pub async fn list_hours(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
) -> Result<Vec<StoredHours>> {
    let rows: Vec<Row> =
        on!(handle, c => sqlx::query_as(LIST).bind(scope.workspace_id.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(StoredHours::from).collect())
}

/// Finds the business hours of a site or a team.
pub async fn find_hours(
    handle: &mut impl Handle,
    workspace: WorkspaceId,
    owner: Owner,
) -> Result<Option<StoredHours>> {
    let row: Option<Row> = on!(handle, c => sqlx::query_as(FIND)
        .bind(workspace.0).bind(owner.id()).bind(owner.is_team()).fetch_optional(c).await)?;
    Ok(row.map(StoredHours::from))
}

/// Sets the business hours of a site or a team, which the caller has found in the workspace.
pub async fn set_hours(tx: &mut Tx, scope: &WorkspaceScope, hours: &StoredHours) -> Result<()> {
    on!(tx, c => sqlx::query(SET)
        .bind(hours.owner.id()).bind(scope.workspace_id.0).bind(hours.owner.is_team())
        .bind(&hours.time_zone).bind(Json(&hours.week)).bind(Json(&hours.holidays))
        .bind(hours.updated_at)
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Deletes the business hours of a site or a team. Returns whether it had some.
pub async fn delete_hours(tx: &mut Tx, workspace: WorkspaceId, owner: Owner) -> Result<bool> {
    let rows = on!(tx, c => sqlx::query(DELETE)
        .bind(workspace.0).bind(owner.id()).bind(owner.is_team())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows > 0)
}

impl Owner {
    fn id(self) -> Uuid {
        match self {
            Self::Site(id) => id.0,
            Self::Team(id) => id.0,
        }
    }

    fn is_team(self) -> bool {
        matches!(self, Self::Team(_))
    }
}

impl From<Row> for StoredHours {
    fn from(row: Row) -> Self {
        Self {
            owner: match row.is_team {
                true => Owner::Team(row.owner_id.into()),
                false => Owner::Site(row.owner_id.into()),
            },
            time_zone: row.time_zone,
            week: row.week.0,
            holidays: row.holidays.0,
            updated_at: row.updated_at,
        }
    }
}
