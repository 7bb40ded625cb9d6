//! E-mail addresses: one canonical form for each mailbox.
//!
//! A domain can be written with letters of any script or in ASCII (`xn--…`), and a letter with an
//! accent as one character or as two. All of these name the same mailbox, so an address is stored
//! and looked up in one form: NFC, lower case, its domain in ASCII.

use deskbell_protocol::limits;
use email_address::EmailAddress;
use unicode_normalization::UnicodeNormalization;
use url::Host;

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

fn refuse(message: &str) -> AppError {
    AppError::invalid("email", message)
}
