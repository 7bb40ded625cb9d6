//! Random bytes for ids.

use crate::simulation;

/// The number of random bytes of an id.
pub(crate) const RANDOM_BYTES: usize = 10;

/// A pool of random bytes from the operating system, fetched for many ids at once: a system call
/// takes longer than the bytes it returns.
#[derive(Default)]
pub(crate) struct RandomPool {
    bytes: [[u8; RANDOM_BYTES]; Self::BATCH],
    left: usize,
}

impl RandomPool {
    /// Ids for which one system call fetches bytes.
    const BATCH: usize = 25;

    /// The bytes of the next id.
    pub(crate) fn next(&mut self) -> [u8; RANDOM_BYTES] {
        if self.left == 0 {
            let bytes = self.bytes.as_flattened_mut();
            if !simulation::fill(bytes) {
                getrandom::fill(bytes).expect("the operating system has randomness");
            }
            self.left = Self::BATCH;
        }
        self.left -= 1;
        self.bytes[self.left]
    }
}
