//! Passwords: the rules for a new one, and hashing with bcrypt.

use std::num::NonZeroUsize;
use std::sync::LazyLock;

use deskbell_protocol::limits;
use tokio::sync::Semaphore;

use crate::error::{AppError, AppResult};

/// Limits concurrent hashing to the number of processors.
static HASHES: LazyLock<Semaphore> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    Semaphore::new(processors)
});

/// Refuses a password that is too short, too simple, or longer than bcrypt supports.
pub fn check(password: &str) -> AppResult<()> {
    let refuse = |message: &str| Err(AppError::invalid("password", message));
    if password.len() > limits::PASSWORD_BYTES {
        return refuse("This password is too long (more than 72 bytes). Choose a shorter one.");
    }
    if password.chars().count() < limits::PASSWORD_CHARS {
        return refuse(
            "Use at least 8 characters, with upper- and lowercase letters and a number.",
        );
    }
    let has = |test: fn(char) -> bool| password.chars().any(test);
    if !(has(char::is_uppercase) && has(char::is_lowercase) && has(|c| c.is_ascii_digit())) {
        return refuse("Use upper- and lowercase letters and a number.");
    }
    Ok(())
}

/// Hashes on a blocking thread, because it takes a quarter of a second by design.
pub async fn hash(password: String, cost: u32) -> AppResult<String> {
    aside(move || bcrypt::hash(password, cost)).await
}

/// Whether `password` matches `hash`. Without a hash (an unknown account) it takes as long and
/// returns false, so that the response time does not reveal who has an account.
pub async fn verify(password: String, hash: Option<String>, cost: u32) -> AppResult<bool> {
    aside(move || match hash {
        _ if password.len() > limits::PASSWORD_BYTES => Ok(false),
        Some(hash) => bcrypt::verify(password, &hash),
        None => bcrypt::hash(password, cost).map(|_| false),
    })
    .await
}

async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> bcrypt::BcryptResult<T> + Send + 'static,
) -> AppResult<T> {
    let _turn = HASHES.acquire().await.map_err(AppError::internal)?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(AppError::internal)?
        .map_err(AppError::internal)
}
