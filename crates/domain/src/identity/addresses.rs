//! E-mail addresses: one canonical form for each mailbox.
//!
//! A domain can be written with letters of any script or in ASCII (`xn--…`), and a letter with an
//! accent as one character or as two. All of these name the same mailbox, so an address is stored
//! and looked up in one form: NFC, lower case, its domain in ASCII.

use deskbell_protocol::limits;
use deskbell_store::identity::users::User;
use deskbell_store::identity::{emails, users};
use deskbell_store::{Error, Handle, Store};
use email_address::EmailAddress;
use unicode_normalization::UnicodeNormalization;
use url::Host;

use crate::clock;
use crate::error::{AppError, AppResult};

/// Normalises an address for storage and look-up. Text that is not an address is only converted to
/// lower case.
pub fn normalize(address: &str) -> String {
    let address: String = address.trim().nfc().collect();
    let address = address.to_lowercase();
    match address.rsplit_once('@') {
        Some((local, domain)) => match Host::parse(domain) {
            Ok(Host::Domain(domain)) => format!("{local}@{domain}"),
            _ => address,
        },
        None => address,
    }
}

/// Parses and normalises an address to which mail can be sent. Whether the mailbox exists is not
/// checked.
pub fn parse(address: &str) -> AppResult<String> {
    let address = normalize(address);
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Err(refuse("Enter an e-mail address like name@example.com."));
    };
    if !local.is_ascii() {
        return Err(refuse(
            "Mail can't be sent to this address: before the @ only the letters a to z, digits and \
             common punctuation work.",
        ));
    }
    let is_deliverable = address.len() <= limits::EMAIL_BYTES
        && domain.is_ascii()
        && domain.contains('.')
        && matches!(Host::parse(domain), Ok(Host::Domain(_)))
        && !local.starts_with('"')
        && EmailAddress::is_valid(&address);
    if !is_deliverable {
        return Err(refuse(
            "Mail can't be sent to this address. Check the spelling; it should look like \
             name@example.com.",
        ));
    }
    Ok(address)
}

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

fn refuse(message: &str) -> AppError {
    AppError::invalid("email", message)
}
