//! Readiness: a server whose database refuses writes or is unavailable reports it, and recovers by itself.

use std::time::{Duration, Instant};

use anyhow::Result;
use deskbell_protocol::{Command, ErrorCode};
use deskbell_store::Store;
use deskbell_testkit::people::Person;
use deskbell_testkit::server::{Database, TestServer};
use reqwest::StatusCode;

use crate::North;

const TIMEOUT: Duration = Duration::from_secs(20);

/// Requests a path until it answers with this status.
async fn wait_for(server: &TestServer, path: &str, status: StatusCode) -> Result<()> {
    let begun = Instant::now();
    while server.get(path).await?.status() != status {
        let elapsed = begun.elapsed();
        anyhow::ensure!(elapsed < TIMEOUT, "{path} does not become {status}");
    }
    Ok(())
}

/// Runs a statement, even while transactions are read-only by default, and when the first pooled
/// connections turn out to be broken.
async fn run(admin: &Store, sql: &str) -> Result<()> {
    let attempt = async || {
        let mut tx = admin.begin(0).await?;
        tx.execute("SET TRANSACTION READ WRITE").await?;
        tx.execute(sql).await?;
        tx.commit().await
    };
    let begun = Instant::now();
    loop {
        match attempt().await {
            Err(error) if error.is_unavailable() && begun.elapsed() < TIMEOUT => {}
            done => return Ok(done?),
        }
    }
}

/// Makes a database read-only, or writable again, as a failover does: all connections are ended.
async fn set_read_only(admin: &Store, database: &str, read_only: bool) -> Result<()> {
    let setting =
        format!("ALTER DATABASE {database} SET default_transaction_read_only = {read_only}");
    run(admin, &setting).await?;
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    run(admin, others).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_a_read_only_database_is_not_ready_and_recovers_by_itself() -> Result<()> {
    let north = North::new(Database::Postgres).await?;
    let mut vera = north.visitor().await?;
    let conversation_id = vera.start("Hello?").await?.id;
    let send = |vera: &Person| Command::Send {
        conversation_id,
        client_id: vera.next_client_id(),
        text: "Are you there?".to_owned(),
        assignee: None,
    };
    let url = north.server.database_url().unwrap_or_default().to_owned();
    let database = url.rsplit('/').next().unwrap_or_default().to_owned();
    wait_for(&north.server, "/readyz", StatusCode::OK).await?;

    let admin = Store::open_postgres(&url).await?;
    set_read_only(&admin, &database, true).await?;
    wait_for(&north.server, "/readyz", StatusCode::SERVICE_UNAVAILABLE).await?;
    let refused = vera.refused(send(&vera)).await?;
    assert_eq!(refused.code, ErrorCode::Unavailable);
    assert_eq!(north.server.get("/healthz").await?.status(), StatusCode::OK);

    set_read_only(&admin, &database, false).await?;
    admin.close().await;
    wait_for(&north.server, "/readyz", StatusCode::OK).await?;
    assert_eq!(vera.send_message(conversation_id, "Again.").await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_panels_script_for_a_site_is_delivered_only_if_the_frame_can_be() -> Result<()> {
    let (server, proxy) = TestServer::behind_postgres_proxy().await?;
    let north = North::on(server).await?;
    let key = north.site_key.as_str();
    let status = async |path: String| anyhow::Ok(north.server.get(&path).await?.status());
    // A site that does not exist is no fault of the server.
    for key in [key, "unknown"] {
        for path in ["/widget/frame", "/deskbell-panel.js"] {
            let status = status(format!("{path}?site={key}")).await?;
            assert_eq!(status, StatusCode::OK, "{path} of {key}");
        }
    }
    drop(proxy);
    for path in ["/widget/frame", "/deskbell-panel.js"] {
        let path = format!("{path}?site={key}");
        wait_for(&north.server, &path, StatusCode::SERVICE_UNAVAILABLE).await?;
    }
    let script = status("/deskbell-panel.js".to_owned()).await?;
    assert_eq!(
        script,
        StatusCode::OK,
        "the script itself needs no database"
    );
    Ok(())
}
