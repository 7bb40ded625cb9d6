//! Registration, and the recovery of an account by mail.

use anyhow::{Context, Result};
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::{CloseCode, ErrorBody, ErrorCode};
use deskbell_testkit::mail::MailServer;
use deskbell_testkit::people::Person;
use deskbell_testkit::server::{Database, PASSWORD, TestServer, cookie, email};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::on_both;

on_both!(
    a_registration_can_sign_in_once_the_address_is_verified,
    another_verification_link_requires_the_password,
    a_repeated_registration_replaces_an_unverified_one,
    registration_does_not_reveal_who_has_an_account,
    a_password_reset_ends_all_sessions,
    requesting_a_link_does_not_reveal_who_has_an_account,
    a_link_works_once_and_ends_when_the_password_changes,
    a_changed_password_ends_the_other_sessions,
    an_address_changes_once_the_new_one_is_verified,
    an_address_that_is_taken_cannot_be_claimed,
    registration_can_be_off_or_by_invitation_only,
);

const OTHER: &str = "Other-2-bells";
const CONFIRM: &str = "Confirm your e-mail address";
const RESET: &str = "Reset your password";

/// North, set up by Ada, with a mail server.
pub(crate) struct NorthWithMail {
    pub(crate) server: TestServer,
    pub(crate) inbox: MailServer,
    pub(crate) ada: String,
}

impl NorthWithMail {
    pub(crate) async fn new(database: Database) -> Result<Self> {
        let (server, inbox) = TestServer::with_mail(database).await?;
        let (_, ada) = server.set_up("Ada", "North").await?;
        Ok(Self { server, inbox, ada })
    }

    async fn auth(&self, what: &str, body: Value) -> Result<Response> {
        self.server
            .post(&format!("/api/v1/auth/{what}"), body)
            .await
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Result<Response> {
        let body = json!({ "email": email, "password": password });
        self.auth("sign-in", body).await
    }

    async fn token(&self, email: &str, password: &str) -> Result<String> {
        let response = self.sign_in(email, password).await?;
        cookie(&response, "deskbell_access").context("signed in")
    }

    pub(crate) async fn mine(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Value,
    ) -> Result<Response> {
        let request = self.server.request(method, &format!("/api/v1/me{path}"));
        Ok(request.bearer_auth(token).json(&body).send().await?)
    }

    async fn register(&self, name: &str, password: &str) -> Result<Response> {
        let body = json!({ "name": name, "email": email(name), "password": password, "workspace": "South" });
        self.auth("register", body).await
    }
}

/// The code of a refusal.
pub(crate) async fn refusal(response: Response) -> Result<(StatusCode, ErrorCode)> {
    let status = response.status();
    Ok((status, response.json::<ErrorBody>().await?.code))
}

async fn a_registration_can_sign_in_once_the_address_is_verified(database: Database) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    let response = north.register("Stella", PASSWORD).await?;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    assert!(response.headers().get("set-cookie").is_none());
    let early = north.sign_in(&email("Stella"), PASSWORD).await?;
    assert_eq!(
        refusal(early).await?,
        (StatusCode::FORBIDDEN, ErrorCode::EmailNotVerified)
    );
    let wrong = north.sign_in(&email("Stella"), OTHER).await?;
    assert_eq!(
        refusal(wrong).await?,
        (StatusCode::UNAUTHORIZED, ErrorCode::BadCredentials)
    );

    let token = north.inbox.next(&email("Stella"), CONFIRM).await?.token()?;
    let followed = north
        .auth("verify-email", json!({ "token": token }))
        .await?;
    assert_eq!(followed.status(), StatusCode::NO_CONTENT);
    let again = north
        .auth("verify-email", json!({ "token": token }))
        .await?;
    assert_eq!(
        refusal(again).await?,
        (StatusCode::GONE, ErrorCode::LinkExpired)
    );
    let me: Me = north
        .sign_in(&email("Stella"), PASSWORD)
        .await?
        .json()
        .await?;
    assert_eq!(
        (me.name.as_str(), me.workspace.name.as_str()),
        ("Stella", "South")
    );
    Ok(())
}

async fn another_verification_link_requires_the_password(database: Database) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    north.register("Stella", PASSWORD).await?;
    let first = north.inbox.next(&email("Stella"), CONFIRM).await?.token()?;
    let body = |name: &str, password: &str| json!({ "email": email(name), "password": password });
    for form in [body("Stella", OTHER), body("Nobody", PASSWORD)] {
        let refused = north.auth("send-verification", form).await?;
        assert_eq!(
            refusal(refused).await?,
            (StatusCode::UNAUTHORIZED, ErrorCode::BadCredentials)
        );
    }
    let sent = north
        .auth("send-verification", body("Stella", PASSWORD))
        .await?;
    assert_eq!(sent.status(), StatusCode::ACCEPTED);
    let second = north.inbox.next(&email("Stella"), CONFIRM).await?.token()?;
    assert_ne!(first, second);
    let followed = north
        .auth("verify-email", json!({ "token": second }))
        .await?;
    assert_eq!(followed.status(), StatusCode::NO_CONTENT);
    let late = north
        .auth("send-verification", body("Stella", PASSWORD))
        .await?;
    assert_eq!(
        refusal(late).await?,
        (StatusCode::CONFLICT, ErrorCode::Conflict)
    );
    Ok(())
}

