//! The first-run set-up.

use std::process::Command;

use anyhow::Result;
use deskbell_protocol::api::identity::setup::SetupState;
use deskbell_protocol::{ErrorBody, ErrorCode};
use deskbell_testkit::server::{Database, PASSWORD, TestServer, email};
use reqwest::Method;
use serde_json::json;

use crate::api::{code, request_as};
use crate::{North, on_both};

on_both!(
    an_empty_installation_asks_to_be_set_up_once,
    a_wrong_field_is_named,
    registration_requires_a_finished_set_up,
    a_foreign_host_name_cannot_set_up_the_installation,
    the_command_line_makes_a_user_an_operator,
    the_set_up_page_is_rendered_on_the_server,
    the_health_probes_answer,
);

async fn an_empty_installation_asks_to_be_set_up_once(database: Database) -> Result<()> {
    let server = TestServer::empty(database).await?;
    assert!(
        server
            .get("/api/v1/setup")
            .await?
            .json::<SetupState>()
            .await?
            .needed
    );
    let (done, _) = server.set_up("Ada", "North").await?;
    assert!(
        done.site.snippet.contains(&done.site.key),
        "{}",
        done.site.snippet
    );
    assert_eq!(done.me.workspace.name, "North");
    assert!(
        !server
            .get("/api/v1/setup")
            .await?
            .json::<SetupState>()
            .await?
            .needed
    );
    let again = json!({
        "name": "Ben", "email": "ben@north.example", "password": "Rings-2-bells",
        "workspace": "South", "site": "Shop", "allowed_origins": []
    });
    let refused = server.post("/api/v1/setup", again).await?;
    assert_eq!(refused.status(), 409);
    assert_eq!(refused.json::<ErrorBody>().await?.code, ErrorCode::Conflict);
    Ok(())
}

async fn a_wrong_field_is_named(database: Database) -> Result<()> {
    let server = TestServer::empty(database).await?;
    let good = json!({
        "name": "Ada", "email": "ada@north.example", "password": "Rings-2-bells",
        "workspace": "North", "site": "Shop", "allowed_origins": ["https://shop.example"]
    });
    let long = "Aa1".repeat(25);
    let wrong = [
        ("name", json!("A")),
        ("name", json!("<b>Ada</b>")),
        ("email", json!("ada")),
        ("password", json!("short1A")),
        ("password", json!("nothing-but-lower-1")),
        ("password", json!(long)),
        ("workspace", json!("")),
        ("site", json!("\u{7}\u{7}\u{7}")),
        ("allowed_origins", json!(["http://shop.example"])),
        ("allowed_origins", json!(["https://shop.example/path"])),
        ("allowed_origins", json!(["javascript:alert(1)"])),
    ];
    for (field, value) in wrong {
        let mut body = good.clone();
        body[field] = value.clone();
        let response = server.post("/api/v1/setup", body).await?;
        assert_eq!(response.status(), 422, "{field}: {value}");
        let error = response.json::<ErrorBody>().await?;
        assert!(error.fields.contains_key(field), "{field}: {error:?}");
    }
    let mut body = good.clone();
    for field in ["name", "password", "site"] {
        body[field] = json!("x");
    }
    let response = server.post("/api/v1/setup", body).await?;
    let error = response.json::<ErrorBody>().await?;
    let named: Vec<_> = error.fields.keys().map(String::as_str).collect();
    assert_eq!(named, ["name", "password", "site"], "all at once");
    assert_eq!(server.post("/api/v1/setup", good).await?.status(), 201);
    Ok(())
}

async fn the_set_up_page_is_rendered_on_the_server(database: Database) -> Result<()> {
    let server = TestServer::empty(database).await?;
    let page = server.get("/").await?;
    assert_eq!(
        page.url().path(),
        "/setup",
        "the front page leads to the set-up"
    );
    let policy = page.headers()["content-security-policy"]
        .to_str()?
        .to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("'nonce-"),
        "{policy}"
    );
    assert!(
        !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
        "{policy}"
    );
    assert!(page.text().await?.contains("Set up Deskbell"));
    Ok(())
}

async fn the_health_probes_answer(database: Database) -> Result<()> {
    let server = TestServer::empty(database).await?;
    for path in ["/healthz", "/readyz"] {
        let response = server.get(path).await?;
        assert_eq!(response.status(), 200, "{path}");
        assert!(response.headers().contains_key("x-request-id"), "{path}");
        assert_eq!(
            response.headers()["x-content-type-options"],
            "nosniff",
            "{path}"
        );
    }
    assert_eq!(
        server
            .get("/api/v1/nothing")
            .await?
            .json::<ErrorBody>()
            .await?
            .code,
        ErrorCode::NotFound
    );
    Ok(())
}

async fn registration_requires_a_finished_set_up(database: Database) -> Result<()> {
    let server = TestServer::empty(database).await?;
    let stranger = json!({
        "name": "Mallory", "email": email("Mallory"), "password": PASSWORD, "workspace": "Mine",
    });
    let refused = server.post("/api/v1/auth/register", stranger).await?;
    assert_eq!(code(refused).await?, (403, ErrorCode::Forbidden));
    server.set_up("Ada", "North").await?;
    server.register("Stella", "South").await?;
    Ok(())
}

async fn the_command_line_makes_a_user_an_operator(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let usage = async || {
        let path = "/api/v1/operator/usage";
        request_as(&north.server, Method::GET, path, &stella, None).await
    };
    assert_eq!(usage().await?.status(), 403);
    let run = |address: String| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
        command.arg("operator").arg(address).arg("--data");
        command.arg(north.server.data());
        if let Some(url) = north.server.database_url() {
            command.args(["--database-url", url]);
        }
        command.output()
    };
    let unknown = run(email("Nobody"))?;
    assert_eq!(unknown.status.code(), Some(1));
    let error = String::from_utf8(unknown.stderr)?;
    assert!(
        error.contains("No active account has this address"),
        "{error}"
    );
    let done = run(email("Stella").to_uppercase())?;
    assert!(done.status.success(), "{done:?}");
    assert_eq!(usage().await?.status(), 200);
    let path = "/api/v1/operator/audit?action=operator.made";
    let log = request_as(&north.server, Method::GET, path, &stella, None).await?;
    assert!(log.text().await?.contains("Stella"));
    Ok(())
}

async fn a_foreign_host_name_cannot_set_up_the_installation(database: Database) -> Result<()> {
    let server = TestServer::empty(database).await?;
    let host = server.host();
    let port = host.rsplit(':').next().unwrap_or_default();
    let body = json!({
        "name": "Ada", "email": email("Ada"), "password": PASSWORD,
        "workspace": "North", "site": "Shop", "allowed_origins": [],
    });
    for (name, status) in [("evil.example", 403), ("localhost", 201)] {
        let there = format!("{name}:{port}");
        let request = server
            .request(Method::POST, "/api/v1/setup")
            .header("host", &there)
            .header("origin", format!("http://{there}"));
        let answer = request.json(&body).send().await?;
        assert_eq!(answer.status(), status, "{name}");
    }
    Ok(())
}
