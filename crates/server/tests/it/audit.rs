//! The audit log: pages, filters, the export, and the detection of changes.

use std::time::Duration;

use anyhow::{Context, Result};
use deskbell_protocol::api::platform::audit::{AuditCheck, AuditEntries, AuditEntry};
use deskbell_testkit::server::{Database, PASSWORD, cookie, email};
use reqwest::Method;
use serde_json::json;
use tokio::time::timeout;

use crate::{North, on_both};

on_both!(
    the_log_is_read_in_pages_and_by_filter,
    the_log_is_exported_as_csv_and_as_json,
    a_changed_or_removed_entry_is_detected,
    admins_read_their_own_workspaces_log_only_and_agents_none,
    failed_sign_ins_are_logged_but_not_each_one,
    sign_ins_sign_outs_and_address_changes_are_logged,
    the_platforms_log_is_exported_and_verified_like_any_other,
);

/// Creates a token with this name, which is logged.
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
    let actor = one.actor.user_id.expect("the actor is known");
    let by_actor = page(&north, &format!("actor={actor}&until_at={}", one.at)).await?;
    assert!(by_actor.entries.iter().all(|entry| entry.at < one.at));
    for bad in ["limit=0", "limit=101", "cursor=x", "cursor=AAAA"] {
        let path = format!("/api/v1/audit?{bad}");
        assert_eq!(text(&north, &path, &north.ada_token).await?.0, 422, "{bad}");
    }
    Ok(())
}

async fn the_log_is_exported_as_csv_and_as_json(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    do_something(&north, "=SUM(1,\"2\")").await?;
    let csv = text(&north, "/api/v1/audit/export", &north.ada_token)
        .await?
        .1;
    assert!(csv.starts_with("seq,at,action,"), "{csv}");
    assert!(
        csv.contains("\"'=SUM(1,\"\"2\"\")\""),
        "no spreadsheet evaluates a name as a formula: {csv}"
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

    do_something(&north, "＝SUM(1)").await?;
    let csv = text(&north, "/api/v1/audit/export", &north.ada_token).await?;
    assert!(csv.1.contains(",'＝SUM(1)"), "nor in full width: {}", csv.1);
    Ok(())
}

async fn check(north: &North) -> Result<AuditCheck> {
    let found = text(north, "/api/v1/audit/check", &north.ada_token).await?;
    assert_eq!(found.0, 200);
    Ok(serde_json::from_str(&found.1)?)
}

async fn a_changed_or_removed_entry_is_detected(database: Database) -> Result<()> {
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

async fn admins_read_their_own_workspaces_log_only_and_agents_none(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    do_something(&north, "Secret plan").await?;
    let stella = north.server.register("Stella", "South").await?;
    let (status, log) = text(&north, "/api/v1/audit", &stella).await?;
    assert!(status == 200 && !log.contains("Secret plan"), "{log}");
    let ben = north.server.add_agent("Ben", "Ada").await?;
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

/// Waits for an entry with this action, which is written asynchronously.
async fn wait_for(north: &North, action: &str) -> Result<Vec<AuditEntry>> {
    timeout(Duration::from_secs(20), async {
        loop {
            let found = page(north, &format!("action={action}")).await?;
            if !found.entries.is_empty() {
                return Ok(found.entries);
            }
        }
    })
    .await?
}

async fn sign_in(north: &North, address: &str, password: &str) -> Result<u16> {
    let body = json!({ "email": address, "password": password });
    let answer = north.server.post("/api/v1/auth/sign-in", body).await?;
    Ok(answer.status().as_u16())
}

async fn failed_sign_ins_are_logged_but_not_each_one(database: Database) -> Result<()> {
    let north = North::with_limits(database, "sign_ins_by_account=5/h").await?;
    assert_eq!(
        sign_in(&north, "nobody@north.example", "Guess-2-bells").await?,
        401
    );
    for _ in 0..5 {
        assert_eq!(sign_in(&north, &email("Ada"), "Guess-2-bells").await?, 401);
    }
    for _ in 0..3 {
        assert_eq!(sign_in(&north, &email("Ada"), PASSWORD).await?, 429);
    }
    for action in ["session.sign_in_failed", "session.sign_in_throttled"] {
        let entries = wait_for(&north, action).await?;
        assert_eq!(entries.len(), 1, "one line for all of them: {entries:?}");
        assert_eq!(entries[0].target.name, "Ada");
        assert_eq!(entries[0].actor.user_id, None, "the person is not known");
        assert_eq!(entries[0].details["count"], 1);
        assert!(!entries[0].address.is_empty());
    }
    Ok(())
}

async fn sign_ins_sign_outs_and_address_changes_are_logged(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let stella = server.register("Stella", "South").await?;
    let body = json!({ "email": "star@south.example", "password": PASSWORD });
    let response = server.request(Method::POST, "/api/v1/me/email");
    let response = response.bearer_auth(&stella).json(&body).send().await?;
    assert_eq!(response.status(), 202);
    let body = json!({ "email": email("Stella"), "password": PASSWORD });
    let signed_in = server.post("/api/v1/auth/sign-in", body).await?;
    let refresh = cookie(&signed_in, "deskbell_refresh").context("signed in")?;
    for _ in 0..2 {
        let request = server.request(Method::POST, "/api/v1/auth/sign-out");
        let request = request.header("x-deskbell", "1");
        let out = request.header("cookie", format!("deskbell_refresh={refresh}"));
        assert_eq!(out.send().await?.status(), 204);
    }
    let (_, log) = text(&north, "/api/v1/audit", &stella).await?;
    let log: AuditEntries = serde_json::from_str(&log)?;
    let actions = log.entries.iter().map(|entry| entry.action.as_str());
    assert_eq!(
        actions.collect::<Vec<_>>(),
        [
            "session.signed_out",
            "session.signed_in",
            "account.email_change_asked",
            "session.signed_in",
            "account.email_verified",
            "workspace.registered",
        ]
    );
    assert_eq!(log.entries[2].details["to"], "star@south.example");
    assert_eq!(log.entries[0].actor.name, "Stella");
    Ok(())
}

async fn the_platforms_log_is_exported_and_verified_like_any_other(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    north.server.register("Stella", "South").await?;
    let path = "/api/v1/operator/audit";
    let (_, csv) = text(&north, &format!("{path}/export"), &north.ada_token).await?;
    assert!(csv.starts_with("seq,at,action,"), "{csv}");
    let (_, json) = text(
        &north,
        &format!("{path}/export?format=json"),
        &north.ada_token,
    )
    .await?;
    let entries: Vec<AuditEntry> = serde_json::from_str(&json)?;
    let actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "audit.exported",
            "audit.exported",
            // The test has read the link that was mailed to Stella.
            "operator.mail_read",
            "workspace.registered",
            "installation.set_up",
        ]
    );
    let (_, whole) = text(&north, &format!("{path}/check"), &north.ada_token).await?;
    let whole: AuditCheck = serde_json::from_str(&whole)?;
    assert_eq!((whole.entries, whole.broken_at), (5, None));
    let store = north.server.store().await?;
    store
        .execute("UPDATE audit_entries SET actor_name = 'Ben' WHERE action = 'operator.mail_read'")
        .await?;
    store.close().await;
    let (_, broken) = text(&north, &format!("{path}/check"), &north.ada_token).await?;
    let broken: AuditCheck = serde_json::from_str(&broken)?;
    assert_eq!(broken.broken_at, Some(3));
    Ok(())
}
