//! Headers of requests and answers: ids, caching, origins; and error pages for browsers.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use deskbell::config::{LimitSettings, Settings};
use deskbell_protocol::api::sites::Site;
use deskbell_testkit::server::{Database, PASSWORD, TestServer, email};
use reqwest::{Method, Response, StatusCode};
use serde_json::json;

use crate::api::request_as;
use crate::{North, on_both};

on_both!(
    a_foreign_request_id_is_used_only_if_it_is_short_and_plain,
    api_answers_are_not_cacheable,
    the_scheme_of_the_origin_must_match,
    a_browser_gets_an_error_page_and_a_program_gets_json,
    an_allowed_origin_adds_only_itself_to_the_policy,
);

fn header<'a>(response: &'a Response, name: &str) -> Result<&'a str> {
    let value = response.headers().get(name).context("the header is set")?;
    Ok(value.to_str()?)
}

async fn a_foreign_request_id_is_used_only_if_it_is_short_and_plain(
    database: Database,
) -> Result<()> {
    let server = TestServer::empty(database).await?;
    let request = async |id: &[u8]| {
        let request = server.request(Method::GET, "/api/v1/setup");
        let response = request.header("x-request-id", id).send().await?;
        anyhow::Ok(header(&response, "x-request-id")?.to_owned())
    };
    let good = "4bf92f3577b34da6a3ce929d0e0e4736";
    assert_eq!(request(good.as_bytes()).await?, good);
    for foreign in [
        &b"x".repeat(65),
        &b"a b".to_vec(),
        &b"\xe2\x80\xae1".to_vec(),
    ] {
        let own = request(foreign).await?;
        assert_eq!(own.len(), 36, "a UUID, not {own}");
    }
    let request = server.request(Method::GET, "/api/v1/setup");
    let twice = request
        .header("x-request-id", "a")
        .header("x-request-id", "b");
    assert_eq!(header(&twice.send().await?, "x-request-id")?.len(), 36);
    Ok(())
}

async fn api_answers_are_not_cacheable(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    for path in [
        "/api/v1/setup",
        "/api/v1/me",
        "/api/v1/operator/mail",
        "/api/v1/audit/export",
        "/api/v1/nothing",
    ] {
        let response = request_as(&north.server, Method::GET, path, &north.ada_token, None).await?;
        assert_eq!(header(&response, "cache-control")?, "no-store", "{path}");
    }
    let body = json!({ "email": email("Ada"), "password": PASSWORD });
    let response = north.server.post("/api/v1/auth/sign-in", body).await?;
    assert_eq!(header(&response, "cache-control")?, "no-store");
    let set_up = TestServer::empty(database).await?;
    let page = set_up.get("/setup").await?;
    assert_eq!(header(&page, "cache-control")?, "no-store");
    Ok(())
}

async fn the_scheme_of_the_origin_must_match(database: Database) -> Result<()> {
    let settings = Settings {
        public_url: Some("https://chat.example".to_owned()),
        limits: Some(LimitSettings::Text("off".to_owned())),
        ..Settings::default()
    };
    let server = TestServer::with_settings(database, settings).await?;
    let done = server.set_up("Ada", "North").await?.0;
    let request = async |origin: &str, host: &str| {
        let request = server.request(Method::POST, "/api/v1/visitors");
        let request = request.header("origin", origin).header("host", host);
        let request = request.json(&json!({ "site_key": done.site.key }));
        anyhow::Ok(request.send().await?.status())
    };
    let own = "chat.example";
    assert_eq!(request("https://chat.example", own).await?, StatusCode::OK);
    for foreign in [
        "http://chat.example",
        "https://chat.example:8443",
        "chrome-extension://chat.example",
        "ftp://chat.example",
        "https://evil.example",
        "null",
    ] {
        let refused = request(foreign, own).await?;
        assert_eq!(refused, StatusCode::FORBIDDEN, "{foreign}");
    }
    let host = server.host();
    let by_number = request(&format!("http://{host}"), &host).await?;
    assert_eq!(by_number, StatusCode::OK);
    Ok(())
}

