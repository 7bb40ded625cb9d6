//! The platform closed for a while: only operators get an answer, everybody else is told why.
//!
//! It stands in the database, where every node looks for it, so that it holds for all of them and
//! through a restart.

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

/// Whether this node lets people in.
#[derive(Default)]
pub struct Gate(RwLock<Option<String>>);

impl Gate {
    /// Why it is closed, if it is.
    pub fn closed_for(&self) -> Option<String> {
        let why = self.0.read().unwrap_or_else(PoisonError::into_inner);
        why.clone()
    }

    /// Refuses everybody but operators.
    pub fn pass(&self, is_operator: bool) -> AppResult<()> {
        match self.closed_for() {
            Some(why) if !is_operator => {
                let mut body = ErrorBody::new(ErrorCode::Maintenance, why);
                body.retry_after_ms = Some(RETRY_AFTER_MS);
                Err(AppError::from(body))
            }
            _ => Ok(()),
        }
    }

    /// True: it was otherwise before.
    fn set(&self, why: Option<String>) -> bool {
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
    if app.gate.set(why) {
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
