//! The audit log: pages, filters, the file, and what shows that somebody changed it.

use anyhow::Result;
use deskbell_protocol::api::audit::{AuditCheck, AuditEntries, AuditEntry};
use deskbell_testkit::server::Database;
use reqwest::Method;
use serde_json::json;

use crate::{North, on_both};

on_both!(
    the_log_is_read_in_pages_and_by_filter,
    the_log_is_taken_out_as_a_table_and_as_json,
    an_entry_that_was_changed_or_removed_is_found,
    a_workspace_reads_its_own_log_only_and_its_agents_none,
);

/// Makes a token of this name, which is written down.
async fn do_something(north: &North, name: &str) -> Result<()> {
    let body = json!({ "name": name, "scopes": ["audit:read"] });
    let request = north.server.request(Method::POST, "/api/v1/tokens");
    let response = request.bearer_auth(&north.ada_token).json(&body).send();
    assert_eq!(response.await?.status(), 201);
    Ok(())
}

async fn text(north: &North, path: &str, token: &str) -> Result<(u16, String)> {
    let request = north.server.request(Method::GET, path).bearer_auth(token);
    let response = request.send().await?;
    Ok((response.status().as_u16(), response.text().await?))
}

async fn page(north: &North, query: &str) -> Result<AuditEntries> {
    let path = format!("/api/v1/audit?{query}");
    let (status, text) = text(north, &path, &north.ada_token).await?;
    assert_eq!(status, 200, "{text}");
    Ok(serde_json::from_str(&text)?)
}

async fn the_log_is_read_in_pages_and_by_filter(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    for name in ["One", "Two", "Three"] {
        do_something(&north, name).await?;
    }
    let first = page(&north, "action=token.created&limit=2").await?;
    let names = |page: &AuditEntries| -> Vec<String> {
        let entries = page.entries.iter();
        entries.map(|entry| entry.target.name.clone()).collect()
    };
    assert_eq!(names(&first), ["Three", "Two"]);
    let next = first.next_cursor.expect("there is more");
    let second = page(
        &north,
        &format!("action=token.created&limit=2&cursor={next}"),
    )
    .await?;
    assert_eq!(names(&second), ["One"]);
    assert_eq!(second.next_cursor, None);
    let one = &second.entries[0];
    let by_target = page(&north, &format!("target={}", one.target.id)).await?;
    assert_eq!(names(&by_target), ["One"]);
    let actor = one.actor.user_id.expect("somebody did it");
    let by_actor = page(&north, &format!("actor={actor}&until_at={}", one.at)).await?;
    assert!(by_actor.entries.iter().all(|entry| entry.at < one.at));
    for bad in ["limit=0", "limit=101", "cursor=x", "cursor=AAAA"] {
        let path = format!("/api/v1/audit?{bad}");
        assert_eq!(text(&north, &path, &north.ada_token).await?.0, 422, "{bad}");
    }
    Ok(())
}

async fn the_log_is_taken_out_as_a_table_and_as_json(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    do_something(&north, "=SUM(1,\"2\")").await?;
    let csv = text(&north, "/api/v1/audit/export", &north.ada_token)
        .await?
        .1;
    assert!(csv.starts_with("seq,at,action,"), "{csv}");
    assert!(
        csv.contains("\"'=SUM(1,\"\"2\"\")\""),
        "no spreadsheet takes a name for a formula: {csv}"
    );
    let json = text(&north, "/api/v1/audit/export?format=json", &north.ada_token)
        .await?
        .1;
    let entries: Vec<AuditEntry> = serde_json::from_str(&json)?;
    let actions = entries.iter().map(|entry| entry.action.as_str());
    assert_eq!(
        actions.collect::<Vec<_>>(),
        [
            "audit.exported",
            "audit.exported",
            "token.created",
            "session.signed_in"
        ]
    );
    let none = "/api/v1/audit/export?format=json&action=nothing";
    assert_eq!(text(&north, none, &north.ada_token).await?.1.trim(), "[]");
    Ok(())
}

async fn check(north: &North) -> Result<AuditCheck> {
    let found = text(north, "/api/v1/audit/check", &north.ada_token).await?;
    assert_eq!(found.0, 200);
    Ok(serde_json::from_str(&found.1)?)
}

async fn an_entry_that_was_changed_or_removed_is_found(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    for name in ["One", "Two", "Three"] {
        do_something(&north, name).await?;
    }
    let whole = check(&north).await?;
    assert_eq!((whole.entries, whole.broken_at), (4, None));
    let store = north.server.store().await?;
    for (forgery, found_at) in [
        (
            "UPDATE audit_entries SET actor_name = 'Ben' WHERE seq = 3",
            3,
        ),
        ("DELETE FROM audit_entries WHERE seq = 2", 2),
        ("DELETE FROM audit_entries WHERE seq > 1", 2),
    ] {
        store.execute(forgery).await?;
        assert_eq!(check(&north).await?.broken_at, Some(found_at), "{forgery}");
    }
    store.close().await;
    Ok(())
}

async fn a_workspace_reads_its_own_log_only_and_its_agents_none(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    do_something(&north, "Secret plan").await?;
    let stella = north.server.register("Stella", "South").await?;
    let (status, log) = text(&north, "/api/v1/audit", &stella).await?;
    assert!(status == 200 && !log.contains("Secret plan"), "{log}");
    let ben = north.server.hire("Ben", "Ada").await?;
    for path in [
        "/api/v1/audit",
        "/api/v1/audit/export",
        "/api/v1/audit/check",
    ] {
        assert_eq!(text(&north, path, &ben).await?.0, 403, "{path}");
        assert_eq!(north.server.get(path).await?.status(), 401, "{path}");
    }
    Ok(())
}
