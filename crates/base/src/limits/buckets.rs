//! Token buckets for many keys, in bounded memory.
//!
//! The arithmetic is governor's (GCRA): a bucket is one number, the time at which it will be full
//! again. governor does not bound the number of keys, so the numbers are stored in two generations
//! of a fixed size. A key that is used moves to the young one; when that is full, it becomes the
//! old one, and the previous old one is dropped. A dropped bucket counts as full.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

/// The size of one generation, in keys: two full ones take about 1.6 MB.
const GENERATION: usize = 16_384;

type Limiter<Key, State> = RateLimiter<Key, State, Clock, NoOpMiddleware<Nanos>>;

/// The error of an empty bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooSoon {
    /// The time until the bucket has a token again.
    pub wait: Duration,
}

/// A bucket for each key; without a quota they are unlimited.
pub struct Buckets(Option<Limiter<u128, Generations>>);

impl Buckets {
    pub fn new(quota: Option<Quota>) -> Self {
        let limiter = |quota| RateLimiter::new(quota, Generations::default(), Clock::start());
        Self(quota.map(limiter))
    }

    /// Takes a token out of the key's bucket.
    pub fn take(&self, key: u128) -> Result<(), TooSoon> {
        let Some(limiter) = &self.0 else {
            return Ok(());
        };
        limiter.check_key(&key).map_err(|refused| TooSoon {
            wait: refused.wait_time_from(clock::Clock::now(limiter.clock())),
        })
    }
}

/// A single bucket.
pub struct Bucket(Option<Limiter<NotKeyed, InMemoryState>>);

impl Bucket {
    pub fn new(quota: Option<Quota>) -> Self {
        let limiter = |quota| RateLimiter::new(quota, InMemoryState::default(), Clock::start());
        Self(quota.map(limiter))
    }

    /// Takes a token.
    pub fn take(&self) -> Result<(), TooSoon> {
        let Some(limiter) = &self.0 else {
            return Ok(());
        };
        limiter.check().map_err(|refused| TooSoon {
            wait: refused.wait_time_from(clock::Clock::now(limiter.clock())),
        })
    }
}

/// tokio's clock, which tests can pause.
#[derive(Clone, Debug)]
struct Clock(Instant);

impl Clock {
    fn start() -> Self {
        Self(Instant::now())
    }
}

impl clock::Clock for Clock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}

#[derive(Default)]
struct Generations(Mutex<State>);

#[derive(Default)]
struct State {
    young: HashMap<u128, Nanos>,
    old: HashMap<u128, Nanos>,
}

impl Generations {
    /// A panic under the lock leaves the maps consistent, so a poisoned lock is used as it is.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StateStore for Generations {
    type Key = u128;

    fn measure_and_replace<T, F, E>(&self, key: &u128, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut state = self.lock();
        let known = state.young.get(key).or_else(|| state.old.get(key));
        let (outcome, next) = measure(known.copied())?;
        if state.young.len() >= GENERATION && !state.young.contains_key(key) {
            state.old = std::mem::take(&mut state.young);
        }
        state.young.insert(*key, next);
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn buckets(burst: u32) -> Buckets {
        let burst = NonZeroU32::new(burst).expect("not zero");
        Buckets::new(Some(Quota::per_second(burst)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_empties_and_refills_without_affecting_others() {
        let buckets = buckets(4);
        for _ in 0..4 {
            assert_eq!(buckets.take(1), Ok(()));
        }
        let wait = Duration::from_millis(250);
        assert_eq!(buckets.take(1), Err(TooSoon { wait }));
        assert_eq!(buckets.take(2), Ok(()));
        tokio::time::advance(wait).await;
        assert_eq!(buckets.take(1), Ok(()));
        assert!(buckets.take(1).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn idle_keys_are_evicted_and_busy_ones_are_not() {
        let buckets = buckets(1_000);
        for stranger in 1..=1_000_000 {
            assert_eq!(buckets.take(stranger), Ok(()));
            if stranger % 1_000 == 0 {
                assert_eq!(buckets.take(0), Ok(()));
            }
        }
        assert!(buckets.take(0).is_err(), "its thousand are used up");
        let limiter = buckets.0.expect("there is a quota");
        let state = limiter.into_state_store();
        let state = state.lock();
        assert!(state.young.len() + state.old.len() <= 2 * GENERATION);
    }

    #[tokio::test]
    async fn a_bucket_without_a_quota_never_empties() {
        let (buckets, bucket) = (Buckets::new(None), Bucket::new(None));
        for _ in 0..100_000 {
            assert_eq!((buckets.take(1), bucket.take()), (Ok(()), Ok(())));
        }
    }
}
