//! The password check: a signed-in user repeats their password before a sensitive change.

use deskbell_base::client_address::ClientAddress;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::secrets::password;
use deskbell_store::identity::users::User;

use crate::core::Core;

/// Refuses unless `password`, which was entered in `field`, is the user's.
pub async fn confirm(
    core: &Core,
    user: &User,
    field: &str,
    password: String,
    from: ClientAddress,
) -> AppResult<()> {
    core.limits.sign_in(from, &user.email)?;
    let hash = Some(user.password_hash.clone());
    if password::verify(password, hash, core.policy.bcrypt_cost).await? {
        return Ok(());
    }
    Err(refusal(field))
}

/// The error for a password that is not the user's.
pub fn refusal(field: &str) -> AppError {
    AppError::invalid(field, "This is not your password.")
}
