//! Maintenance mode: while it is on, everyone but operators is refused with a message.
//!
//! It is stored in the database, and every node polls it, so that it is the same on all nodes and
//! after a restart.

use std::sync::{PoisonError, RwLock};

use deskbell_base::error::{AppError, AppResult};
use deskbell_protocol::{ErrorBody, ErrorCode};
use deskbell_store::{Store, platform};

/// The name of the setting in the database.
pub const SETTING: &str = "maintenance";
/// When a refused client may try again.
const RETRY_AFTER_MS: u32 = 30_000;

/// Maintenance mode as this node knows it: the message for refused callers, if it is on.
#[derive(Default)]
pub struct MaintenanceMode(RwLock<Option<String>>);

impl MaintenanceMode {
    /// The message, if maintenance mode is on.
    pub fn message(&self) -> Option<String> {
        let message = self.0.read().unwrap_or_else(PoisonError::into_inner);
        message.clone()
    }

    /// Refuses everyone but operators while it is on.
    pub fn admit(&self, is_operator: bool) -> AppResult<()> {
        match self.message() {
            Some(message) if !is_operator => {
                let mut body = ErrorBody::new(ErrorCode::Maintenance, message);
                body.retry_after_ms = Some(RETRY_AFTER_MS);
                Err(AppError::from(body))
            }
            _ => Ok(()),
        }
    }

    /// Turns it on with a message, or off. Returns whether that is a change.
    pub fn set(&self, message: Option<String>) -> bool {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_changed = *known != message;
        *known = message;
        is_changed
    }

    /// Loads it from the database. Returns whether it has changed.
    pub async fn load(&self, db: &Store) -> AppResult<bool> {
        let mut reader = db.read().await?;
        let message = platform::find_setting(&mut reader, SETTING).await?;
        Ok(self.set(message))
    }
}