async fn a_browser_gets_an_error_page_and_a_program_gets_json(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let request = async |path: &str, accept: &str| {
        let request = north.server.request(Method::GET, path);
        anyhow::Ok(request.header("accept", accept).send().await?)
    };
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for path in ["/nope", "/demo", "/apps"] {
        let page = request(path, browser).await?;
        assert_eq!(page.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(header(&page, "content-type")?.starts_with("text/html"));
        assert!(header(&page, "content-security-policy")?.contains("default-src 'none'"));
        let text = page.text().await?;
        assert!(text.contains("<h1>Page not found</h1>"), "{text}");
    }
    for (path, accept) in [("/nope", "*/*"), ("/api/v1/nope", browser)] {
        let plain = request(path, accept).await?;
        assert_eq!(plain.status(), StatusCode::NOT_FOUND);
        assert_eq!(header(&plain, "content-type")?, "application/json");
        assert!(plain.text().await?.contains(r#""code":"not_found""#));
    }
    Ok(())
}

async fn an_allowed_origin_adds_only_itself_to_the_policy(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let save = async |origins: &[&str]| {
        let body = json!({ "name": "Blog", "allowed_origins": origins });
        request_as(
            &north.server,
            Method::POST,
            "/api/v1/sites",
            &north.ada_token,
            Some(body),
        )
        .await
    };
    for origin in [
        "https://a;sandbox",
        "https://*",
        "https://*.example",
        "https://a,b",
    ] {
        let refused = save(&[origin]).await?;
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{origin}"
        );
    }
    let saved = save(&[
        "shop.example",
        "https://Shop.example/",
        "https://*.shop.example",
        "http://localhost:*",
    ])
    .await?;
    let mut site: Site = saved.error_for_status()?.json().await?;
    let expected = [
        "https://shop.example",
        "https://*.shop.example",
        "http://localhost:*",
    ];
    assert_eq!(site.allowed_origins, expected);
    // Saving unchanged settings has no effect.
    let path = format!("/api/v1/sites/{}", site.id);
    let body = json!({ "allowed_origins": site.allowed_origins });
    let again = request_as(
        &north.server,
        Method::PATCH,
        &path,
        &north.ada_token,
        Some(body),
    )
    .await?;
    site = again.error_for_status()?.json().await?;
    assert_eq!(site.allowed_origins, expected);
    // An origin that only an older version accepted is left out of the policy.
    let damage = r#"["https://a;sandbox","https://shop.example"]"#;
    let sql = format!("UPDATE sites SET allowed_origins = '{damage}' WHERE name = 'Blog'");
    crate::api::execute(&north.server, &sql).await?;
    let frame = north
        .server
        .get(&format!("/widget/frame?site={}", site.key))
        .await?;
    let policy = header(&frame, "content-security-policy")?;
    assert!(
        policy.ends_with("frame-ancestors https://shop.example"),
        "{policy}"
    );
    Ok(())
}

/// A frozen database accepts connections and does not answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_readiness_check_ends_within_five_seconds_when_the_database_is_frozen() -> Result<()> {
    let (server, proxy) = TestServer::behind_postgres_proxy().await?;
    assert_eq!(server.get("/readyz").await?.status(), StatusCode::OK);
    proxy.freeze();
    // A result is cached for a moment; then the database is checked.
    let frozen_at = Instant::now();
    loop {
        let begun = Instant::now();
        let status = server.get("/readyz").await?.status();
        assert!(
            begun.elapsed() < Duration::from_secs(6),
            "{:?}",
            begun.elapsed()
        );
        if status == StatusCode::SERVICE_UNAVAILABLE {
            break;
        }
        assert!(
            frozen_at.elapsed() < Duration::from_secs(15),
            "it is noticed"
        );
    }
    assert_eq!(server.get("/healthz").await?.status(), StatusCode::OK);
    Ok(())
}
