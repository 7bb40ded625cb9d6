//! The description of the HTTP API, and that its copy is the same.

use anyhow::{Context, Result};
use deskbell_testkit::server::{Database, TestServer};
use serde_json::Value;

#[test]
fn the_copy_in_docs_is_what_the_code_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let copy = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        copy == deskbell::openapi::text(),
        "the API has changed: run `cargo xtask openapi` and look at what differs in docs/openapi.json"
    );
}

#[tokio::test]
async fn the_server_hands_out_the_description() -> Result<()> {
    let server = TestServer::empty(Database::Sqlite).await?;
    let description: Value = server.get("/api/v1/openapi.json").await?.json().await?;
    assert_eq!(description["openapi"], "3.1.0");
    let paths = description["paths"].as_object().context("paths")?;
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().context("operations")? {
            let at = format!("{method} {path}");
            assert!(
                operation["security"].is_array(),
                "{at} says who may call it"
            );
            assert!(operation["summary"].is_string(), "{at} says what it does");
            assert!(operation["tags"].is_array(), "{at} says where it belongs");
        }
    }
    Ok(())
}
