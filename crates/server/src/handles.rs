//! File handles: the limit of the process, and the capacity of connections below it.
//!
//! A connection takes a file handle. Without free handles no connection is accepted, not even of
//! monitoring, and the database cannot open its files. So some handles are reserved for the server
//! itself, and the last connections for monitoring and for members of workspaces.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use deskbell_base::client_address::ClientAddress;
use deskbell_base::limits::{ConcurrencyLimits, Permit};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Handles for the server's own files and connections: database, NATS, mail.
const OWN_HANDLES: usize = 128;
/// Fewer handles than this cause a warning.
const FEW_HANDLES: usize = 8 * 1024;
/// Assumed if the limit is infinite or unknown.
const MANY_HANDLES: usize = 1 << 20;

/// Raises the soft limit of open files to the hard limit. Returns the limit.
pub fn raise_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let handles = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let handles = handles.and_then(|count| usize::try_from(count).ok());
    let handles = handles.map_or(MANY_HANDLES, |count| count.min(MANY_HANDLES));
    if handles < FEW_HANDLES {
        let connections = Capacity::new(handles).most;
        tracing::warn!(
            handles,
            connections,
            "the limit of open files is low; raise it to serve more connections (ulimit -n, or LimitNOFILE= in systemd)"
        );
    }
    handles
}

/// The capacity of connections of this process.
#[derive(Clone)]
pub struct Capacity {
    most: usize,
    /// The number of connections that are reserved for monitoring and members.
    reserved: usize,
    open: Arc<AtomicUsize>,
    /// Limits the reserved connections of each address.
    last: Arc<ConcurrencyLimits>,
}

/// A connection that is counted until it is dropped.
pub struct Slot {
    open: Arc<AtomicUsize>,
    /// Whether it is one of the reserved connections.
    pub is_reserved: bool,
    _last: Option<Permit>,
}

/// Marks requests on a reserved connection.
#[derive(Clone, Copy)]
pub struct Reserved;

impl Capacity {
    /// The capacity of a process with this limit of open files.
    pub fn new(handles: usize) -> Self {
        let most = handles - OWN_HANDLES.min(handles / 4);
        let reserved = most / 8;
        let by_address = u32::try_from(reserved / 8).unwrap_or(u32::MAX).max(1);
        Self {
            most,
            reserved,
            open: Arc::default(),
            last: Arc::new(ConcurrencyLimits::new(Some(by_address))),
        }
    }

    /// The limit of one address: two addresses together cannot take all connections that are not
    /// reserved.
    pub fn most_by_address(&self) -> u32 {
        u32::try_from((self.most - self.reserved) / 2).unwrap_or(u32::MAX)
    }

    /// Takes a slot for a connection of `peer`, which is `None` for a proxy. `None` if the process
    /// is full, or if the address has its share of the reserved connections.
    pub fn take(&self, peer: Option<ClientAddress>) -> Option<Slot> {
        let before = self.open.fetch_add(1, Ordering::Relaxed);
        let mut slot = Slot {
            open: Arc::clone(&self.open),
            is_reserved: before >= self.most - self.reserved,
            _last: None,
        };
        if before >= self.most {
            return None;
        }
        if let (true, Some(peer)) = (slot.is_reserved, peer) {
            slot._last = Some(self.last.take(peer.key())?);
        }
        Some(slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn the_last_connections_and_some_file_handles_are_reserved() {
        let capacity = Capacity::new(256);
        let slots: Vec<_> = std::iter::from_fn(|| capacity.take(None)).collect();
        assert_eq!(slots.len(), 192);
        let reserved = slots.iter().filter(|slot| slot.is_reserved).count();
        assert_eq!(reserved, 24);
        assert_eq!(capacity.most_by_address(), 84);
        drop(slots);
        let address = ClientAddress::from(IpAddr::from([203, 0, 113, 9]));
        let slots: Vec<_> = std::iter::from_fn(|| capacity.take(Some(address))).collect();
        assert_eq!(slots.len(), 168 + 3, "one address takes few of the reserve");
        drop(slots);
        assert!(capacity.take(None).is_some_and(|slot| !slot.is_reserved));
    }
}
