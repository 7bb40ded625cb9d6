//! Chance, for ids.

use crate::simulation;

/// What an id has of chance.
pub(crate) const ROLL: usize = 10;

/// Bytes that nobody can guess, fetched for many ids at once: the kernel takes longer to be asked
/// than to answer.
#[derive(Default)]
pub(crate) struct Dice {
    bytes: [[u8; ROLL]; Self::ROLLS],
    left: usize,
}

impl Dice {
    /// So many at once are one question to the kernel.
    const ROLLS: usize = 25;

    pub(crate) fn roll(&mut self) -> [u8; ROLL] {
        if self.left == 0 {
            let bytes = self.bytes.as_flattened_mut();
            if !simulation::fill(bytes) {
                getrandom::fill(bytes).expect("the operating system has randomness");
            }
            self.left = Self::ROLLS;
        }
        self.left -= 1;
        self.bytes[self.left]
    }
}
