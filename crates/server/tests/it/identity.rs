//! Identified visitors, and the storage of visitors who are not identified.

mod refusals;

use anyhow::{Context, Result};
use deskbell_protocol::api::sites::{IdentitySecret, Sites};
use deskbell_protocol::api::visitors::{Visitor, VisitorToken};
use deskbell_protocol::{CloseCode, Command, ErrorCode, Event, VisitorId};
use deskbell_testkit::people::{Person, SNAPSHOT, visitor_token};
use deskbell_testkit::server::Database;
use hmac::{Hmac, Mac};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::api::{fetch, request_as};
use crate::{North, on_both};

on_both!(
    a_visitor_who_does_not_write_is_not_stored,
    a_verified_visitor_is_the_same_on_another_device,
    an_unverified_identity_gives_no_access_to_anothers_chat,
    a_forged_or_expired_identity_token_is_ignored,
    a_malformed_id_disables_verification_but_not_the_chat,
    a_different_identity_is_a_different_visitor,
    earlier_messages_belong_to_the_visitor_once_verified,
    a_token_from_before_the_verification_is_refused,
    two_devices_verified_at_once_are_one_visitor,
    an_ip_address_is_stored_as_the_workspace_has_chosen,
    a_visitor_is_shown_to_agents_of_their_workspace_only,
);

const FAR: i64 = 4_000_000_000;

async fn secret(north: &North) -> Result<String> {
    let sites: Sites = fetch(
        &north.server,
        Method::GET,
        "/api/v1/sites",
        &north.ada_token,
    )
    .await?;
    let path = format!("/api/v1/sites/{}/identity-secret", sites.sites[0].id);
    let made = request_as(&north.server, Method::POST, &path, &north.ada_token, None).await?;
    Ok(made.json::<IdentitySecret>().await?.secret)
}

fn hash(secret: &str, id: &str) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?;
    mac.update(id.as_bytes());
    let bytes = mac.finalize().into_bytes();
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn jwt(secret: &str, algorithm: Algorithm, claims: &Value) -> Result<String> {
    let key = EncodingKey::from_secret(secret.as_bytes());
    Ok(jsonwebtoken::encode(&Header::new(algorithm), claims, &key)?)
}

/// The token, and the result of verifying the identity.
async fn arrive(
    north: &North,
    token: Option<&str>,
    identity: Value,
) -> Result<(VisitorToken, String)> {
    let body = json!({ "site_key": north.site_key, "token": token, "identity": identity });
    let response = north.server.post("/api/v1/visitors", body).await?;
    anyhow::ensure!(response.status() == 200, "{}", response.text().await?);
    let outcome = response.headers().get("x-deskbell-identity");
    let outcome = outcome.map(|value| value.to_str().map(str::to_owned));
    let outcome = outcome.transpose()?.unwrap_or_default();
    Ok((response.json().await?, outcome))
}

async fn seen(north: &North, id: VisitorId) -> Result<Visitor> {
    let path = format!("/api/v1/visitors/{id}");
    fetch(&north.server, Method::GET, &path, &north.ada_token).await
}

async fn rows(north: &North) -> Result<i64> {
    let database = north.server.store().await?;
    let count = database.count("SELECT COUNT(*) FROM visitors").await?;
    database.close().await;
    Ok(count)
}

async fn a_visitor_who_does_not_write_is_not_stored(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let token = visitor_token(&north.server, &north.site_key, None).await?;
    let again = visitor_token(&north.server, &north.site_key, Some(&token.token)).await?;
    assert_eq!(again.visitor_id, token.visitor_id);
    let mut vera = Person::connect(&north.server, &token.token).await?;
    assert_eq!(rows(&north).await?, 0, "the panel was opened");
    let conversation = vera.start("Hello?").await?;
    assert_eq!(conversation.visitor.id, token.visitor_id);
    assert_eq!(rows(&north).await?, 1);
    let mut back = Person::connect(&north.server, &token.token).await?;
    assert_eq!(back.follow(conversation.id, None).await?.len(), 1);
    Ok(())
}

