//! The API description, and its copy in the documentation.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use deskbell_testkit::server::{Database, TestServer};
use serde_json::Value;

#[test]
fn the_copy_in_docs_matches_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let copy = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        copy == deskbell::openapi::text(),
        "the API has changed: run `cargo xtask openapi` and review the changes in docs/openapi.json"
    );
}

#[tokio::test]
async fn the_server_serves_the_description() -> Result<()> {
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

/// Everything under the key `key`, at any depth.
fn gather<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == key {
                    found.push(value);
                }
                gather(value, key, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, key, found)),
        _ => {}
    }
}

#[test]
fn every_reference_in_the_description_resolves() -> Result<()> {
    let description: Value = serde_json::from_str(&deskbell::openapi::text())?;
    let mut references = Vec::new();
    gather(&description, "$ref", &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.as_str().context("a reference is a text")?;
        let found = description.pointer(pointer.trim_start_matches('#'));
        assert!(found.is_some(), "{pointer} is not in the description");
    }
    Ok(())
}

#[test]
fn every_operation_has_a_unique_id_and_documents_each_status() -> Result<()> {
    let text = deskbell::openapi::text();
    assert!(!text.contains("crate::"), "rustdoc's links are for Rust");
    let description: Value = serde_json::from_str(&text)?;
    let mut names = Vec::new();
    gather(&description, "operationId", &mut names);
    let unique: BTreeSet<_> = names.iter().map(|name| name.to_string()).collect();
    assert_eq!(unique.len(), names.len());
    let mut answers = Vec::new();
    gather(&description["paths"], "responses", &mut answers);
    assert_eq!(answers.len(), names.len());
    for answer in answers {
        for (status, response) in answer.as_object().context("answers")? {
            assert!(status.parse::<u16>().is_ok(), "{status} is no status");
            let is_named = response["$ref"].is_string();
            let description = response["description"].as_str().unwrap_or_default();
            assert!(
                is_named || !description.is_empty(),
                "nothing is response of {status}"
            );
        }
    }
    Ok(())
}
