//! Attacks on accounts and sessions.

mod sessions;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell::config::Settings;
use deskbell_protocol::{CloseCode, Command, LEVEL};
use deskbell_testkit::people::visitor_token;
use deskbell_testkit::server::{Database, PASSWORD, TestServer, cookie, email, signing_key};
use deskbell_testkit::socket::Socket;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::{North, on_both};

on_both!(
    a_token_with_a_foreign_signature_or_purpose_is_refused,
    requests_from_other_origins_do_not_change_an_account,
    another_users_link_does_not_change_the_signed_in_account,
    an_unconfirmed_account_has_no_session,
    failed_sign_ins_of_a_stranger_do_not_lock_the_owner_out,
);

async fn me(server: &TestServer, token: &str) -> Result<StatusCode> {
    let request = server.request(Method::GET, "/api/v1/me").bearer_auth(token);
    Ok(request.send().await?.status())
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The claims of a token.
fn claims(token: &str) -> Result<Value> {
    let payload = token.split('.').nth(1).context("a token has three parts")?;
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?)?)
}

/// The claims with some of them replaced.
fn with(claims: &Value, changes: Value) -> Value {
    let mut claims = claims.clone();
    for (name, value) in changes.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    claims
}

async fn a_token_with_a_foreign_signature_or_purpose_is_refused(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let installation = std::fs::read(server.data().join("secret.key"))?;
    let secret = signing_key(&installation)?;
    let adas = claims(&north.ada_token)?;
    let sign = |algorithm: Algorithm, claims: &Value, key: &[u8]| {
        jsonwebtoken::encode(
            &Header::new(algorithm),
            claims,
            &EncodingKey::from_secret(key),
        )
    };
    for (key, why) in [
        (&secret[..], "the key of tokens"),
        (&installation[..], "as versions before derived keys signed"),
    ] {
        let signed = sign(Algorithm::HS256, &adas, key)?;
        assert_eq!(me(server, &signed).await?, StatusCode::OK, "{why}");
    }

    let mut forged = Vec::new();
    for word in ["none", "None", "NONE", "nOnE", ""] {
        let unsigned = format!(
            "{}.{}",
            part(&json!({ "alg": word, "typ": "JWT" })),
            part(&adas)
        );
        forged.extend([
            format!("{unsigned}."),
            unsigned.clone(),
            format!("{unsigned}.AAAA"),
        ]);
    }
    // The bytes of the secret signed under the name of another algorithm, and a foreign key.
    let (_, signature) = north.ada_token.rsplit_once('.').context("a signature")?;
    let own_key = json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode(b"my own key") });
    for header in [
        json!({ "alg": "RS256", "typ": "JWT" }),
        json!({ "alg": "ES256", "typ": "JWT" }),
        json!({ "alg": "HS256", "typ": "JWT", "crit": ["b64"], "b64": false }),
        json!({ "alg": "HS256", "typ": "JWT", "jwk": own_key }),
        json!({ "alg": "HS256", "typ": "JWT", "kid": "../../../../dev/null" }),
    ] {
        let text = format!("{}.{}", part(&header), part(&adas));
        let by_secret = ring_sign(&secret, &text);
        if header["alg"] != "HS256" || header["crit"].is_array() {
            forged.push(format!("{text}.{by_secret}"));
        }
        let by_own_key = ring_sign(b"my own key", &text);
        let by_nothing = ring_sign(b"", &text);
        forged.extend(
            [by_own_key, by_nothing, signature.to_owned()].map(|end| format!("{text}.{end}")),
        );
    }
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        forged.push(sign(algorithm, &adas, &secret)?);
    }
    let vera = visitor_token(server, &north.site_key, None).await?.token;
    let stranger = json!("0193a0f0-0000-7000-8000-000000000000");
    for changed in [
        with(&adas, json!({ "aud": "deskbell:visitor" })),
        with(&adas, json!({ "aud": "deskbell:elsewhere" })),
        with(&adas, json!({ "iss": "unknown" })),
        with(&adas, json!({ "exp": 1 })),
        with(&adas, json!({ "exp": null })),
        with(&adas, json!({ "session": stranger })),
        with(&adas, json!({ "workspace": stranger })),
        with(&adas, json!({ "sub": stranger })),
        with(&claims(&vera)?, json!({ "aud": "deskbell:agent" })),
    ] {
        forged.push(sign(Algorithm::HS256, &changed, &secret)?);
    }
    forged.extend([vera, String::new(), "a.b.c".to_owned(), "..".to_owned()]);
    for token in forged {
        assert_eq!(
            me(server, &token).await?,
            StatusCode::UNAUTHORIZED,
            "{token}"
        );
    }
    Ok(())
}

