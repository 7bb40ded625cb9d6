//! Fingerprints of inputs, so that work is done only when something has changed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::paths;

/// Hashes the names and contents of all files under these paths, and `note`, to one line of text.
pub(crate) fn of(inputs: &[&str], note: &str) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(note);
    for input in inputs {
        for file in files(&paths::root(input))? {
            let content =
                fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            hash.update(file.to_string_lossy().as_bytes());
            hash.update(content.len().to_le_bytes());
            hash.update(content);
        }
    }
    Ok(hex(&hash.finalize()))
}

/// Whether this stamp was written for this fingerprint.
pub(crate) fn is_current(stamp: &Path, fingerprint: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|text| text == fingerprint)
}

/// All files under a path in a fixed order; build output, dependencies and hidden folders left out.
pub(crate) fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    if !path.is_dir() {
        return Ok(found);
    }
    let mut entries = fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let skipped = ["target", "node_modules"].iter().any(|skip| name == *skip);
        if !skipped && !name.to_string_lossy().starts_with('.') {
            found.extend(files(&entry.path())?);
        }
    }
    Ok(found)
}

/// The first eight digits of the hash, which are enough to distinguish the versions of a file.
pub(crate) fn short(content: &[u8]) -> String {
    hex(&Sha256::digest(content)).chars().take(8).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
