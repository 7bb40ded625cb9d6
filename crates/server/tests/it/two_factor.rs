//! The second factor: its set-up, its use and its removal.

use anyhow::{Context, Result};
use deskbell_protocol::ErrorCode;
use deskbell_protocol::api::identity::account::{BackupCodes, TwoFactor, TwoFactorSecret};
use deskbell_testkit::authenticator_app::AuthenticatorApp;
use deskbell_testkit::server::{Database, PASSWORD, TestServer, email};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::api::request_as;
use crate::on_both;
use crate::recovery::{NorthWithMail, refusal};

on_both!(
    a_confirmed_second_factor_is_required_and_each_code_works_once,
    a_backup_code_works_once_and_new_codes_replace_the_old_ones,
    an_unconfirmed_second_factor_is_not_required,
    turning_off_the_second_factor_requires_password_and_code,
    guesses_of_codes_are_limited,
    a_code_may_contain_spaces_everywhere,
    a_code_is_not_used_up_when_no_session_could_be_opened,
    the_secret_is_not_in_the_database,
);

const ON: &str = "Two-factor authentication is on";

/// A person starts the set-up and scans the secret.
async fn begin(server: &TestServer, token: &str) -> Result<AuthenticatorApp> {
    let body = Some(json!({ "password": PASSWORD }));
    let begun = request_as(server, Method::POST, "/api/v1/me/two-factor", token, body).await?;
    assert_eq!(begun.status(), StatusCode::OK);
    let begun: TwoFactorSecret = begun.json().await?;
    assert!(begun.otpauth_url.contains(&begun.secret));
    AuthenticatorApp::scan(&begun.otpauth_url)
}

/// A person turns a second factor on. Returns their app and the backup codes.
pub(crate) async fn enable_second_factor(
    server: &TestServer,
    token: &str,
) -> Result<(AuthenticatorApp, Vec<String>)> {
    let phone = begin(server, token).await?;
    let body = Some(json!({ "code": phone.code(0) }));
    let path = "/api/v1/me/two-factor/confirm";
    let confirmed = request_as(server, Method::POST, path, token, body).await?;
    assert_eq!(confirmed.status(), StatusCode::OK);
    let paper: BackupCodes = confirmed.json().await?;
    Ok((phone, paper.codes))
}

async fn sign_in(server: &TestServer, code: Option<&str>) -> Result<Response> {
    let body = json!({ "email": email("Ada"), "password": PASSWORD, "code": code });
    server.post("/api/v1/auth/sign-in", body).await
}

async fn state(north: &NorthWithMail) -> Result<(bool, u32)> {
    let state = north
        .mine(Method::GET, "/two-factor", &north.ada, Value::Null)
        .await?;
    let state: TwoFactor = state.json().await?;
    Ok((state.enabled, state.backup_codes_left))
}

const ASKED: (StatusCode, ErrorCode) = (StatusCode::UNAUTHORIZED, ErrorCode::SecondFactorRequired);
const WRONG: (StatusCode, ErrorCode) = (StatusCode::UNAUTHORIZED, ErrorCode::BadCredentials);

async fn a_confirmed_second_factor_is_required_and_each_code_works_once(
    database: Database,
) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    let (phone, _) = enable_second_factor(&north.server, &north.ada).await?;
    north.inbox.next(&email("Ada"), ON).await?;
    assert_eq!(state(&north).await?, (true, 10));
    for code in [None, Some(""), Some(" ")] {
        assert_eq!(refusal(sign_in(&north.server, code).await?).await?, ASKED);
    }
    let used = phone.code(0);
    assert_eq!(
        refusal(sign_in(&north.server, Some(&used)).await?).await?,
        WRONG
    );
    let code = phone.code(1);
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    assert_eq!(
        sign_in(&north.server, Some(&spaced)).await?.status(),
        StatusCode::OK
    );
    assert_eq!(
        refusal(sign_in(&north.server, Some(&code)).await?).await?,
        WRONG,
        "replayed"
    );
    let body = json!({ "email": email("Ada"), "password": "Wrong-2-bells", "code": null });
    let wrong = north.server.post("/api/v1/auth/sign-in", body).await?;
    assert_eq!(
        refusal(wrong).await?,
        WRONG,
        "who does not know the password learns nothing"
    );
    Ok(())
}

/// Renames a table of the database.
async fn rename(north: &NorthWithMail, from: &str, to: &str) -> Result<()> {
    let store = north.server.store().await?;
    let mut tx = store.begin(0).await?;
    tx.execute(&format!("ALTER TABLE {from} RENAME TO {to}"))
        .await?;
    tx.commit().await?;
    store.close().await;
    Ok(())
}

async fn a_code_is_not_used_up_when_no_session_could_be_opened(database: Database) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    let (phone, _) = enable_second_factor(&north.server, &north.ada).await?;
    let code = phone.code(1);
    rename(&north, "refresh_tokens", "refresh_tokens_away").await?;
    let failed = sign_in(&north.server, Some(&code)).await?;
    assert!(failed.status().is_server_error(), "{}", failed.status());
    rename(&north, "refresh_tokens_away", "refresh_tokens").await?;
    let signed_in = sign_in(&north.server, Some(&code)).await?;
    assert_eq!(signed_in.status(), StatusCode::OK, "the same code");
    Ok(())
}

