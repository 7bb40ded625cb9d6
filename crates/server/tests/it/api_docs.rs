//! The API documentation page: it contains the whole description, and it has no inline code.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use deskbell_testkit::server::{Database, TestServer};
use reqwest::header::{CONTENT_ENCODING, ETAG, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// The values of an attribute.
fn all<'a>(page: &'a str, attribute: &str) -> BTreeSet<&'a str> {
    let values = page.split(attribute).skip(1);
    values.filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test]
async fn each_operation_and_each_schema_is_on_the_page_under_an_anchor() -> Result<()> {
    let server = TestServer::empty(Database::Sqlite).await?;
    let description: Value = server.get("/api/v1/openapi.json").await?.json().await?;
    let page = server.get("/api/docs").await?.text().await?;
    let anchors = all(&page, " id=\"");
    for (path, operations) in description["paths"].as_object().context("paths")? {
        assert!(page.contains(path.as_str()), "{path} is on the page");
        for (method, operation) in operations.as_object().context("operations")? {
            let name = operation["operationId"].as_str().context("a name")?;
            assert!(anchors.contains(name), "{method} {path} has an anchor");
            assert!(
                page.contains(&format!("href=\"#{name}\"")),
                "{name} is in the contents"
            );
        }
    }
    let schemas = &description["components"]["schemas"];
    for name in schemas.as_object().context("schemas")?.keys() {
        let anchor = format!("schema-{name}");
        assert!(anchors.contains(anchor.as_str()), "{name} has an anchor");
    }
    Ok(())
}

#[tokio::test]
async fn every_link_within_the_page_has_its_target() -> Result<()> {
    let server = TestServer::empty(Database::Sqlite).await?;
    let page = server.get("/api/docs").await?.text().await?;
    let anchors = all(&page, " id=\"");
    let links = all(&page, " href=\"#");
    assert!(links.len() > 100);
    for link in links {
        assert!(anchors.contains(link), "#{link} leads somewhere");
    }
    let ids = page.matches(" id=\"").count();
    assert_eq!(ids, anchors.len(), "each anchor stands once");
    Ok(())
}

#[tokio::test]
async fn the_page_has_no_inline_code_and_its_policy_allows_none() -> Result<()> {
    let server = TestServer::empty(Database::Sqlite).await?;
    let answer = server.get("/api/docs").await?;
    let policy = answer.headers()["content-security-policy"]
        .to_str()?
        .to_owned();
    for inline in ["unsafe-inline", "nonce-", "'unsafe-eval'"] {
        assert!(!policy.contains(inline), "{policy}");
    }
    let page = answer.text().await?;
    for code in ["<style", " style=", " onclick"] {
        assert!(!page.contains(code), "the page has {code}");
    }
    let ours = "<script type=\"module\" src=\"/assets/pages-";
    assert_eq!(page.matches("<script").count(), page.matches(ours).count());
    Ok(())
}

#[tokio::test]
async fn the_page_and_the_description_are_compressed_and_cached() -> Result<()> {
    let server = TestServer::empty(Database::Sqlite).await?;
    for path in ["/api/docs", "/api/v1/openapi.json"] {
        let packed = server.request(Method::GET, path);
        let packed = packed.header("accept-encoding", "gzip").send().await?;
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        let size = packed.headers()["content-length"]
            .to_str()?
            .parse::<usize>()?;
        assert!(size < 64 * 1024, "{path} is {size} bytes");
        let tag = packed.headers()[ETAG].clone();
        let again = server.request(Method::GET, path);
        let again = again.header(IF_NONE_MATCH, tag).send().await?;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert!(again.bytes().await?.is_empty());
    }
    Ok(())
}
