//! The lookup of accounts by e-mail address, and the normalisation of stored addresses.

use deskbell_base::clock;
use deskbell_base::email_addresses::normalize;
use deskbell_base::error::AppResult;
use deskbell_store::identity::users::User;
use deskbell_store::identity::{emails, users};
use deskbell_store::{Error, Handle, Store};

/// Finds the account of this address. An account from before addresses were normalised keeps its
/// spelling if another account has the normalised one.
pub async fn find_user(handle: &mut impl Handle, typed: &str) -> AppResult<Option<User>> {
    let (plain, normalized) = (typed.trim().to_lowercase(), normalize(typed));
    if let Some(user) = users::find_user_by_email(handle, &plain).await? {
        return Ok(Some(user));
    }
    if plain == normalized {
        return Ok(None);
    }
    Ok(users::find_user_by_email(handle, &normalized).await?)
}

/// Normalises stored addresses of accounts and invitations. Runs at each start, because SQL cannot
/// do it. An address whose normalised form another account has is not changed, because its owner
/// cannot be determined.
pub async fn normalize_stored(store: &Store) -> AppResult<()> {
    let mut reader = store.read().await?;
    let stored = emails::list_beyond_ascii(&mut reader).await?;
    drop(reader);
    for (owner, email) in stored {
        let normalized = normalize(&email);
        if normalized == email {
            continue;
        }
        let mut tx = store.begin(clock::now()).await?;
        match emails::set_spelling(&mut tx, owner, &email, &normalized).await {
            Ok(()) => {
                tx.commit().await?;
            }
            Err(Error::Conflict(_)) => {
                tracing::warn!(
                    ?owner,
                    "two accounts have the same e-mail address in two spellings; delete one"
                );
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
