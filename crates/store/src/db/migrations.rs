//! Migrations: bring the schema up to date when a server starts.
//!
//! A file whose name ends in `.sqlite.sql` or `.postgres.sql` is applied on that engine only; all others
//! are portable.

use std::sync::LazyLock;

use sqlx::Connection as _;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnection;

use super::{Pools, Store};
use crate::Result;
use crate::platform::outbox;

static ALL: Migrator = sqlx::migrate!("../../migrations");
static SQLITE: LazyLock<Migrator> = LazyLock::new(|| all_but(".postgres"));
static POSTGRES: LazyLock<Migrator> = LazyLock::new(|| all_but(".sqlite"));

/// Whether the table of migrations exists. Only Postgres logs a failed statement, so only there this query
/// comes first.
const HAS_TABLE: &str = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
const APPLIED: &str = "SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version";

/// A migration that was applied: its number, whether it succeeded, and the checksum of its text.
type Applied = (i64, bool, Vec<u8>);

impl Store {
    /// Brings the schema up to date. A database of a newer Deskbell is refused.
    ///
    /// A server starts on a database that is up to date nearly always, and one statement shows that.
    pub async fn migrate(&self) -> Result<()> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => {
                let mut connection = writer.acquire().await?;
                let applied = sqlx::query_as(APPLIED).persistent(false);
                // It fails if there is no such table.
                let applied = applied.fetch_all(&mut *connection).await;
                if !applied.is_ok_and(|applied| is_up_to_date(&SQLITE, &applied)) {
                    SQLITE.run(&mut *connection).await?;
                }
            }
            Pools::Postgres { url, all, .. } => {
                let mut connection = all.acquire().await?;
                if is_postgres_up_to_date(&mut connection).await? {
                    return outbox::raise_offset(&mut connection).await;
                }
                drop(connection);
                // Without the timeouts of the pools: a migration may take long, and other nodes
                // wait for it.
                let mut connection = PgConnection::connect(url).await?;
                POSTGRES.run(&mut connection).await?;
                outbox::raise_offset(&mut connection).await?;
                let _ = connection.close().await;
            }
        }
        Ok(())
    }

    /// The numbers of this engine's migrations, for tests.
    #[doc(hidden)]
    pub fn migration_levels(&self) -> impl Iterator<Item = i64> + use<> {
        let migrations: &'static Migrator = match &self.pools {
            Pools::Sqlite { .. } => &SQLITE,
            Pools::Postgres { .. } => &POSTGRES,
        };
        migrations.iter().map(|migration| migration.version)
    }

    /// Migrates up to one level, for tests of upgrades.
    #[doc(hidden)]
    pub async fn migrate_to(&self, level: i64) -> Result<()> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => {
                SQLITE.run_to(level, &mut *writer.acquire().await?).await?;
            }
            Pools::Postgres { all, .. } => POSTGRES.run_to(level, all).await?,
        }
        Ok(())
    }
}

/// All migrations but those for another engine, whose names end in `suffix`.
fn all_but(suffix: &str) -> Migrator {
    let migrations = ALL.iter().filter(|it| !it.description.ends_with(suffix));
    Migrator::with_migrations(migrations.cloned().collect())
}

async fn is_postgres_up_to_date(connection: &mut PgConnection) -> Result<bool> {
    let has_table = sqlx::query_scalar(HAS_TABLE).persistent(false);
    if !has_table.fetch_one(&mut *connection).await? {
        return Ok(false);
    }
    let applied = sqlx::query_as(APPLIED).persistent(false);
    Ok(is_up_to_date(
        &POSTGRES,
        &applied.fetch_all(connection).await?,
    ))
}

/// Whether exactly the migrations of this Deskbell were applied. If not, the migrator applies the
/// missing ones, or reports an error.
fn is_up_to_date(migrations: &Migrator, applied: &[Applied]) -> bool {
    let wanted = migrations
        .iter()
        .map(|migration| (migration.version, true, &*migration.checksum));
    let applied = applied
        .iter()
        .map(|(version, success, checksum)| (*version, *success, checksum.as_slice()));
    applied.eq(wanted)
}
