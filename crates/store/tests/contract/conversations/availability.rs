//! Availability: the effect of a frozen node on others, refused writes, and PgBouncer.

use std::time::Duration;

use deskbell_store::conversations::{self, messages};
use deskbell_store::{PostgresTimeouts, Store};
use deskbell_testkit_db::postgres;

use crate::fixture::{Fixture, NOW, client, on_both_engines, sender, words};

/// Ends all other sessions of the database, as a failover does.
pub const TERMINATE_OTHERS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

pub async fn new_database() -> String {
    tokio::task::spawn_blocking(postgres::new_database)
        .await
        .unwrap()
}

fn timeouts(lock: u64, idle_in_transaction: u64) -> PostgresTimeouts {
    PostgresTimeouts {
        lock: Duration::from_millis(lock),
        idle_in_transaction: Duration::from_millis(idle_in_transaction),
        ..PostgresTimeouts::default()
    }
}

/// Two nodes on one database, the first with a fixture.
async fn two_nodes(first: PostgresTimeouts, second: PostgresTimeouts) -> (Fixture, Store) {
    let url = new_database().await;
    let store = Store::open_postgres_with(&url, first).await.unwrap();
    store.migrate().await.unwrap();
    let other = Store::open_postgres_with(&url, second).await.unwrap();
    (Fixture::build(store).await, other)
}

#[tokio::test]
async fn a_node_that_is_frozen_in_a_transaction_loses_its_locks() {
    let (fixture, other) = two_nodes(timeouts(60_000, 200), timeouts(60_000, 60_000)).await;
    let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
    let mut frozen = fixture.store.begin_batch(NOW).await.unwrap();
    let mut heads = conversations::lock_all(&mut frozen, &[id]).await.unwrap();

    let mut tx = other.begin_batch(NOW).await.unwrap();
    let waited = conversations::lock_all(&mut tx, &[id]).await.unwrap();
    assert_eq!(waited.len(), 1, "Postgres has ended the frozen transaction");
    drop(tx);
    let late = messages::Unsaved {
        conversation_id: id,
        sender: sender(&fixture.vera),
        client_id: Some(client(2)),
        body: words("Too late"),
    };
    let late = messages::append_all(&mut frozen, &mut heads, vec![late]).await;
    assert!(late.unwrap_err().is_unavailable());
    drop(frozen);
    fixture.say(&fixture.vera, id, client(3), "And again").await;
}

#[tokio::test]
async fn waiting_for_a_frozen_node_fails_as_unavailable_and_other_workspaces_are_not_affected() {
    let (fixture, other) = two_nodes(timeouts(60_000, 60_000), timeouts(100, 60_000)).await;
    let veras = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
    let svens = fixture.start(&fixture.sven, client(2), "Hello?").await.id;
    let mut frozen = fixture.store.begin_batch(NOW).await.unwrap();
    conversations::lock_all(&mut frozen, &[veras])
        .await
        .unwrap();

    let mut tx = other.begin_batch(NOW).await.unwrap();
    let refused = conversations::lock_all(&mut tx, &[veras])
        .await
        .unwrap_err();
    assert!(refused.is_unavailable() && refused.is_lock_timeout());
    drop(tx);
    let mut tx = other.begin_batch(NOW).await.unwrap();
    assert_eq!(
        conversations::lock_all(&mut tx, &[svens])
            .await
            .unwrap()
            .len(),
        1
    );
    other.check_writable(NOW).await.unwrap();
}

