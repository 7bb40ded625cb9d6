//! Memory quotas: limits of the bytes that the server stores at a time for one client address.
//!
//! Incomplete heads and bodies, frames that nobody fetches and answers that nobody reads are
//! charged to the address of their client. Each of them has a limit of its own, but an address may
//! have thousands of connections. An account exists while something is charged to it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

/// The cost of an idle connection: its task and its buffers.
pub const CONNECTION_BYTES: usize = 12 * 1024;
/// The cost of an idle session: its task, its mailbox and its cursors.
pub const SESSION_BYTES: usize = 6 * 1024;
/// The part of a head that [`CONNECTION_BYTES`] covers: the initial size of a read buffer.
const BUFFER_BYTES: usize = 8 * 1024;

/// The memory of a buffer with this many bytes: a growing buffer doubles when it is full, and the
/// allocator rounds its size up.
pub const fn of_buffer(bytes: usize) -> usize {
    bytes.saturating_mul(2)
}

/// The memory accounts of all addresses.
pub struct MemoryQuotas {
    /// The quota of each address, in bytes. `None`: unlimited, and nothing is counted.
    each: Option<usize>,
    accounts: Arc<Accounts>,
}

#[derive(Default)]
struct Accounts(Mutex<HashMap<u128, Weak<Used>>>);

struct Used {
    key: u128,
    bytes: AtomicUsize,
    accounts: Arc<Accounts>,
}

/// The memory account of one address.
#[derive(Clone)]
pub struct MemoryAccount {
    most: usize,
    /// `None`: unlimited.
    used: Option<Arc<Used>>,
}

/// Bytes that are charged to an account until it is dropped.
pub struct MemoryCharge {
    account: MemoryAccount,
    bytes: usize,
}

impl MemoryQuotas {
    pub fn new(each: Option<usize>) -> Self {
        Self {
            each,
            accounts: Arc::default(),
        }
    }

    /// The account of an address.
    pub fn account(&self, key: u128) -> MemoryAccount {
        let Some(most) = self.each else {
            return MemoryAccount::unlimited();
        };
        let mut accounts = self.accounts.lock();
        let known = accounts.get(&key).and_then(Weak::upgrade);
        let used = known.unwrap_or_else(|| {
            let used = Arc::new(Used {
                key,
                bytes: AtomicUsize::new(0),
                accounts: Arc::clone(&self.accounts),
            });
            accounts.insert(key, Arc::downgrade(&used));
            used
        });
        drop(accounts);
        MemoryAccount {
            most,
            used: Some(used),
        }
    }
}

impl Accounts {
    /// A panic while the lock is held leaves a complete map, so poisoning is ignored.
    fn lock(&self) -> MutexGuard<'_, HashMap<u128, Weak<Used>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Used {
    fn drop(&mut self) {
        let mut accounts = self.accounts.lock();
        // Another may have been created for the same address meanwhile.
        if accounts
            .get(&self.key)
            .is_some_and(|it| it.strong_count() == 0)
        {
            accounts.remove(&self.key);
        }
    }
}

impl MemoryAccount {
    /// An account without a quota, which counts nothing.
    pub fn unlimited() -> Self {
        Self {
            most: usize::MAX,
            used: None,
        }
    }

    /// Charges bytes; `None` if they are over the quota.
    pub fn charge(&self, bytes: usize) -> Option<MemoryCharge> {
        let mut charge = self.empty_charge();
        charge.set(bytes).then_some(charge)
    }

    /// A charge of nothing, which can grow.
    pub fn empty_charge(&self) -> MemoryCharge {
        MemoryCharge {
            account: self.clone(),
            bytes: 0,
        }
    }
}

impl MemoryCharge {
    /// Sets the charge. Returns false, and changes nothing, if it would exceed the quota.
    pub fn set(&mut self, bytes: usize) -> bool {
        let Some(used) = &self.account.used else {
            return true;
        };
        if bytes <= self.bytes {
            used.bytes.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        } else {
            let more = bytes - self.bytes;
            let before = used.bytes.fetch_add(more, Ordering::Relaxed);
            if before.saturating_add(more) > self.account.most {
                used.bytes.fetch_sub(more, Ordering::Relaxed);
                return false;
            }
        }
        self.bytes = bytes;
        true
    }

    /// Increases the charge. Returns false if it would exceed the quota.
    pub fn grow(&mut self, bytes: usize) -> bool {
        self.set(self.bytes.saturating_add(bytes))
    }
}

impl Drop for MemoryCharge {
    fn drop(&mut self) {
        self.set(0);
    }
}

/// Counts the bytes of a connection that were read and are not processed yet: half a head, or half a
/// frame of a WebSocket.
pub struct ReadMeter {
    /// The account to charge. The address behind a proxy is known when the connection becomes a
    /// socket.
    charge: OnceLock<Mutex<MemoryCharge>>,
    bytes: AtomicUsize,
}

impl ReadMeter {
    pub fn new(account: Option<&MemoryAccount>) -> Self {
        let meter = Self {
            charge: OnceLock::new(),
            bytes: AtomicUsize::new(0),
        };
        if let Some(account) = account {
            meter.charge_to(account);
        }
        meter
    }

    /// Charges this account from here on, unless there is one already.
    pub fn charge_to(&self, account: &MemoryAccount) {
        let charge = account.empty_charge();
        let _ = self.charge.set(Mutex::new(charge));
    }

    /// Counts bytes that were read. Returns false if they exceed the quota: the connection must be
    /// closed.
    pub fn read(&self, count: usize) -> bool {
        let before = self.bytes.fetch_add(count, Ordering::Relaxed);
        self.update(before.saturating_add(count))
    }

    /// Resets the count, because everything that was read is processed.
    pub fn clear(&self) {
        if self.bytes.swap(0, Ordering::Relaxed) > BUFFER_BYTES {
            self.update(0);
        }
    }

    fn update(&self, waiting: usize) -> bool {
        let over = waiting.saturating_sub(BUFFER_BYTES);
        match self.charge.get() {
            Some(charge) if over > 0 || waiting == 0 => charge
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .set(of_buffer(over)),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charges_of_one_address_add_up_and_are_released() {
        let quotas = MemoryQuotas::new(Some(100));
        let (one, other) = (quotas.account(1), quotas.account(1));
        let mut first = one.charge(60).expect("there is room");
        assert!(other.charge(41).is_none(), "they share an account");
        assert!(quotas.account(2).charge(100).is_some(), "another address");
        assert!(first.grow(40) && !first.grow(1));
        assert!(first.set(10));
        let second = other.charge(90).expect("there is room again");
        drop((first, second, one, other));
        assert!(quotas.accounts.lock().is_empty(), "nothing is remembered");
        assert!(
            MemoryQuotas::new(None)
                .account(1)
                .charge(usize::MAX)
                .is_some()
        );
    }

    #[test]
    fn a_meter_charges_what_is_read_and_not_processed() {
        let account = MemoryQuotas::new(Some(2_000)).account(1);
        let meter = ReadMeter::new(Some(&account));
        assert!(meter.read(BUFFER_BYTES) && meter.read(1_000));
        assert!(!meter.read(1));
        meter.clear();
        assert!(account.charge(2_000).is_some());
        assert!(meter.read(BUFFER_BYTES + 1_000));
    }
}
