//! Removes the rows of deleted workspaces, a portion at a time, what is long past of sessions, and
//! registrations that nobody has confirmed.

use std::time::Duration;

use deskbell_store::{purge, sessions};
use serde_json::json;

use crate::app::App;
use crate::auth::member::Actor;
use crate::clock;
use crate::domain::audit::{self, Action, PLATFORM, target};
use crate::domain::departures;
use crate::error::AppResult;

/// Between two portions, so that others have their turn.
const PAUSE: Duration = Duration::from_millis(20);
/// When there was nothing to do, it is looked again after this time.
const REST: Duration = Duration::from_secs(60);
/// A session that has ended, or a refresh token that was used, is forgotten after this time: until
/// then it can be told that the token came twice.
const FORGET_AFTER_MS: i64 = 7 * 24 * 3_600_000;

/// Works as long as the server does.
pub async fn work(app: App) {
    loop {
        match step(&app).await {
            Ok(true) => tokio::time::sleep(PAUSE).await,
            Ok(false) => wait(&app).await,
            Err(error) => {
                error.log();
                wait(&app).await;
            }
        }
    }
}

async fn wait(app: &App) {
    let woken = app.wakes.purge.notified();
    let _ = tokio::time::timeout(REST, woken).await;
}

/// One portion. False: there was nothing to do.
async fn step(app: &App) -> AppResult<bool> {
    let mut reader = app.store.read().await?;
    let found = purge::find_deleted(&mut reader).await?;
    drop(reader);
    let mut tx = app.begin().await?;
    let Some(workspace) = found else {
        let before = clock::now() - FORGET_AFTER_MS;
        sessions::delete_past_sessions(&mut tx, before).await?;
        sessions::delete_used_refreshes(&mut tx, before).await?;
        tx.commit().await?;
        return departures::forget_unconfirmed(app).await;
    };
    audit::hold(&mut tx, &[PLATFORM]).await?;
    if purge::remove_some(&mut tx, workspace).await? {
        let what = target("workspace", workspace, "");
        let action = Action::WorkspacePurged;
        audit::record(&mut tx, PLATFORM, &Actor::system(), action, what, json!({})).await?;
    }
    tx.commit().await?;
    Ok(true)
}