async fn a_code_may_contain_spaces_everywhere(database: Database) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    let phone = begin(&north.server, &north.ada).await?;
    let spaced = |code: String| format!(" {} {} ", &code[..3], &code[3..]);
    let body = json!({ "code": spaced(phone.code(0)) });
    let confirmed = north
        .mine(Method::POST, "/two-factor/confirm", &north.ada, body)
        .await?;
    assert_eq!(confirmed.status(), StatusCode::OK, "when it is set up");
    let paper: BackupCodes = confirmed.json().await?;
    let body = json!({ "password": PASSWORD, "code": spaced(phone.code(1)) });
    let renewed = north
        .mine(Method::POST, "/two-factor/backup-codes", &north.ada, body)
        .await?;
    assert_eq!(renewed.status(), StatusCode::OK, "for new backup codes");
    let old = &paper.codes[0];
    assert_eq!(
        refusal(sign_in(&north.server, Some(old)).await?).await?,
        WRONG
    );
    Ok(())
}

async fn a_backup_code_works_once_and_new_codes_replace_the_old_ones(
    database: Database,
) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    let (phone, paper) = enable_second_factor(&north.server, &north.ada).await?;
    assert_eq!(paper.len(), 10);
    let shouted = paper[0].to_uppercase().replace('-', " ");
    assert_eq!(
        sign_in(&north.server, Some(&shouted)).await?.status(),
        StatusCode::OK
    );
    assert_eq!(
        refusal(sign_in(&north.server, Some(&paper[0])).await?).await?,
        WRONG
    );
    assert_eq!(state(&north).await?, (true, 9));

    let path = "/two-factor/backup-codes";
    let body = json!({ "code": phone.code(1) });
    let renewed = north
        .mine(Method::POST, path, &north.ada, body.clone())
        .await?;
    let renewed: BackupCodes = renewed.json().await?;
    let replayed = north.mine(Method::POST, path, &north.ada, body).await?;
    assert_eq!(refusal(replayed).await?.1, ErrorCode::Invalid);
    assert_eq!(
        refusal(sign_in(&north.server, Some(&paper[1])).await?).await?,
        WRONG
    );
    let code = renewed.codes.first().context("ten")?;
    assert_eq!(
        sign_in(&north.server, Some(code)).await?.status(),
        StatusCode::OK
    );
    Ok(())
}

async fn an_unconfirmed_second_factor_is_not_required(database: Database) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    let body = json!({ "password": "Wrong-2-bells" });
    let wrong = north
        .mine(Method::POST, "/two-factor", &north.ada, body)
        .await?;
    assert_eq!(refusal(wrong).await?.1, ErrorCode::Invalid);
    let lost = begin(&north.server, &north.ada).await?;
    assert_eq!(sign_in(&north.server, None).await?.status(), StatusCode::OK);
    let phone = begin(&north.server, &north.ada).await?;
    let confirm = async |code: String| {
        let body = json!({ "code": code });
        north
            .mine(Method::POST, "/two-factor/confirm", &north.ada, body)
            .await
    };
    assert_eq!(
        refusal(confirm(lost.code(0)).await?).await?.1,
        ErrorCode::Invalid
    );
    assert_eq!(confirm(phone.code(0)).await?.status(), StatusCode::OK);
    assert_eq!(confirm(phone.code(1)).await?.status(), StatusCode::CONFLICT);
    let again = north.mine(
        Method::POST,
        "/two-factor",
        &north.ada,
        json!({ "password": PASSWORD }),
    );
    assert_eq!(again.await?.status(), StatusCode::CONFLICT);
    Ok(())
}

async fn turning_off_the_second_factor_requires_password_and_code(
    database: Database,
) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    let (phone, _) = enable_second_factor(&north.server, &north.ada).await?;
    let end = async |password: &str, code: &str| {
        let body = json!({ "password": password, "code": code });
        north
            .mine(Method::DELETE, "/two-factor", &north.ada, body)
            .await
    };
    assert_eq!(
        refusal(end(PASSWORD, "000-000").await?).await?.1,
        ErrorCode::Invalid
    );
    assert_eq!(
        refusal(end("Wrong-2-bells", &phone.code(1)).await?)
            .await?
            .1,
        ErrorCode::Invalid
    );
    assert_eq!(
        end(PASSWORD, &phone.code(1)).await?.status(),
        StatusCode::NO_CONTENT
    );
    assert_eq!(state(&north).await?, (false, 0));
    assert_eq!(sign_in(&north.server, None).await?.status(), StatusCode::OK);
    north
        .inbox
        .next(&email("Ada"), "Two-factor authentication is off")
        .await?;
    assert_eq!(
        end(PASSWORD, &phone.code(1)).await?.status(),
        StatusCode::CONFLICT
    );
    Ok(())
}

async fn guesses_of_codes_are_limited(database: Database) -> Result<()> {
    let server = TestServer::with_limits(database, "codes_by_account=3/h").await?;
    let (_, ada) = server.set_up("Ada", "North").await?;
    let (phone, _) = enable_second_factor(&server, &ada).await?;
    for _ in 0..2 {
        assert_eq!(
            refusal(sign_in(&server, Some("000000")).await?).await?,
            WRONG
        );
    }
    let right = sign_in(&server, Some(&phone.code(1))).await?;
    assert_eq!(
        refusal(right).await?,
        (StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited)
    );
    Ok(())
}

async fn the_secret_is_not_in_the_database(database: Database) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    let body = json!({ "password": PASSWORD });
    let begun = north
        .mine(Method::POST, "/two-factor", &north.ada, body)
        .await?;
    let begun: TwoFactorSecret = begun.json().await?;
    let store = north.server.store().await?;
    let plain = format!(
        "SELECT COUNT(*) FROM second_factors WHERE secret LIKE '%{}%'",
        begun.secret
    );
    assert_eq!(store.count(&plain).await?, 0);
    assert_eq!(store.count("SELECT COUNT(*) FROM second_factors").await?, 1);
    store.close().await;
    Ok(())
}
