//! What may be open at a time: so many for each key, and a seat is free again when it is dropped.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The seats of each key. Only keys that hold one are remembered.
pub struct Seats {
    /// `None`: as many as they like, and nobody counts.
    each: Option<u32>,
    taken: Arc<Taken>,
}

#[derive(Default)]
struct Taken(Mutex<HashMap<u128, u32>>);

/// One seat. Dropped, it is free.
pub struct Seat(Option<(Arc<Taken>, u128)>);

impl Seats {
    pub fn new(each: Option<u32>) -> Self {
        Self {
            each,
            taken: Arc::default(),
        }
    }

    /// A seat for this key; `None` if all of its seats are taken.
    pub fn take(&self, key: u128) -> Option<Seat> {
        match self.each {
            Some(each) => self.take_of(key, each),
            None => Some(Seat(None)),
        }
    }

    /// The same for a key that has so many, whatever the others have. It is counted even if that is
    /// without end.
    pub fn take_of(&self, key: u128, each: u32) -> Option<Seat> {
        let mut taken = self.taken.lock();
        let count = taken.entry(key).or_insert(0);
        if *count >= each {
            return None;
        }
        *count += 1;
        Some(Seat(Some((Arc::clone(&self.taken), key))))
    }

    /// How many are taken; of a key that has them without end, those of [`Self::take_of`].
    pub fn taken(&self, key: u128) -> u32 {
        self.taken.lock().get(&key).copied().unwrap_or_default()
    }
}

impl Taken {
    /// A panic while the lock is held leaves a map that is still whole: go on with it.
    fn lock(&self) -> MutexGuard<'_, HashMap<u128, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
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
    fn a_seat_that_is_left_can_be_taken_and_nobody_else_notices() {
        let seats = Seats::new(Some(2));
        let (first, _second) = (seats.take(1), seats.take(1));
        assert!(seats.take(1).is_none());
        assert!(seats.take(2).is_some());
        drop(first);
        assert!(seats.take(1).is_some());
        assert_eq!(seats.taken.lock().len(), 1, "only who sits is remembered");
    }
}
