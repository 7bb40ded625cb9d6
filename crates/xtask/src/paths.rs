//! Paths in the repository.

use std::path::PathBuf;

use anyhow::{Context, Result};

/// A path from the root of the repository.
pub(crate) fn root(relative: &str) -> PathBuf {
    // Cargo sets the variable at run time, too, so that a moved checkout works.
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = xtask
        .ancestors()
        .nth(2)
        .map_or_else(|| xtask.clone(), PathBuf::from);
    if relative.is_empty() {
        root
    } else {
        root.join(relative)
    }
}

/// The path of an executable, if it is installed.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// Reads a file of the repository, or reports which one is missing.
pub(crate) fn read(relative: &str) -> Result<Vec<u8>> {
    std::fs::read(root(relative)).with_context(|| format!("{relative} cannot be read"))
}
