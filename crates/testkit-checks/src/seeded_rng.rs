//! A reproducible random number generator: SplitMix64 from a seed.

use std::time::Duration;

#[derive(Clone, Debug)]
pub struct SeededRng(u64);

impl SeededRng {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A new generator, for a task that draws numbers at unpredictable times.
    pub fn split(&mut self) -> Self {
        Self(self.next_u64())
    }

    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `most`, inclusive.
    pub fn up_to(&mut self, most: usize) -> usize {
        usize::try_from(self.next_u64() % (most as u64 + 1)).unwrap_or_default()
    }

    pub fn one_in(&mut self, count: u64) -> bool {
        self.next_u64().is_multiple_of(count)
    }

    /// A random duration between two bounds in milliseconds.
    pub fn millis(&mut self, (least, most): (u64, u64)) -> Duration {
        Duration::from_millis(least + self.next_u64() % (most - least + 1))
    }

    pub fn pick<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(things.len())
            .ok()
            .filter(|count| *count > 0)?;
        things.get(usize::try_from(self.next_u64() % count).ok()?)
    }
}