#[tokio::test]
async fn the_write_check_succeeds_on_a_writable_database() {
    on_both_engines(async |store| {
        store.check_writable(NOW).await.unwrap();
        let written = "SELECT checked_at FROM write_checks";
        assert_eq!(store.count(written).await.unwrap(), NOW);
        store.check_writable(NOW + 1).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_write_check_fails_on_a_closed_database() {
    on_both_engines(async |store| {
        store.close().await;
        let error = store.check_writable(NOW).await.unwrap_err();
        assert!(error.is_unavailable(), "{error:?}");
    })
    .await;
}

/// Runs a statement that writes, even while the database is read-only by default, and when the
/// first pooled connections turn out to be broken.
pub async fn run(store: &Store, sql: &str) {
    let attempt = async || {
        let mut tx = store.begin(NOW).await?;
        tx.execute("SET TRANSACTION READ WRITE").await?;
        tx.execute(sql).await?;
        tx.commit().await
    };
    loop {
        match attempt().await {
            Err(error) if error.is_unavailable() => {}
            done => return done.unwrap(),
        }
    }
}

#[tokio::test]
async fn after_a_failover_connections_that_cannot_write_are_replaced() {
    let url = new_database().await;
    let name = url.rsplit('/').next().unwrap().to_owned();
    let admin = Store::open_postgres(&url).await.unwrap();
    admin.migrate().await.unwrap();
    let store = Store::open_postgres(&url).await.unwrap();
    let fixture = Fixture::build(store).await;
    let set = |value| format!("ALTER DATABASE {name} SET default_transaction_read_only = {value}");

    run(&admin, &set("on")).await;
    run(&admin, TERMINATE_OTHERS).await;
    let refused = loop {
        // A broken connection is detected at its first use.
        match fixture.store.check_writable(NOW).await.unwrap_err() {
            refused if refused.to_string().contains("read-only") => break refused,
            other => assert!(other.is_unavailable(), "{other:?}"),
        }
    };
    assert!(refused.is_unavailable());
    fixture.store.ping().await.unwrap();

    run(&admin, &set("off")).await;
    fixture.store.check_writable(NOW).await.unwrap();
    fixture.start(&fixture.vera, client(1), "Hello?").await;
}

#[tokio::test]
async fn after_a_full_disk_the_writer_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_sqlite(&folder.path().join("deskbell.db"))
        .await
        .unwrap();
    store.migrate().await.unwrap();
    let fixture = Fixture::build(store).await;
    let id = fixture.start(&fixture.vera, client(1), "Hello?").await.id;
    // The limit of this connection: as many pages as there are now.
    fixture
        .store
        .execute("PRAGMA max_page_count = 1")
        .await
        .unwrap();
    let mut tx = fixture.begin().await;
    let locked = conversations::lock_for_visitor(&mut tx, &fixture.vera, id)
        .await
        .unwrap();
    let long = words(&"x".repeat(1_000_000));
    let from = sender(&fixture.vera);
    let full = messages::append(&mut tx, &locked, &from, Some(client(2)), &long).await;
    assert!(full.unwrap_err().is_unavailable());
    drop(tx);
    let said = fixture
        .say(&fixture.vera, id, client(3), "Still there?")
        .await;
    assert_eq!(said.message.seq, 2);
    fixture.store.check_writable(NOW).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reads_the_files_of_a_new_database() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_sqlite(&folder.path().join("deskbell.db"))
        .await
        .unwrap();
    store.migrate().await.unwrap();
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(files.len() > 1, "there is a write-ahead log");
    for file in files {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
    }
}

/// A PgBouncer in this mode in front of a database, and its URL. `None` where PgBouncer is not
/// installed, as on most machines; CI installs it.
fn pooler(url: &str, mode: &str) -> Option<(Pooler, String)> {
    let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]
        .into_iter()
        .find(|program| std::path::Path::new(program).exists())?;
    let (host, name) = url.rsplit_once('/').unwrap();
    let host = host.rsplit_once('@').unwrap().1.replace("%2F", "/");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    let settings = format!(
        "[databases]\n{name} = host={host} user=postgres\n[pgbouncer]\nlisten_addr =\n\
         listen_port = 6432\nunix_socket_dir = {path}\nauth_type = any\npool_mode = {mode}\n\
         ignore_startup_parameters = extra_float_digits\n"
    );
    let file = folder.path().join("pgbouncer.ini");
    std::fs::write(&file, settings).unwrap();
    // PgBouncer refuses to run as root, so it runs as the user nobody, as Postgres does.
    let mut command = std::process::Command::new("sh");
    command
        .arg("-c")
        .arg(
            "chmod 755 \"$2\" \"$2/pgbouncer.ini\"; if [ \"$(id -u)\" = 0 ]; then chown nobody \"$2\"; \
             exec setpriv --reuid=nobody --regid=nogroup --clear-groups \"$1\" -q \"$2/pgbouncer.ini\"; \
             fi; exec \"$1\" -q \"$2/pgbouncer.ini\"",
        )
        .args(["sh", program])
        .arg(folder.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    let mut process = command.spawn().unwrap();
    let socket = folder.path().join(".s.PGSQL.6432");
    while !socket.exists() {
        let ended = process.try_wait().unwrap();
        assert!(ended.is_none(), "PgBouncer does not start: {ended:?}");
        std::thread::yield_now();
    }
    let escaped = folder.path().display().to_string().replace('/', "%2F");
    let url = format!("postgres://postgres@{escaped}:6432/{name}");
    let pooler = Pooler {
        process,
        _folder: folder,
    };
    Some((pooler, url))
}

struct Pooler {
    process: std::process::Child,
    _folder: tempfile::TempDir,
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn pgbouncer_in_transaction_mode_is_refused_with_the_setting_and_works_in_session_mode() {
    for (mode, works) in [
        ("transaction", false),
        ("statement", false),
        ("session", true),
    ] {
        let direct = new_database().await;
        let Some((pooler, url)) = pooler(&direct, mode) else {
            println!("PgBouncer is not installed: nothing was tested");
            return;
        };
        match Store::open_postgres(&url).await {
            Ok(store) => {
                assert!(works, "{mode}");
                store.migrate().await.unwrap();
                store.check_writable(NOW).await.unwrap();
                store.close().await;
            }
            Err(refused) => {
                assert!(!works, "{mode}: {refused}");
                let sentence = refused.to_string();
                assert!(sentence.contains("pool_mode = session"), "{sentence}");
            }
        }
        drop(pooler);
    }
}
