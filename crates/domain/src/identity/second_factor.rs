//! The second factor: codes of an authenticator app, and backup codes.

use data_encoding::BASE32_NOPAD;
use deskbell_base::actor::Actor;
use deskbell_base::clock;
use deskbell_base::email_text::Email;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::secrets::sealer::Sealed;
use deskbell_base::secrets::{token, totp};
use deskbell_protocol::api::identity::account::{BackupCodes, TwoFactor, TwoFactorSecret};
use deskbell_protocol::{ErrorCode, UserId};
use deskbell_store::identity::second_factors;
use deskbell_store::identity::users::User;
use deskbell_store::{Error, Tx};
use serde_json::json;

use crate::core::Core;
use crate::identity::email_tokens;
use crate::mail;
use crate::platform::audit::{Action, record_about};

/// The issuer that an authenticator app shows.
const ISSUER: &str = "Deskbell";
const BACKUP_CODES: usize = 10;
/// The length of a backup code without the hyphen: 50 bits.
const BACKUP_CHARS: usize = 10;

/// Whether sign-in requires a code.
pub async fn state(core: &Core, user: UserId) -> AppResult<TwoFactor> {
    let mut reader = core.db.read().await?;
    let factor = second_factors::find_second_factor(&mut reader, user).await?;
    let left = second_factors::count_backup_codes(&mut reader, user).await?;
    Ok(TwoFactor {
        enabled: factor.is_some_and(|factor| factor.confirmed_at.is_some()),
        backup_codes_left: u32::try_from(left).unwrap_or(0),
    })
}

/// Creates a secret for an authenticator app; no code is required until one was confirmed.
pub async fn begin(core: &Core, user: &User) -> AppResult<TwoFactorSecret> {
    let secret = totp::new_secret();
    let sealed = core.sealer.seal(Sealed::SecondFactor, &secret);
    let mut tx = core.begin().await?;
    if !second_factors::begin_second_factor(&mut tx, user.id, &sealed).await? {
        return Err(AppError::new(
            ErrorCode::Conflict,
            "Two-factor authentication is already on. Turn it off first.",
        ));
    }
    tx.commit().await?;
    Ok(TwoFactorSecret {
        secret: totp::spell(&secret),
        otpauth_url: totp::otpauth_url(&secret, &user.email, ISSUER),
    })
}

