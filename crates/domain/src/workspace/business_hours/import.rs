//! The import of holidays from an iCalendar file.

use deskbell_base::actor::Actor;
use deskbell_base::business_hours::checked_holidays;
use deskbell_base::clock;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::icalendar;
use deskbell_protocol::api::workspace::business_hours::{Holiday, ImportedHolidays};
use deskbell_protocol::{ErrorCode, limits as sizes};
use deskbell_store::WorkspaceScope;
use deskbell_store::workspace::business_hours::StoredHours;
use deskbell_store::workspace::limits;
use tokio::task::spawn_blocking;

use super::{Owner, get_stored, owner_target, parsed, save};
use crate::core::Core;

/// Adds the holidays of a file to the business hours of a site or a team. Those that it has stay.
pub async fn import(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    owner: Owner,
    content: impl AsRef<[u8]> + Send + 'static,
) -> AppResult<ImportedHolidays> {
    let mut reader = core.db.read().await?;
    let hours = get_stored(&mut reader, scope, owner).await?;
    drop(reader);
    let today = parsed(&hours)?.local_date(clock::now());
    // The rules of a large file can take longer than other tasks of this thread should wait.
    let reading = spawn_blocking(move || icalendar::read(content.as_ref(), today));
    let calendar = reading.await.map_err(AppError::internal)??;
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let what = owner_target(&mut tx, scope, owner).await?;
    let before = get_stored(&mut tx, scope, owner).await?;
    let mut holidays = before.holidays.clone();
    let (mut added, mut unchanged) = (0, calendar.past);
    for holiday in calendar.holidays {
        if holidays.iter().any(|it| is_same(it, &holiday)) {
            unchanged += 1;
            continue;
        }
        if holidays.len() >= sizes::HOLIDAYS {
            let most = sizes::HOLIDAYS;
            let message = format!(
                "There would be more than {most} holidays. Nothing was imported: delete some first, or choose a smaller file."
            );
            return Err(AppError::new(ErrorCode::LimitReached, message));
        }
        holidays.push(holiday);
        added += 1;
    }
    let after = StoredHours {
        holidays: checked_holidays(&holidays)?,
        ..before.clone()
    };
    let business_hours = save(tx, scope, actor, what, Some(before), after).await?;
    Ok(ImportedHolidays {
        added,
        unchanged,
        refused: calendar.refused,
        business_hours,
    })
}

/// Whether a holiday is there already. Hours that a person has entered for it stay.
fn is_same(known: &Holiday, new: &Holiday) -> bool {
    let days = |it: &Holiday| (it.from.clone(), it.to.clone(), it.yearly);
    known.name == new.name && days(known) == days(new)
}
