//! The platform block list: networks that get no answer from this installation.
//!
//! Each request checks it, so it is cached in memory. A worker reads it from the database every few
//! seconds.

use std::sync::{Arc, PoisonError, RwLock};

use deskbell_base::client_address::ClientAddress;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::networks;
use deskbell_store::Store;
use deskbell_store::workspace::blocks;
use ipnet::IpNet;

/// A cache of the networks that are blocked for the whole installation.
#[derive(Debug)]
pub struct PlatformBlocklist {
    /// The networks of the settings.
    configured: Vec<IpNet>,
    networks: RwLock<Arc<[IpNet]>>,
}

impl PlatformBlocklist {
    /// A list with the networks of the settings.
    pub fn new(configured: Vec<IpNet>) -> Self {
        Self {
            networks: RwLock::new(configured.as_slice().into()),
            configured,
        }
    }

    /// Refuses an address that is blocked.
    pub fn refuse(&self, from: ClientAddress) -> AppResult<()> {
        let networks = Arc::clone(&self.networks.read().unwrap_or_else(PoisonError::into_inner));
        if networks::contain(&networks, from.ip()) {
            return Err(AppError::blocked());
        }
        Ok(())
    }

    /// Reads the list from the database. Returns whether it has changed.
    pub async fn load(&self, db: &Store) -> AppResult<bool> {
        let mut reader = db.read().await?;
        let found = blocks::list_platform_blocks(&mut reader).await?;
        drop(reader);
        let found = found.into_iter().filter_map(|block| block.network);
        let mut networks = self.configured.clone();
        networks.extend(found.filter_map(|network| network.parse::<IpNet>().ok()));
        let mut known = self
            .networks
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let is_changed = **known != *networks;
        *known = networks.into();
        Ok(is_changed)
    }
}