/// Confirms the second factor with a code: sign-in requires a code from now on.
pub async fn confirm(
    core: &Core,
    actor: &Actor,
    user: &User,
    code: &str,
) -> AppResult<BackupCodes> {
    core.limits.try_code(user.id)?;
    let mut tx = core.begin().await?;
    let factor = second_factors::find_second_factor(&mut tx, user.id).await?;
    match factor {
        Some(factor) if factor.confirmed_at.is_none() => {}
        _ => {
            let message = "There is nothing to confirm. Start the set-up again.";
            return Err(AppError::new(ErrorCode::Conflict, message));
        }
    }
    let is_right = match Code::parse(code) {
        Code::Phone(digits) => use_phone_code(core, &mut tx, user.id, &digits).await?,
        Code::Backup(_) => false,
    };
    if !is_right {
        return Err(wrong_code());
    }
    second_factors::confirm_second_factor(&mut tx, user.id).await?;
    let codes = new_backup_codes(&mut tx, user.id).await?;
    announce(core, &mut tx, actor, user, true).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Replaces the backup codes by ten new ones.
pub async fn renew_codes(
    core: &Core,
    actor: &Actor,
    user: &User,
    code: &str,
) -> AppResult<BackupCodes> {
    core.limits.try_code(user.id)?;
    let mut tx = core.begin().await?;
    require(&mut tx, user.id).await?;
    if !use_code(core, &mut tx, user.id, code).await? {
        return Err(wrong_code());
    }
    let codes = new_backup_codes(&mut tx, user.id).await?;
    record_about(&mut tx, actor, Action::BackupCodesRenewed, user, json!({})).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Turns the second factor off.
pub async fn end(core: &Core, actor: &Actor, user: &User, code: &str) -> AppResult<()> {
    core.limits.try_code(user.id)?;
    let mut tx = core.begin().await?;
    require(&mut tx, user.id).await?;
    if !use_code(core, &mut tx, user.id, code).await? {
        return Err(wrong_code());
    }
    second_factors::delete_second_factor(&mut tx, user.id).await?;
    announce(core, &mut tx, actor, user, false).await?;
    Ok(tx.commit().await?)
}

/// Turns the second factor off for a user who has lost it; by an operator. `NotFound` if it is not
/// on.
pub async fn remove_factor(core: &Core, tx: &mut Tx, actor: &Actor, user: &User) -> AppResult<()> {
    second_factors::find_second_factor(tx, user.id)
        .await?
        .ok_or(Error::NotFound)?;
    second_factors::delete_second_factor(tx, user.id).await?;
    announce(core, tx, actor, user, false).await
}

/// Checks the code at sign-in, after the password: refuses unless there is no second factor or
/// `code` is valid. Each code works once.
pub async fn check_code(
    core: &Core,
    tx: &mut Tx,
    user: &User,
    code: Option<&str>,
) -> AppResult<()> {
    let factor = second_factors::find_second_factor(tx, user.id).await?;
    if factor.is_none_or(|factor| factor.confirmed_at.is_none()) {
        return Ok(());
    }
    let Some(code) = code.filter(|code| !code.trim().is_empty()) else {
        return Err(AppError::new(
            ErrorCode::SecondFactorRequired,
            "Enter the code from your authenticator app, or a backup code.",
        ));
    };
    core.limits.try_code(user.id)?;
    if use_code(core, tx, user.id, code).await? {
        return Ok(());
    }
    let mut refused = wrong_code();
    refused.body.code = ErrorCode::BadCredentials;
    Err(refused)
}

async fn require(tx: &mut Tx, user: UserId) -> AppResult<()> {
    let factor = second_factors::find_second_factor(tx, user).await?;
    if factor.is_some_and(|factor| factor.confirmed_at.is_some()) {
        return Ok(());
    }
    let message = "Two-factor authentication is off.";
    Err(AppError::new(ErrorCode::Conflict, message))
}

/// A code as it was entered, without spaces and hyphens.
enum Code {
    /// Six digits, of an authenticator app.
    Phone(String),
    /// One of the backup codes, in lower case.
    Backup(String),
}

impl Code {
    fn parse(typed: &str) -> Self {
        let plain: String = typed
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        match plain.len() == 6 && plain.bytes().all(|byte| byte.is_ascii_digit()) {
            true => Self::Phone(plain),
            false => Self::Backup(plain),
        }
    }
}

async fn use_code(core: &Core, tx: &mut Tx, user: UserId, code: &str) -> AppResult<bool> {
    match Code::parse(code) {
        Code::Phone(digits) => use_phone_code(core, tx, user, &digits).await,
        Code::Backup(code) => {
            let hash = hash_backup_code(user, &code);
            Ok(second_factors::use_backup_code(tx, user, &hash).await?)
        }
    }
}

async fn use_phone_code(core: &Core, tx: &mut Tx, user: UserId, digits: &str) -> AppResult<bool> {
    let Some(factor) = second_factors::find_second_factor(tx, user).await? else {
        return Ok(false);
    };
    // The secret was encrypted with another key: only a backup code works.
    let Some(secret) = core.sealer.open(Sealed::SecondFactor, &factor.secret) else {
        return Ok(false);
    };
    match totp::find_step(&secret, digits, clock::now()) {
        Some(step) => Ok(second_factors::use_step(tx, user, step).await?),
        None => Ok(false),
    }
}

async fn new_backup_codes(tx: &mut Tx, user: UserId) -> AppResult<BackupCodes> {
    let codes: Vec<String> = (0..BACKUP_CODES)
        .map(|_| BASE32_NOPAD.encode(&clock::random::<7>())[..BACKUP_CHARS].to_ascii_lowercase())
        .collect();
    let hashes: Vec<_> = codes
        .iter()
        .map(|code| hash_backup_code(user, code))
        .collect();
    second_factors::set_backup_codes(tx, user, &hashes).await?;
    let halved = |code: &String| format!("{}-{}", &code[..5], &code[5..]);
    Ok(BackupCodes {
        codes: codes.iter().map(halved).collect(),
    })
}

fn hash_backup_code(user: UserId, code: &str) -> String {
    token::hash(&format!("{user} {code}"))
}

fn wrong_code() -> AppError {
    AppError::invalid("code", "This code is wrong, expired or already used.")
}

/// Records the change in the audit log, and notifies the user by mail.
async fn announce(core: &Core, tx: &mut Tx, actor: &Actor, user: &User, on: bool) -> AppResult<()> {
    let action = if on {
        Action::SecondFactorOn
    } else {
        Action::SecondFactorOff
    };
    record_about(tx, actor, action, user, json!({})).await?;
    let content = Email::SecondFactor {
        name: user.name.clone(),
        on,
    };
    mail::send(core, tx, &user.email, &content, email_tokens::NOTE_MS).await
}
