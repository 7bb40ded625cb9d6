//! Concurrency limits: a number of permits for each key. A permit is returned when it is dropped.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The permits of each key. Only keys with a permit in use take memory.
pub struct ConcurrencyLimits {
    /// The limit of each key; `None` is unlimited, and nothing is counted.
    each: Option<u32>,
    taken: Arc<Taken>,
}

#[derive(Default)]
struct Taken(Mutex<HashMap<u128, u32>>);

/// One permit. Dropping it returns it.
pub struct Permit(Option<(Arc<Taken>, u128)>);

impl ConcurrencyLimits {
    pub fn new(each: Option<u32>) -> Self {
        Self {
            each,
            taken: Arc::default(),
        }
    }

    /// A permit for this key; `None` if all of its permits are in use.
    pub fn take(&self, key: u128) -> Option<Permit> {
        match self.each {
            Some(each) => self.take_of(key, each),
            None => Some(Permit(None)),
        }
    }

    /// Takes a permit for a key with a limit of its own. It is counted even if the limit is
    /// infinite.
    pub fn take_of(&self, key: u128, each: u32) -> Option<Permit> {
        let mut taken = self.taken.lock();
        let count = taken.entry(key).or_insert(0);
        if *count >= each {
            return None;
        }
        *count += 1;
        Some(Permit(Some((Arc::clone(&self.taken), key))))
    }

    /// The number of permits in use; of a key without a limit, those of [`Self::take_of`].
    pub fn taken(&self, key: u128) -> u32 {
        self.taken.lock().get(&key).copied().unwrap_or_default()
    }
}

impl Taken {
    /// A panic under the lock leaves the map consistent, so a poisoned lock is used as it is.
    fn lock(&self) -> MutexGuard<'_, HashMap<u128, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some((taken, key)) = &self.0 else {
            return;
        };
        let mut taken = taken.lock();
        if let Some(count) = taken.get_mut(key) {
            *count -= 1;
            if *count == 0 {
                taken.remove(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permit_that_was_returned_can_be_taken_and_other_keys_are_not_affected() {
        let limits = ConcurrencyLimits::new(Some(2));
        let (first, _second) = (limits.take(1), limits.take(1));
        assert!(limits.take(1).is_none());
        assert!(limits.take(2).is_some());
        drop(first);
        assert!(limits.take(1).is_some());
        assert_eq!(limits.taken.lock().len(), 1, "only keys in use are stored");
    }
}