async fn a_repeated_registration_replaces_an_unverified_one(database: Database) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    north.register("Stella", OTHER).await?;
    let first = north.inbox.next(&email("Stella"), CONFIRM).await?.token()?;
    north.register("Stella", PASSWORD).await?;
    let second = north.inbox.next(&email("Stella"), CONFIRM).await?.token()?;
    let stale = north
        .auth("verify-email", json!({ "token": first }))
        .await?;
    assert_eq!(stale.status(), StatusCode::GONE);
    let followed = north
        .auth("verify-email", json!({ "token": second }))
        .await?;
    assert_eq!(followed.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        north.sign_in(&email("Stella"), OTHER).await?.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        north.sign_in(&email("Stella"), PASSWORD).await?.status(),
        StatusCode::OK
    );
    Ok(())
}

async fn registration_does_not_reveal_who_has_an_account(database: Database) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    let new = north.register("Stella", PASSWORD).await?;
    let taken = north.register("Ada", OTHER).await?;
    assert_eq!(
        (new.status(), taken.status()),
        (StatusCode::ACCEPTED, StatusCode::ACCEPTED)
    );
    assert_eq!(new.bytes().await?, taken.bytes().await?);
    let mail = north
        .inbox
        .next(&email("Ada"), "You already have an account")
        .await?;
    assert!(mail.text.contains("/app/sign-in"), "{}", mail.text);
    assert_eq!(
        north.sign_in(&email("Ada"), OTHER).await?.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        north.sign_in(&email("Ada"), PASSWORD).await?.status(),
        StatusCode::OK
    );
    Ok(())
}

async fn a_password_reset_ends_all_sessions(database: Database) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    let mut window = Person::connect(&north.server, &north.ada).await?;
    north
        .auth("forgot-password", json!({ "email": email("Ada") }))
        .await?;
    let token = north.inbox.next(&email("Ada"), RESET).await?.token()?;
    for password in ["short", &"Long-1-".repeat(11)] {
        let body = json!({ "token": token, "password": password });
        let refused = north.auth("reset-password", body).await?;
        assert_eq!(refusal(refused).await?.1, ErrorCode::Invalid);
    }
    let body = json!({ "token": token, "password": OTHER });
    let done = north.auth("reset-password", body).await?;
    assert_eq!(done.status(), StatusCode::NO_CONTENT);

    assert_eq!(
        window.socket.closed().await?,
        Some(CloseCode::Unauthenticated.code())
    );
    let me = north.mine(Method::GET, "", &north.ada, Value::Null).await?;
    assert_eq!(me.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        north.sign_in(&email("Ada"), PASSWORD).await?.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        north.sign_in(&email("Ada"), OTHER).await?.status(),
        StatusCode::OK
    );
    north
        .inbox
        .next(&email("Ada"), "Your password was changed")
        .await
        .map(drop)
}

async fn requesting_a_link_does_not_reveal_who_has_an_account(database: Database) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    let known = north
        .auth("forgot-password", json!({ "email": email("Ada") }))
        .await?;
    let unknown = north
        .auth("forgot-password", json!({ "email": email("Nobody") }))
        .await?;
    assert_eq!(
        (known.status(), unknown.status()),
        (StatusCode::ACCEPTED, StatusCode::ACCEPTED)
    );
    assert_eq!(known.bytes().await?, unknown.bytes().await?);
    north.inbox.next(&email("Ada"), RESET).await?;
    assert!(north.inbox.inbox().is_empty(), "nobody else was written to");
    let store = north.server.store().await?;
    let kept = store.count("SELECT COUNT(*) FROM mails WHERE recipient = 'nobody@north.example'");
    assert_eq!(kept.await?, 1, "the same was done for nobody");
    store.close().await;
    Ok(())
}

async fn a_link_works_once_and_ends_when_the_password_changes(database: Database) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        north
            .auth("forgot-password", json!({ "email": email("Ada") }))
            .await?;
        tokens.push(north.inbox.next(&email("Ada"), RESET).await?.token()?);
    }
    let reset = |token: &str| json!({ "token": token, "password": OTHER });
    let for_another_thing = north
        .auth("verify-email", json!({ "token": tokens[0] }))
        .await?;
    assert_eq!(for_another_thing.status(), StatusCode::GONE);
    assert_eq!(
        north
            .auth("reset-password", reset(&tokens[0]))
            .await?
            .status(),
        StatusCode::NO_CONTENT
    );
    for token in [&tokens[0], &tokens[1], &"made-up".to_owned()] {
        let refused = north.auth("reset-password", reset(token)).await?;
        assert_eq!(
            refusal(refused).await?,
            (StatusCode::GONE, ErrorCode::LinkExpired)
        );
    }
    Ok(())
}

