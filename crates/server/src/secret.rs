//! The secret of the installation: generated at the first start, stored beside the data, never
//! logged. Several nodes share one secret, so the operator sets it or copies the file.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use deskbell_base::clock;

use crate::config::Config;

const FILE: &str = "secret.key";
const BYTES: usize = 64;

/// Loads the secret from the settings or from the data folder, which must have been prepared. A
/// single node generates one.
pub fn load(config: &Config) -> anyhow::Result<Vec<u8>> {
    if let Some(secret) = &config.secret {
        return Ok(secret.clone().into_bytes());
    }
    let path = config.data.join(FILE);
    anyhow::ensure!(
        config.nats_url.is_none() || path.exists(),
        "all nodes need the same secret: set it (--secret, DESKBELL_SECRET), or copy {FILE} from \
         the data folder of the first node to {}",
        path.display()
    );
    load_or_create(&path)
}

/// Reads the file, or creates it, readable by its owner only.
fn load_or_create(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            let secret = clock::random::<BYTES>();
            file.write_all(&secret)?;
            file.sync_all()?;
            Ok(secret.to_vec())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let secret =
                fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            anyhow::ensure!(
                secret.len() == BYTES,
                "{} is damaged: restore it from a backup, or delete it, which signs everyone out",
                path.display()
            );
            Ok(secret)
        }
        Err(error) => Err(error).with_context(|| format!("cannot create {}", path.display())),
    }
}