async fn a_verified_visitor_is_the_same_on_another_device(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let secret = secret(&north).await?;
    let by_hash = json!({ "external_id": "7", "hash": hash(&secret, "7")?, "name": "Vera" });
    let (phone, outcome) = arrive(&north, None, by_hash).await?;
    assert_eq!(outcome, "verified");
    let mut vera = Person::connect(&north.server, &phone.token).await?;
    let conversation = vera.start("From my phone.").await?;
    assert_eq!(conversation.visitor.name, "Vera");
    assert!(conversation.visitor.verified);

    let claims =
        json!({ "sub": "7", "exp": FAR, "name": "Vera Bell", "email": "Vera@Shop.example" });
    let by_jwt = json!({ "jwt": jwt(&secret, Algorithm::HS256, &claims)? });
    let (laptop, outcome) = arrive(&north, None, by_jwt).await?;
    assert_eq!(
        (laptop.visitor_id, outcome.as_str()),
        (phone.visitor_id, "verified")
    );
    let mut there = Person::connect(&north.server, &laptop.token).await?;
    assert_eq!(there.follow(conversation.id, None).await?.len(), 1);
    let known = seen(&north, phone.visitor_id).await?;
    assert_eq!((known.name.as_str(), known.verified), ("Vera Bell", true));
    assert_eq!(
        (known.email.as_deref(), known.email_verified),
        (Some("vera@shop.example"), true)
    );
    let mut ada = north.ada().await?;
    assert_eq!(ada.head(conversation.id).await?.visitor.name, "Vera Bell");
    Ok(())
}

async fn an_unverified_identity_gives_no_access_to_anothers_chat(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let secret = secret(&north).await?;
    let proven = json!({ "external_id": "7", "hash": hash(&secret, "7")? });
    let (vera, _) = arrive(&north, None, proven).await?;
    let mut vera_here = Person::connect(&north.server, &vera.token).await?;
    let hers = vera_here.start("My card number is secret.").await?;

    let declared = json!({ "external_id": "7", "name": "Vera", "email": "vera@shop.example" });
    let (mallory, outcome) = arrive(&north, None, declared).await?;
    assert_eq!(outcome, "claimed");
    assert_ne!(mallory.visitor_id, vera.visitor_id);
    let mut mallory_here = Person::connect(&north.server, &mallory.token).await?;
    let subscribe = Command::Subscribe {
        conversation_id: hers.id,
        after_seq: None,
    };
    assert_eq!(
        mallory_here.refused(subscribe).await?.code,
        ErrorCode::NotFound
    );
    let theirs = mallory_here.start("It is me, Vera.").await?;
    assert!(
        !theirs.visitor.verified,
        "agents see that it is only declared"
    );
    let known = seen(&north, mallory.visitor_id).await?;
    assert_eq!(
        (known.external_id.as_deref(), known.verified),
        (Some("7"), false)
    );
    assert!(!known.email_verified);
    Ok(())
}

async fn a_forged_or_expired_identity_token_is_ignored(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let early = json!({ "external_id": "7", "hash": hash("guessed", "7")? });
    let (_, outcome) = arrive(&north, None, early.clone()).await?;
    assert!(outcome.starts_with("refused"), "there is no secret yet");
    let old = secret(&north).await?;
    let now = secret(&north).await?;
    let none = json!({ "alg": "none", "typ": "JWT" }).to_string();
    let claims = json!({ "sub": "7", "exp": FAR });
    let b64 = |text: &str| base64(text.as_bytes());
    for identity in [
        early,
        json!({ "external_id": "7", "hash": hash(&old, "7")?, "name": "Vera" }),
        json!({ "external_id": "8", "hash": hash(&now, "7")? }),
        json!({ "external_id": "7", "hash": "" }),
        json!({ "hash": hash(&now, "7")? }),
        json!({ "jwt": jwt(&now, Algorithm::HS256, &json!({ "sub": "7", "exp": 1_000 }))? }),
        json!({ "jwt": jwt(&now, Algorithm::HS256, &json!({ "sub": "7" }))? }),
        json!({ "jwt": jwt(&now, Algorithm::HS256, &json!({ "exp": FAR }))? }),
        json!({ "jwt": jwt(&now, Algorithm::HS512, &claims)? }),
        json!({ "jwt": jwt(&old, Algorithm::HS256, &claims)? }),
        json!({ "jwt": format!("{}.{}.", b64(&none), b64(&claims.to_string())) }),
        json!({ "jwt": "nonsense", "external_id": "7" }),
    ] {
        let (token, outcome) = arrive(&north, None, identity.clone()).await?;
        assert!(outcome.starts_with("refused"), "{identity}: {outcome}");
        let mut nobody = Person::connect(&north.server, &token.token).await?;
        let head = nobody.start("Hello?").await?;
        assert_eq!(
            (head.visitor.name.as_str(), head.visitor.verified),
            ("Visitor", false)
        );
    }
    Ok(())
}

