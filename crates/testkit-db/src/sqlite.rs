//! An SQLite template: a database file that is migrated once a process and copied for each test.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, ensure};
use tempfile::TempDir;

use crate::temp_folder;

static TEMPLATE: OnceLock<Result<TempDir, String>> = OnceLock::new();
const FILE: &str = "template.db";

/// Copies the migrated template to `path`. The first call of a process creates it with `migrate`,
/// which must leave nothing in the write-ahead log. Blocks meanwhile.
pub fn copy_template(path: &Path, migrate: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let template = TEMPLATE.get_or_init(|| create(migrate).map_err(|error| format!("{error:#}")));
    let folder = template.as_ref().map_err(|error| anyhow!("{error}"))?;
    fs::copy(folder.path().join(FILE), path).context("the template cannot be copied")?;
    Ok(())
}

fn create(migrate: impl FnOnce(&Path) -> Result<()>) -> Result<TempDir> {
    let folder = temp_folder::new()?;
    let path = folder.path().join(FILE);
    migrate(&path).context("the template cannot be migrated")?;
    let log = path.with_extension("db-wal");
    ensure!(!log.exists(), "the template still has a write-ahead log");
    Ok(folder)
}
