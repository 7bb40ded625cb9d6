//! The installation's secret: made at the first start, kept beside the data, never logged.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

use crate::clock;

const FILE: &str = "secret.key";
const BYTES: usize = 64;

/// Reads `secret.key` in `data`, or makes it, readable by its owner alone.
pub fn load_or_create(data: &Path) -> anyhow::Result<Vec<u8>> {
    fs::create_dir_all(data)
        .with_context(|| format!("the data folder {} cannot be made", data.display()))?;
    let path = data.join(FILE);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&path) {
        Ok(mut file) => {
            let secret = clock::random::<BYTES>();
            file.write_all(&secret)?;
            file.sync_all()?;
            Ok(secret.to_vec())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let secret =
                fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            anyhow::ensure!(
                secret.len() == BYTES,
                "{} is damaged: restore it from a backup, or delete it, which signs everybody out",
                path.display()
            );
            Ok(secret)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be made", path.display())),
    }
}
