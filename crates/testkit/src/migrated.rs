//! Migrated databases: copies of one template per engine and process, so that a test does not run
//! all migrations.

use std::path::{Path, PathBuf};

use anyhow::Result;
use deskbell_store::Store;
use deskbell_testkit_db::{postgres, sqlite};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

/// The URL of a new Postgres database with all tables and no rows.
pub(crate) async fn postgres_url() -> Result<String> {
    let runtime = Handle::current();
    let migrate = move |url: &str| runtime.block_on(migrate_postgres(url));
    spawn_blocking(|| postgres::new_migrated_database(migrate)).await?
}

/// Creates an SQLite file with all tables and no rows.
pub(crate) async fn create_sqlite_file(path: PathBuf) -> Result<()> {
    let runtime = Handle::current();
    let migrate = move |path: &Path| runtime.block_on(migrate_sqlite(path));
    spawn_blocking(move || sqlite::copy_template(&path, migrate)).await?
}

async fn migrate_postgres(url: &str) -> Result<()> {
    let store = Store::open_postgres(url).await?;
    store.migrate().await?;
    store.close().await;
    Ok(())
}

async fn migrate_sqlite(path: &Path) -> Result<()> {
    let store = Store::open_sqlite(path).await?;
    store.migrate().await?;
    store.close().await;
    // The last connection that closes moves the write-ahead log into the file. If two close at the
    // same moment, neither is the last; so one more is opened and closed.
    while path.with_extension("db-wal").exists() {
        Store::open_sqlite(path).await?.close().await;
    }
    Ok(())
}
