//! The clock of a client: it never goes back, whatever happens to the wall clock.
//!
//! Timeouts and backoffs need the time that has passed. A wall clock can be set back, and would then
//! stop all of them; a monotonic clock stops in some browsers while the computer sleeps. So this
//! clock advances by the monotonic clock, and follows the wall clock where that is ahead.

/// A clock in Unix milliseconds that never goes back.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// The time of the last reading, and the monotonic clock then.
    last: Option<(i64, i64)>,
}

impl Clock {
    /// The time, from both clocks in milliseconds.
    pub fn now(&mut self, wall: i64, monotonic: i64) -> i64 {
        let now = match self.last {
            Some((last, read_at)) => wall.max(last + (monotonic - read_at).max(0)),
            None => wall,
        };
        self.last = Some((now, monotonic));
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn time_advances_when_the_wall_clock_is_set_back() {
        let mut clock = Clock::default();
        let start = clock.now(10 * HOUR, 0);
        assert_eq!(clock.now(10 * HOUR + 100, 100) - start, 100);
        assert_eq!(clock.now(9 * HOUR + 200, 200) - start, 200);
        assert_eq!(clock.now(9 * HOUR + 5_200, 5_200) - start, 5_200);
    }

    #[test]
    fn time_that_the_computer_slept_counts() {
        let mut clock = Clock::default();
        let start = clock.now(10 * HOUR, 0);
        assert_eq!(clock.now(11 * HOUR, 10) - start, HOUR);
        assert_eq!(clock.now(11 * HOUR + 5, 15) - start, HOUR + 5);
    }
}