/// HMAC-SHA-256 in the form that tokens carry.
fn ring_sign(key: &[u8], text: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
    URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, text.as_bytes()))
}

/// Signs Ada in, with cookies that her browser has already.
async fn sign_in(server: &TestServer, cookies: &str) -> Result<Response> {
    let body = json!({ "email": email("Ada"), "password": PASSWORD });
    let request = server.request(Method::POST, "/api/v1/auth/sign-in");
    let request = request.header("cookie", cookies).header("x-deskbell", "1");
    let request = request.header("user-agent", "Ada's browser");
    Ok(request.json(&body).send().await?)
}

/// Every write that cookies authorise, with an id in its path.
fn writes_with_cookies() -> Result<Vec<(Method, String)>> {
    let api: Value = serde_json::from_str(&deskbell::openapi::text())?;
    let mut writes = Vec::new();
    for (path, operations) in api["paths"].as_object().context("paths")? {
        for (method, operation) in operations.as_object().context("operations")? {
            let kinds = operation["security"].as_array().into_iter().flatten();
            let kinds: Vec<_> = kinds.filter_map(Value::as_object).collect();
            // Operations without authentication ignore cookies.
            let for_all = kinds.iter().any(|kind| kind.is_empty());
            let by_cookie = !for_all && kinds.iter().any(|kind| kind.contains_key("session"))
                || ["/api/v1/auth/refresh", "/api/v1/auth/sign-out"].contains(&path.as_str());
            let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else {
                continue;
            };
            if by_cookie && method != Method::GET {
                let segments = path.split('/').map(|segment| match segment {
                    "{name}" => "sites",
                    _ if segment.starts_with('{') => "0193a0f0-0000-7000-8000-000000000000",
                    _ => segment,
                });
                writes.push((method, segments.collect::<Vec<_>>().join("/")));
            }
        }
    }
    anyhow::ensure!(writes.len() >= 40, "{} of them", writes.len());
    Ok(writes)
}

