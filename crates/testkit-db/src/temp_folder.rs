//! Temporary folders for test databases: in memory if there is enough space, on disk otherwise.
//!
//! A test database need not survive a reboot, and a disk slows down every commit.

use std::io::Result;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Linux' file system in memory.
const MEMORY_FOLDER: &str = "/dev/shm";
/// Containers often have only 64 MB there, which a few databases would fill.
const MIN_FREE_BYTES: u64 = 1024 * 1024 * 1024;

/// A new folder, which is deleted when it is dropped.
pub fn new() -> Result<TempDir> {
    TempDir::with_prefix_in("deskbell-", parent())
}

/// The parent folder of temporary folders.
pub(crate) fn parent() -> PathBuf {
    if free_bytes(Path::new(MEMORY_FOLDER)) >= MIN_FREE_BYTES {
        PathBuf::from(MEMORY_FOLDER)
    } else {
        std::env::temp_dir()
    }
}

fn free_bytes(path: &Path) -> u64 {
    rustix::fs::statvfs(path).map_or(0, |stat| stat.f_bavail.saturating_mul(stat.f_frsize))
}
