//! E-mail addresses that can be spelled in several ways.

use anyhow::Result;
use deskbell_protocol::ErrorBody;
use deskbell_store::identity::credentials;
use deskbell_store::identity::users::{self, NewUser};
use deskbell_store::workspace::workspaces;
use deskbell_testkit::server::{Database, PASSWORD, email};
use reqwest::StatusCode;
use serde_json::json;

use crate::on_both;
use crate::recovery::NorthWithMail;

on_both!(
    two_spellings_of_a_domain_are_one_account,
    an_account_with_an_old_spelling_signs_in_and_gets_mail,
    an_undeliverable_address_is_refused_at_once,
);

const CONFIRM: &str = "Confirm your e-mail address";
const TAKEN: &str = "You already have an account";
/// Bücher, with one character and with two for the ü, and in ASCII.
const SPELLINGS: [&str; 3] = [
    "Vera@B\u{fc}cher.example",
    "vera@bu\u{308}cher.example",
    "vera@xn--bcher-kva.example",
];

async fn register(north: &NorthWithMail, address: &str) -> Result<reqwest::Response> {
    let body = json!({
        "name": "Vera Ring", "email": address, "password": PASSWORD, "workspace": "Books",
    });
    north.server.post("/api/v1/auth/register", body).await
}

async fn two_spellings_of_a_domain_are_one_account(database: Database) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    let [first, ascii] = [SPELLINGS[0], SPELLINGS[2]];
    assert_eq!(
        register(&north, first).await?.status(),
        StatusCode::ACCEPTED
    );
    let link = north.inbox.next(ascii, CONFIRM).await?.token()?;
    let body = json!({ "token": link });
    let path = "/api/v1/auth/verify-email";
    assert!(north.server.post(path, body).await?.status().is_success());
    for spelling in SPELLINGS {
        let signed_in = north.sign_in(spelling, PASSWORD).await?;
        assert_eq!(signed_in.status(), StatusCode::OK, "{spelling}");
        let again = register(&north, spelling).await?;
        assert_eq!(again.status(), StatusCode::ACCEPTED, "{spelling}");
        north.inbox.next(ascii, TAKEN).await?;
    }
    Ok(())
}

async fn an_account_with_an_old_spelling_signs_in_and_gets_mail(database: Database) -> Result<()> {
    let mut north = NorthWithMail::new(database).await?;
    let store = north.server.store().await?;
    let mut tx = store.begin(0).await?;
    let ada = users::find_user_by_email(&mut tx, &email("Ada")).await?;
    let ada = ada.expect("she has set it up");
    let places = workspaces::list_memberships(&mut tx, ada.id).await?;
    let new = NewUser {
        email: "vera@b\u{fc}cher.example".to_owned(),
        name: "Vera".to_owned(),
        password_hash: ada.password_hash,
    };
    let vera = users::create_user(&mut tx, new).await?;
    credentials::verify_email(&mut tx, vera.id, &vera.email).await?;
    let role = deskbell_protocol::Role::Agent;
    workspaces::create_membership(&mut tx, places[0].workspace_id, vera.id, role).await?;
    tx.commit().await?;
    store.close().await;
    north.server.restart().await?;
    for spelling in SPELLINGS {
        let signed_in = north.sign_in(spelling, PASSWORD).await?;
        assert_eq!(signed_in.status(), StatusCode::OK, "{spelling}");
    }
    let body = json!({ "email": SPELLINGS[1] });
    north
        .server
        .post("/api/v1/auth/forgot-password", body)
        .await?;
    north
        .inbox
        .next(SPELLINGS[2], "Reset your password")
        .await?;
    Ok(())
}

async fn an_undeliverable_address_is_refused_at_once(database: Database) -> Result<()> {
    let north = NorthWithMail::new(database).await?;
    for address in [
        "vera",
        "vera@localhost",
        "v\u{e9}ra@books.example",
        "vera..ring@books.example",
        "vera@-books.example",
        "\"vera ring\"@books.example",
        "vera@[127.0.0.1]",
        "vera@127.0.0.1",
    ] {
        let refused = register(&north, address).await?;
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{address}"
        );
        let error: ErrorBody = refused.json().await?;
        assert!(error.fields.contains_key("email"), "{error:?}");
    }
    Ok(())
}