async fn requests_from_other_origins_do_not_change_an_account(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let host = server.host();
    for (method, path) in writes_with_cookies()? {
        let request = |headers: &[(&'static str, String)]| {
            let mut request = server
                .request(method.clone(), &path)
                .json(&json!({ "name": "Eve" }));
            let cookies = format!("deskbell_access={0}; deskbell_refresh={0}", north.ada_token);
            request = request.header("cookie", cookies);
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            request.send()
        };
        let ours = ("x-deskbell", "1".to_owned());
        for foreign in [
            vec![],
            vec![("origin", format!("http://{host}"))],
            vec![ours.clone(), ("origin", "https://evil.example".to_owned())],
            vec![ours.clone(), ("origin", format!("http://evil.{host}"))],
            vec![ours.clone(), ("origin", "null".to_owned())],
            vec![
                ours.clone(),
                ("origin", format!("https://evil.example/http://{host}")),
            ],
        ] {
            let refused = request(&foreign).await?;
            assert_eq!(
                refused.status(),
                StatusCode::FORBIDDEN,
                "{method} {path} {foreign:?}"
            );
        }
    }
    assert_eq!(me(server, &north.ada_token).await?, StatusCode::OK);
    Ok(())
}

async fn another_users_link_does_not_change_the_signed_in_account(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let eve = server.register("Eve", "South").await?;
    let body = json!({ "email": "e@north.example", "password": PASSWORD });
    let request = server
        .request(Method::POST, "/api/v1/me/email")
        .bearer_auth(eve);
    assert_eq!(
        request.json(&body).send().await?.status(),
        StatusCode::ACCEPTED
    );
    let link = server.link_to("e@north.example").await?;
    let body = json!({ "token": deskbell_testkit::mail::token(&link)? });
    let request = server.request(Method::POST, "/api/v1/auth/confirm-email");
    let request = request.bearer_auth(&north.ada_token).json(&body);
    assert_eq!(request.send().await?.status(), StatusCode::NO_CONTENT);
    let request = server.request(Method::GET, "/api/v1/me");
    let ada: Value = request
        .bearer_auth(&north.ada_token)
        .send()
        .await?
        .json()
        .await?;
    assert_eq!(ada["email"], json!(email("Ada")), "the link was Eve's");
    Ok(())
}

async fn an_unconfirmed_account_has_no_session(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let body =
        json!({ "name": "Eve", "email": email("Eve"), "password": PASSWORD, "workspace": "South" });
    server.post("/api/v1/auth/register", body).await?;
    let store = server.store().await?;
    let body = json!({ "email": email("Eve"), "password": PASSWORD });
    let refused = server.post("/api/v1/auth/sign-in", body).await?;
    assert!(refused.headers().get("set-cookie").is_none());
    let hers = "SELECT COUNT(*) FROM auth_sessions s JOIN users u ON u.id = s.user_id \
        WHERE u.email = 'eve@north.example'";
    assert_eq!(store.count(hers).await?, 0);
    store.close().await;
    Ok(())
}

async fn failed_sign_ins_of_a_stranger_do_not_lock_the_owner_out(database: Database) -> Result<()> {
    let north = North::with_limits(database, "sign_ins_by_account=3/h").await?;
    let server = &north.server;
    let eve = server.register("Eve", "South").await?;
    let device = |response: &Response| -> Result<String> {
        let device = cookie(response, "deskbell_device").context("the browser is known")?;
        Ok(format!("deskbell_device={device}"))
    };
    let adas = device(&sign_in(server, "").await?)?;
    let body = json!({ "email": email("Eve"), "password": PASSWORD });
    let eves = device(&server.post("/api/v1/auth/sign-in", body).await?)?;
    let guess = async |cookies: &str| -> Result<StatusCode> {
        let body = json!({ "email": email("Ada"), "password": "Guess-2-bells" });
        let request = server.request(Method::POST, "/api/v1/auth/sign-in");
        let request = request.header("cookie", cookies).json(&body);
        Ok(request.send().await?.status())
    };
    for _ in 0..2 {
        assert_eq!(guess("").await?, StatusCode::UNAUTHORIZED);
    }
    let no_session = format!("deskbell_device={eve}");
    for stranger in ["", &eves, &no_session, &adas[..adas.len() - 2]] {
        assert_eq!(
            guess(stranger).await?,
            StatusCode::TOO_MANY_REQUESTS,
            "{stranger}"
        );
        let lucky = sign_in(server, stranger).await?;
        assert_eq!(
            lucky.status(),
            StatusCode::TOO_MANY_REQUESTS,
            "right, but not believed"
        );
    }
    assert_eq!(sign_in(server, &adas).await?.status(), StatusCode::OK);
    for _ in 0..2 {
        assert_eq!(guess(&adas).await?, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(
        guess(&adas).await?,
        StatusCode::TOO_MANY_REQUESTS,
        "a stolen one has its end"
    );
    Ok(())
}

/// The median durations of two requests, measured alternately, so that other load affects both.
async fn medians(
    one: impl AsyncFn(usize) -> Result<()>,
    other: impl AsyncFn(usize) -> Result<()>,
) -> Result<(Duration, Duration)> {
    let mut times = (Vec::new(), Vec::new());
    for number in 0..7 {
        let begun = Instant::now();
        one(number).await?;
        let between = Instant::now();
        other(number).await?;
        times.0.push(between - begun);
        times.1.push(between.elapsed());
    }
    times.0.sort();
    times.1.sort();
    Ok((times.0[3], times.1[3]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn response_times_do_not_reveal_who_has_an_account() -> Result<()> {
    let settings = Settings {
        bcrypt_cost: Some(9),
        ..Settings::default()
    };
    let server = TestServer::node(settings, &[7; 64]).await?;
    server.set_up("Ada", "North").await?;
    let sign_in = async |email: String| -> Result<()> {
        let body = json!({ "email": email, "password": "Wrong-2-bells" });
        let response = server.post("/api/v1/auth/sign-in", body).await?;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        Ok(())
    };
    let register = async |email: String| -> Result<()> {
        let body =
            json!({ "name": "Eve", "email": email, "password": PASSWORD, "workspace": "South" });
        let response = server.post("/api/v1/auth/register", body).await?;
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        Ok(())
    };
    let nobody = |number: usize| email(&format!("nobody{number}"));
    for (known, unknown) in [
        medians(
            async |_| sign_in(email("Ada")).await,
            async |number| sign_in(nobody(number)).await,
        )
        .await?,
        medians(
            async |_| register(email("Ada")).await,
            async |number| register(nobody(number)).await,
        )
        .await?,
    ] {
        let times = known.as_secs_f64() / unknown.as_secs_f64();
        assert!(
            (0.4..2.5).contains(&times),
            "{known:?} if known, {unknown:?} if not"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_takes_no_forged_token_either() -> Result<()> {
    let north = North::new(Database::Sqlite).await?;
    let unsigned = format!(
        "{}.{}.",
        part(&json!({ "alg": "none" })),
        part(&claims(&north.ada_token)?)
    );
    let mut socket = Socket::open(&north.server.host()).await?;
    let hello = Command::Hello {
        level: LEVEL,
        token: Some(unsigned),
    };
    socket.request(hello).await?;
    assert_eq!(
        socket.closed().await?,
        Some(CloseCode::Unauthenticated.code())
    );
    Ok(())
}
