//! The installation's secret: made at the first start, kept beside the data, never logged. Several
//! nodes cannot each make their own: they are given it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use deskbell_domain::clock;

use crate::config::Config;
use crate::data_folder;

const FILE: &str = "secret.key";
const BYTES: usize = 64;

/// The secret that is set, or that in the data folder, or for the only node a new one.
pub fn load(config: &Config) -> anyhow::Result<Vec<u8>> {
    if let Some(secret) = &config.secret {
        return Ok(secret.clone().into_bytes());
    }
    let path = config.data.join(FILE);
    anyhow::ensure!(
        config.nats_url.is_none() || path.exists(),
        "all nodes need the same secret: set it (--secret, DESKBELL_SECRET), or copy {FILE} from \
         the data folder of the first one to {}",
        path.display()
    );
    load_or_create(&config.data, &path)
}

/// Reads the file, or makes it, readable by its owner alone.
fn load_or_create(data: &Path, path: &Path) -> anyhow::Result<Vec<u8>> {
    data_folder::prepare(data)?;
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
                fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
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
