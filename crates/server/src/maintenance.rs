//! Maintenance mode: while it is on, everybody but operators is refused with a message.
//!
//! The database has it, and every node polls the database, so that it is the same on all nodes and
//! after a restart.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use deskbell_protocol::{ErrorBody, ErrorCode};
use deskbell_store::platform;

use crate::app::App;
use crate::error::{AppError, AppResult};

/// What the database calls it.
pub const SETTING: &str = "maintenance";
/// A node knows it after this time at the latest.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// When people are to try again.
const RETRY_AFTER_MS: u32 = 30_000;

/// Maintenance mode as this node knows it: the message for everybody who is refused, if it is on.
#[derive(Default)]
pub struct MaintenanceMode(RwLock<Option<String>>);

impl MaintenanceMode {
    /// The message, if it is on.
    pub fn message(&self) -> Option<String> {
        let why = self.0.read().unwrap_or_else(PoisonError::into_inner);
        why.clone()
    }

    /// Refuses everybody but operators.
    pub fn admit(&self, is_operator: bool) -> AppResult<()> {
        match self.message() {
            Some(why) if !is_operator => {
                let mut body = ErrorBody::new(ErrorCode::Maintenance, why);
                body.retry_after_ms = Some(RETRY_AFTER_MS);
                Err(AppError::from(body))
            }
            _ => Ok(()),
        }
    }

    /// Turns it on with a message, or off. Returns whether that is a change.
    pub fn set(&self, why: Option<String>) -> bool {
        let mut closed_for = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let changed = *closed_for != why;
        *closed_for = why;
        changed
    }
}

/// Looks into the database, and lets all sessions of this node prove themselves if it has changed.
pub async fn look(app: &App) -> AppResult<()> {
    let mut reader = app.store.read().await?;
    let why = platform::find_setting(&mut reader, SETTING).await?;
    if app.maintenance.set(why) {
        app.hub.look_again(None);
    }
    Ok(())
}

/// Looks again and again. While the database does not answer, it stays as it was.
pub async fn keep_looking(app: App) {
    loop {
        let _ = look(&app).await;
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
