//! Business hours of sites and teams, and their holidays.

mod import;

use std::collections::BTreeSet;

use deskbell_base::actor::Actor;
use deskbell_base::business_hours::{ParsedHours, checked_holidays, parse};
use deskbell_base::clock;
use deskbell_base::error::AppResult;
use deskbell_protocol::UnixMs;
use deskbell_protocol::api::platform::audit::AuditTarget;
use deskbell_protocol::api::workspace::business_hours::{
    BusinessHours, BusinessHoursList, Holiday, SetBusinessHours, SetHolidays,
};
use deskbell_store::workspace::business_hours::{self as store, StoredHours};
use deskbell_store::workspace::{limits, teams};
use deskbell_store::{Error, Handle, Tx, WorkspaceScope, sites};
use serde_json::{Value, json};

use crate::core::Core;
use crate::platform::audit::{self, Action, target};

pub use deskbell_store::workspace::business_hours::Owner;
pub use import::import;

/// The changed holidays that one entry of the audit log names.
const LOGGED_HOLIDAYS: usize = 50;

/// Lists the business hours of the workspace.
pub async fn list(core: &Core, scope: &WorkspaceScope) -> AppResult<BusinessHoursList> {
    let mut reader = core.db.read().await?;
    let all = store::list_hours(&mut reader, scope).await?;
    drop(reader);
    let now = clock::now();
    let business_hours = all.into_iter().map(|hours| view(hours, now));
    Ok(BusinessHoursList {
        business_hours: business_hours.collect::<AppResult<_>>()?,
    })
}

/// Gets the business hours of a site or a team.
pub async fn get(core: &Core, scope: &WorkspaceScope, owner: Owner) -> AppResult<BusinessHours> {
    let mut reader = core.db.read().await?;
    let hours = get_stored(&mut reader, scope, owner).await?;
    view(hours, clock::now())
}

/// Sets the business hours of a site or a team.
pub async fn set(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    owner: Owner,
    body: SetBusinessHours,
) -> AppResult<BusinessHours> {
    let holidays = body.holidays.as_deref();
    let parsed = parse(&body.time_zone, &body.week, holidays.unwrap_or_default())?;
    let holidays = holidays.map(checked_holidays).transpose()?;
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let what = owner_target(&mut tx, scope, owner).await?;
    let before = store::find_hours(&mut tx, scope.workspace_id, owner).await?;
    let kept = before.as_ref().map(|it| it.holidays.clone());
    let after = StoredHours {
        owner,
        time_zone: parsed.time_zone().to_owned(),
        week: parsed.week(),
        holidays: holidays.or(kept).unwrap_or_default(),
        updated_at: tx.now(),
    };
    save(tx, scope, actor, what, before, after).await
}

/// Replaces the holidays of a site or a team that has business hours.
pub async fn set_holidays(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    owner: Owner,
    body: SetHolidays,
) -> AppResult<BusinessHours> {
    let holidays = checked_holidays(&body.holidays)?;
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let what = owner_target(&mut tx, scope, owner).await?;
    let before = get_stored(&mut tx, scope, owner).await?;
    let after = StoredHours {
        holidays,
        updated_at: tx.now(),
        ..before.clone()
    };
    save(tx, scope, actor, what, Some(before), after).await
}

/// Deletes the business hours of a site or a team.
pub async fn delete(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    owner: Owner,
) -> AppResult<()> {
    let workspace = scope.workspace_id;
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, workspace).await?;
    let what = owner_target(&mut tx, scope, owner).await?;
    if !store::delete_hours(&mut tx, workspace, owner).await? {
        return Err(Error::NotFound.into());
    }
    let action = Action::BusinessHoursDeleted;
    audit::record(&mut tx, workspace, actor, action, what, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

async fn get_stored(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
    owner: Owner,
) -> AppResult<StoredHours> {
    let found = store::find_hours(handle, scope.workspace_id, owner).await?;
    Ok(found.ok_or(Error::NotFound)?)
}

/// The site or team of the workspace as the target of an action; `NotFound` if there is none.
async fn owner_target(tx: &mut Tx, scope: &WorkspaceScope, owner: Owner) -> AppResult<AuditTarget> {
    Ok(match owner {
        Owner::Site(id) => target("site", id, sites::get_site(tx, scope, id).await?.name),
        Owner::Team(id) => target("team", id, teams::get_team(tx, scope, id).await?.name),
    })
}

/// Saves the business hours of a locked workspace if they have changed.
async fn save(
    mut tx: Tx,
    scope: &WorkspaceScope,
    actor: &Actor,
    what: AuditTarget,
    before: Option<StoredHours>,
    mut after: StoredHours,
) -> AppResult<BusinessHours> {
    let now = tx.now();
    if let Some(before) = &before {
        after.updated_at = before.updated_at;
    }
    if before.as_ref() != Some(&after) {
        after.updated_at = now;
        store::set_hours(&mut tx, scope, &after).await?;
        let details = logged_change(before.as_ref(), &after);
        let action = Action::BusinessHoursChanged;
        audit::record(&mut tx, scope.workspace_id, actor, action, what, details).await?;
        tx.commit().await?;
    }
    view(after, now)
}

fn logged_change(before: Option<&StoredHours>, after: &StoredHours) -> Value {
    let names = |hours: Option<&StoredHours>| {
        let holidays = hours.map(|it| &it.holidays[..]).unwrap_or_default();
        holidays.iter().map(logged_holiday).collect::<BTreeSet<_>>()
    };
    let (old, new) = (names(before), names(Some(after)));
    let some = |one: &BTreeSet<String>, other| {
        one.difference(other)
            .take(LOGGED_HOLIDAYS)
            .cloned()
            .collect::<Vec<_>>()
    };
    json!({
        "before": before.map(logged),
        "after": logged(after),
        "holidays_added": some(&new, &old),
        "holidays_removed": some(&old, &new),
    })
}

fn logged(hours: &StoredHours) -> Value {
    json!({
        "time_zone": hours.time_zone,
        "week": hours.week,
        "holidays": hours.holidays.len(),
    })
}

fn logged_holiday(holiday: &Holiday) -> String {
    let until = holiday.to.as_deref().unwrap_or(&holiday.from);
    let yearly = if holiday.yearly { ", yearly" } else { "" };
    let hours = holiday
        .hours
        .iter()
        .map(|it| format!(", {}-{}", it.opens, it.closes));
    let hours: String = hours.collect();
    format!(
        "{}: {} to {until}{yearly}{hours}",
        holiday.name, holiday.from
    )
}

fn parsed(hours: &StoredHours) -> AppResult<ParsedHours> {
    parse(&hours.time_zone, &hours.week, &hours.holidays)
}

/// Business hours with what they say at a time.
fn view(hours: StoredHours, now: UnixMs) -> AppResult<BusinessHours> {
    let parsed = parsed(&hours)?;
    let next_change_at = parsed.next_change(now);
    let (site_id, team_id) = match hours.owner {
        Owner::Site(id) => (Some(id), None),
        Owner::Team(id) => (None, Some(id)),
    };
    Ok(BusinessHours {
        site_id,
        team_id,
        time_zone: hours.time_zone,
        week: hours.week,
        holidays: hours.holidays,
        open_now: parsed.is_open(now),
        local_now: parsed.local(now).unwrap_or_default(),
        next_change_at,
        next_change_local: next_change_at.and_then(|at| parsed.local(at)),
        updated_at: hours.updated_at,
    })
}