async fn a_changed_password_ends_the_other_sessions(database: Database) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    let phone = north.token(&email("Ada"), PASSWORD).await?;
    let mut there = Person::connect(&north.server, &phone).await?;
    let change =
        |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    let wrong = north
        .mine(Method::PUT, "/password", &north.ada, change(OTHER, OTHER))
        .await?;
    let wrong: ErrorBody = wrong.json().await?;
    assert_eq!(wrong.code, ErrorCode::Invalid);
    assert!(wrong.fields.contains_key("current_password"));
    let long = north.mine(
        Method::PUT,
        "/password",
        &north.ada,
        change(PASSWORD, &"Long-1-".repeat(11)),
    );
    let long: ErrorBody = long.await?.json().await?;
    assert!(long.fields["new_password"].contains("72 bytes"), "{long:?}");

    let done = north
        .mine(
            Method::PUT,
            "/password",
            &north.ada,
            change(PASSWORD, OTHER),
        )
        .await?;
    assert_eq!(done.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        there.socket.closed().await?,
        Some(CloseCode::Unauthenticated.code())
    );
    let elsewhere = north.mine(Method::GET, "", &phone, Value::Null).await?;
    assert_eq!(elsewhere.status(), StatusCode::UNAUTHORIZED);
    let here = north.mine(Method::GET, "", &north.ada, Value::Null).await?;
    assert_eq!(here.status(), StatusCode::OK);
    assert_eq!(
        north.sign_in(&email("Ada"), OTHER).await?.status(),
        StatusCode::OK
    );
    north
        .inbox
        .next(&email("Ada"), "Your password was changed")
        .await
        .map(drop)
}

async fn an_address_changes_once_the_new_one_is_verified(database: Database) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    let change = |email: &str, password: &str| json!({ "email": email, "password": password });
    let wrong = north
        .mine(
            Method::POST,
            "/email",
            &north.ada,
            change("l@north.example", OTHER),
        )
        .await?;
    assert_eq!(refusal(wrong).await?.1, ErrorCode::Invalid);
    let response = north
        .mine(
            Method::POST,
            "/email",
            &north.ada,
            change("L@north.example", PASSWORD),
        )
        .await?;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let note = north
        .inbox
        .next(&email("Ada"), "Your e-mail address is being changed")
        .await?;
    assert!(note.text.contains("l@north.example") && note.token().is_err());
    assert_eq!(
        north.sign_in("l@north.example", PASSWORD).await?.status(),
        StatusCode::UNAUTHORIZED
    );

    let mail = north
        .inbox
        .next("l@north.example", "Confirm your new e-mail address")
        .await?;
    let token = json!({ "token": mail.token()? });
    let confirmed = north.auth("confirm-email", token.clone()).await?;
    assert_eq!(confirmed.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        north.auth("confirm-email", token).await?.status(),
        StatusCode::GONE
    );
    assert_eq!(
        north.sign_in(&email("Ada"), PASSWORD).await?.status(),
        StatusCode::UNAUTHORIZED
    );
    let me: Me = north
        .sign_in("l@north.example", PASSWORD)
        .await?
        .json()
        .await?;
    assert_eq!(me.email, "l@north.example");
    Ok(())
}

async fn an_address_that_is_taken_cannot_be_claimed(database: Database) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    let change = json!({ "email": email("Stella"), "password": PASSWORD });
    north
        .mine(Method::POST, "/email", &north.ada, change.clone())
        .await?;
    let mail = north
        .inbox
        .next(&email("Stella"), "Confirm your new e-mail address")
        .await?;
    north.register("Stella", OTHER).await?;
    let raced = north
        .auth("confirm-email", json!({ "token": mail.token()? }))
        .await?;
    assert_eq!(
        raced.status(),
        StatusCode::GONE,
        "it was free when Ada response"
    );
    north.inbox.next(&email("Stella"), CONFIRM).await?;
    let again = north
        .mine(Method::POST, "/email", &north.ada, change)
        .await?;
    assert_eq!(
        again.status(),
        StatusCode::ACCEPTED,
        "whether the address is taken is not revealed"
    );
    north
        .inbox
        .next(&email("Ada"), "Your e-mail address is being changed")
        .await?;
    north
        .inbox
        .next(&email("Ada"), "Your e-mail address is being changed")
        .await?;
    assert!(north.inbox.inbox().is_empty(), "Stella is not bothered");
    Ok(())
}

async fn registration_can_be_off_or_by_invitation_only(database: Database) -> Result<()> {
    for registration in ["off", "invited"] {
        let server = TestServer::with_registration(database, registration).await?;
        server.set_up("Ada", "North").await?;
        let body = json!({ "name": "Stella", "email": email("Stella"), "password": PASSWORD, "workspace": "South" });
        let refused = server.post("/api/v1/auth/register", body).await?;
        assert_eq!(
            refusal(refused).await?,
            (StatusCode::FORBIDDEN, ErrorCode::Forbidden)
        );
    }
    Ok(())
}