async fn a_malformed_id_disables_verification_but_not_the_chat(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let secret = secret(&north).await?;
    let signed = |claims: Value| jwt(&secret, Algorithm::HS256, &claims);
    let critical = Header {
        crit: Some(vec!["b64".to_owned()]),
        ..Header::new(Algorithm::HS256)
    };
    let key = EncodingKey::from_secret(secret.as_bytes());
    let good = json!({ "sub": "7", "exp": FAR });
    for (identity, why) in [
        (json!({ "external_id": "x".repeat(201) }), "external_id"),
        (
            json!({ "external_id": "a\u{202e}b", "hash": hash(&secret, "a\u{202e}b")? }),
            "external_id",
        ),
        (
            json!({ "jwt": signed(json!({ "sub": "", "exp": FAR }))? }),
            "sub",
        ),
        (
            json!({ "jwt": signed(json!({ "sub": "x".repeat(201), "exp": FAR }))? }),
            "sub",
        ),
        (
            json!({ "jwt": signed(json!({ "sub": "a\nb", "exp": FAR }))? }),
            "sub",
        ),
        (
            json!({ "jwt": signed(json!({ "sub": 7, "exp": FAR }))? }),
            "sub",
        ),
        (
            json!({ "jwt": jsonwebtoken::encode(&critical, &good, &key)? }),
            "crit",
        ),
    ] {
        let (token, outcome) = arrive(&north, None, identity.clone()).await?;
        assert!(outcome.starts_with("refused"), "{identity}: {outcome}");
        assert!(outcome.contains(why), "{identity}: {outcome}");
        let mut vera = Person::connect(&north.server, &token.token).await?;
        assert!(!vera.start("Hello?").await?.visitor.verified);
    }
    Ok(())
}

async fn a_different_identity_is_a_different_visitor(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let secret = secret(&north).await?;
    let as_one = |id: &str| -> Result<Value> {
        Ok(json!({ "external_id": id, "hash": hash(&secret, id)? }))
    };
    let (vera, _) = arrive(&north, None, as_one("7")?).await?;
    // The next visitor on the same computer sends the stored token of the first.
    let (viktor, outcome) = arrive(&north, Some(&vera.token), as_one("8")?).await?;
    assert_eq!(outcome, "verified");
    assert_ne!(viktor.visitor_id, vera.visitor_id);
    let (declared, _) = arrive(&north, Some(&vera.token), json!({ "external_id": "9" })).await?;
    assert_ne!(declared.visitor_id, vera.visitor_id);
    let (same, _) = arrive(
        &north,
        Some(&vera.token),
        json!({ "external_id": "7", "name": "Boss" }),
    )
    .await?;
    assert_eq!(same.visitor_id, vera.visitor_id);
    let known = seen(&north, vera.visitor_id).await?;
    assert_eq!(
        (known.name.as_str(), known.verified),
        ("Visitor", true),
        "not overwritten"
    );
    Ok(())
}

async fn earlier_messages_belong_to_the_visitor_once_verified(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let secret = secret(&north).await?;
    let before = visitor_token(&north.server, &north.site_key, None).await?;
    let mut vera = Person::connect(&north.server, &before.token).await?;
    let conversation = vera.start("Before I signed in.").await?;
    let mut ada = north.ada().await?;
    ada.socket.request(SNAPSHOT).await?;
    let proven = json!({ "external_id": "7", "hash": hash(&secret, "7")?, "name": "Vera" });
    let (after, _) = arrive(&north, Some(&before.token), proven).await?;
    assert_eq!(after.visitor_id, before.visitor_id);
    let head = ada.next_head().await?;
    assert_eq!(
        (head.id, head.visitor.name.as_str()),
        (conversation.id, "Vera")
    );
    assert!(head.visitor.verified);
    let mut again = Person::connect(&north.server, &after.token).await?;
    assert_eq!(again.follow(conversation.id, None).await?.len(), 1);
    Ok(())
}

