//! Temporary folders for test databases: in memory where there is room, on disk otherwise.
//!
//! A test database need not outlive the machine, and a disk makes every commit wait for it.

use std::io::Result;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// The file system that Linux keeps in memory.
const MEMORY: &str = "/dev/shm";
/// Containers often have only 64 MB there, which a few databases would fill.
const LEAST_FREE_BYTES: u64 = 1024 * 1024 * 1024;

/// A new folder, which is deleted when it is dropped.
pub fn new() -> Result<TempDir> {
    TempDir::with_prefix_in("deskbell-", parent())
}

/// Where such folders are created.
pub(crate) fn parent() -> PathBuf {
    if free_bytes(Path::new(MEMORY)) >= LEAST_FREE_BYTES {
        PathBuf::from(MEMORY)
    } else {
        std::env::temp_dir()
    }
}

fn free_bytes(path: &Path) -> u64 {
    rustix::fs::statvfs(path).map_or(0, |stat| stat.f_bavail.saturating_mul(stat.f_frsize))
}