async fn two_devices_verified_at_once_are_one_visitor(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let secret = secret(&north).await?;
    let proven = json!({ "external_id": "7", "hash": hash(&secret, "7")? });
    let arrivals = (0..6).map(|_| arrive(&north, None, proven.clone()));
    let mut ids = Vec::new();
    for arrival in futures_util::future::join_all(arrivals).await {
        ids.push(arrival?.0.visitor_id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    Ok(())
}

async fn an_ip_address_is_stored_as_the_workspace_has_chosen(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let path = "/api/v1/workspace";
    for (mode, kept) in [
        ("full", Some("127.0.0.1")),
        ("truncated", Some("127.0.0.0")),
        ("none", None),
    ] {
        let body = json!({ "ip_mode": mode });
        request_as(
            &north.server,
            Method::PATCH,
            path,
            &north.ada_token,
            Some(body),
        )
        .await?;
        let mut vera = north.visitor().await?;
        let id = vera.start("Hello?").await?.visitor.id;
        assert_eq!(seen(&north, id).await?.address.as_deref(), kept, "{mode}");
    }
    let database = north.server.store().await?;
    let kept = "SELECT COUNT(*) FROM visitors WHERE address IS NOT NULL";
    assert_eq!(
        database.count(kept).await?,
        0,
        "what was kept before is forgotten"
    );
    database.close().await;

    // Visitors from before the change are checked again, too.
    let set = async |mode: &str| {
        let body = Some(json!({ "ip_mode": mode }));
        request_as(&north.server, Method::PATCH, path, &north.ada_token, body).await
    };
    set("full").await?;
    let mut vera = north.visitor().await?;
    set("none").await?;
    assert_eq!(vera.socket.request(Command::Ping).await?, Event::Pong);
    let id = vera.start("Hello?").await?.visitor.id;
    assert_eq!(seen(&north, id).await?.address, None);
    Ok(())
}

async fn a_visitor_is_shown_to_agents_of_their_workspace_only(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Hello?").await?.visitor.id;
    let path = format!("/api/v1/visitors/{id}");
    let stella = north.server.register("Stella", "South").await?;
    let foreign = request_as(&north.server, Method::GET, &path, &stella, None).await?;
    assert_eq!(foreign.status(), 404);
    let herself = request_as(&north.server, Method::GET, &path, &vera.token, None).await?;
    assert_eq!(herself.status(), 401);
    assert_eq!(seen(&north, id).await?.id, id);
    vera.socket
        .request(Command::Ping)
        .await
        .context("she is still here")?;
    Ok(())
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

async fn a_token_from_before_the_verification_is_refused(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let secret = secret(&north).await?;
    let planted = visitor_token(&north.server, &north.site_key, None).await?;
    let mut mallory = Person::connect(&north.server, &planted.token).await?;
    let conversation = mallory.start("Hello?").await?;
    let proof = json!({ "external_id": "7", "hash": hash(&secret, "7")? });
    let (vera, _) = arrive(&north, Some(&planted.token), proof.clone()).await?;
    assert_eq!(vera.visitor_id, planted.visitor_id, "hers stays hers");
    assert_eq!(
        mallory.socket.closed().await?,
        Some(CloseCode::Unauthenticated.code())
    );
    let mut here = Person::connect(&north.server, &vera.token).await?;
    assert_eq!(here.follow(conversation.id, None).await?.len(), 1);
    here.send_message(conversation.id, "My card number is secret.")
        .await?;

    let refused = Person::connect(&north.server, &planted.token).await;
    assert!(refused.is_err(), "the planted token is good no more");
    let (renewed, _) = arrive(&north, Some(&planted.token), Value::Null).await?;
    assert_ne!(renewed.visitor_id, vera.visitor_id, "nor does it renew");
    let (again, _) = arrive(&north, Some(&vera.token), Value::Null).await?;
    assert_eq!(again.visitor_id, vera.visitor_id);
    let (tab, _) = arrive(&north, Some(&planted.token), proof).await?;
    assert_eq!(
        tab.visitor_id, vera.visitor_id,
        "after another verification"
    );
    here.send_message(conversation.id, "Still here.").await?;
    Ok(())
}
