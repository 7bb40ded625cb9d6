//! Formatting of durations, times, initials and avatar colours.
//!
//! Durations have one format everywhere: `now, 48m, 5h, 2d`. Clocks and dates follow the browser's
//! locale, which comes in as a [`Locale`], so that this file is tested without a browser.

use uuid::Uuid;

use crate::text::people::HUES;
use crate::text::time as text;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Thresholds of a wait: amber from the first on, red from the second. Workspaces cannot set their
/// own yet.
const AMBER_WAIT_MS: i64 = 5 * MINUTE;
const RED_WAIT_MS: i64 = 15 * MINUTE;

/// The reader's time zone and the way their language writes clocks and dates.
pub(crate) trait Locale {
    /// `at` shifted by the time zone, so that dividing it by days gives local days.
    fn local_ms(&self, at: i64) -> i64;
    /// The time of day: `15:36`, `3:36 PM`.
    fn clock(&self, at: i64) -> String;
    /// `Monday`.
    fn weekday(&self, at: i64) -> String;
    /// `3 Nov`, or with the year `3 Nov 2025`.
    fn date(&self, at: i64, with_year: bool) -> String;
}

/// The urgency of a wait, as a word for the style sheet.
pub(crate) fn wait_level(since: i64, now: i64) -> &'static str {
    match now - since {
        RED_WAIT_MS.. => "red",
        AMBER_WAIT_MS.. => "amber",
        _ => "calm",
    }
}

/// A duration in a list: `now, 48m, 5h, 2d`.
pub(crate) fn short(passed: i64) -> String {
    match passed {
        ..MINUTE => text::NOW.to_owned(),
        MINUTE..HOUR => text::minutes(passed / MINUTE),
        HOUR..DAY => text::hours(passed / HOUR),
        _ => text::days(passed / DAY),
    }
}

/// A duration in full, for screen readers: `48 minutes`.
pub(crate) fn in_full(passed: i64) -> String {
    match passed {
        ..MINUTE => text::LESS_THAN_A_MINUTE.to_owned(),
        MINUTE..HOUR => text::minutes_in_full(passed / MINUTE),
        HOUR..DAY => text::hours_in_full(passed / HOUR),
        _ => text::days_in_full(passed / DAY),
    }
}

/// The age in a sentence: `just now`, `4 minutes ago`, `today at 09:30`, `on 3 Nov`.
pub(crate) fn ago(at: i64, now: i64, locale: &impl Locale) -> String {
    match now - at {
        ..MINUTE => text::JUST_NOW.to_owned(),
        passed @ MINUTE..HOUR => text::ago(&in_full(passed)),
        _ => match day(now, locale) - day(at, locale) {
            0 | 1 => moment(at, now, locale),
            _ => text::on(&day_name(at, now, locale)),
        },
    }
}

/// A day and a clock in a sentence: `today at 09:30`, `Monday at 09:30`.
pub(crate) fn moment(at: i64, now: i64, locale: &impl Locale) -> String {
    let day = match day(now, locale) - day(at, locale) {
        0 => text::TODAY_IN_SENTENCE.to_owned(),
        1 => text::YESTERDAY_IN_SENTENCE.to_owned(),
        -1 => text::TOMORROW_IN_SENTENCE.to_owned(),
        _ => day_name(at, now, locale),
    };
    text::at(&day, &locale.clock(at))
}

/// The local day as a number; equal for times of one day.
pub(crate) fn day(at: i64, locale: &impl Locale) -> i64 {
    locale.local_ms(at).div_euclid(DAY)
}

/// The day, for a divider: `Today`, `Yesterday`, `Monday`, `3 Nov`, `3 Nov 2025`.
pub(crate) fn day_name(at: i64, now: i64, locale: &impl Locale) -> String {
    match day(now, locale) - day(at, locale) {
        0 => text::TODAY.to_owned(),
        1 => text::YESTERDAY.to_owned(),
        2..=6 => locale.weekday(at),
        past => locale.date(at, past > 180),
    }
}

/// The time that is left, rounded to the nearest hour or day: `in 7 days`, `in 1 hour`. Its words
/// stay on one line.
pub(crate) fn left(until: i64, now: i64) -> String {
    let hours = nearest(until - now, HOUR).max(HOUR);
    let rounded = match hours {
        ..DAY => hours,
        _ => nearest(until - now, DAY),
    };
    text::within(&in_full(rounded)).replace(' ', "\u{a0}")
}

/// The multiple of `unit` that is nearest to `duration`.
fn nearest(duration: i64, unit: i64) -> i64 {
    (duration + unit / 2).div_euclid(unit) * unit
}

/// The letters on an avatar: of the first and the last word.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    first
        .into_iter()
        .chain(words.next_back())
        .flat_map(char::to_uppercase)
        .take(2)
        .collect()
}

/// The hue of an avatar in degrees: one of fifteen, far enough apart to tell neighbours apart.
pub(crate) fn hue(id: Uuid) -> u32 {
    hue_index(id) as u32 * 24
}

/// The index of an avatar's hue in [`HUES`].
pub(crate) fn hue_index(id: Uuid) -> usize {
    digest(id) as usize % HUES.len()
}

/// A small hash of an id, for colours and labels that stay the same everywhere.
pub(crate) fn digest(id: Uuid) -> u32 {
    id.as_bytes().iter().fold(0u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(*byte))
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Saturday, 21 November 2026, 09:30.
    const NOW: i64 = 1_795_253_400_000;

    /// UTC, and days of the year 2026 by number.
    pub(crate) struct Plain;

    impl Locale for Plain {
        fn local_ms(&self, at: i64) -> i64 {
            at
        }

        fn clock(&self, at: i64) -> String {
            let minutes = at.rem_euclid(DAY) / MINUTE;
            format!("{:02}:{:02}", minutes / 60, minutes % 60)
        }

        fn weekday(&self, at: i64) -> String {
            format!("weekday {}", (at.div_euclid(DAY) + 4).rem_euclid(7))
        }

        fn date(&self, at: i64, with_year: bool) -> String {
            let year = if with_year { " with year" } else { "" };
            format!("day {}{year}", at.div_euclid(DAY))
        }
    }

    #[test]
    fn a_duration_has_one_unit() {
        assert_eq!(short(-5000), "now");
        assert_eq!(short(42_000), "now");
        assert_eq!(short(48 * MINUTE + 5000), "48m");
        assert_eq!(short(5 * HOUR + 59 * MINUTE), "5h");
        assert_eq!(short(2 * DAY + HOUR), "2d");
        assert_eq!(in_full(42_000), "less than a minute");
        assert_eq!(in_full(MINUTE), "1 minute");
        assert_eq!(in_full(48 * MINUTE), "48 minutes");
        assert_eq!(in_full(2 * DAY), "2 days");
    }

    #[test]
    fn a_wait_gets_more_urgent() {
        assert_eq!(wait_level(NOW, NOW), "calm");
        assert_eq!(wait_level(NOW - 5 * MINUTE, NOW), "amber");
        assert_eq!(wait_level(NOW - 15 * MINUTE, NOW), "red");
    }

    #[test]
    fn days_have_names() {
        assert_eq!(day_name(NOW, NOW, &Plain), "Today");
        assert_eq!(day_name(NOW - DAY, NOW, &Plain), "Yesterday");
        assert_eq!(day_name(NOW - 5 * DAY, NOW, &Plain), "weekday 1");
        assert_eq!(day_name(NOW - 30 * DAY, NOW, &Plain), "day 20748");
        assert_eq!(
            day_name(NOW - 365 * DAY, NOW, &Plain),
            "day 20413 with year"
        );
    }

    #[test]
    fn a_time_reads_well_in_a_sentence() {
        assert_eq!(ago(NOW - 5000, NOW, &Plain), "just now");
        assert_eq!(ago(NOW - MINUTE, NOW, &Plain), "1 minute ago");
        assert_eq!(ago(NOW - 59 * MINUTE, NOW, &Plain), "59 minutes ago");
        assert_eq!(ago(NOW - 2 * HOUR, NOW, &Plain), "today at 07:30");
        assert_eq!(ago(NOW - DAY, NOW, &Plain), "yesterday at 09:30");
        assert_eq!(ago(NOW - 5 * DAY, NOW, &Plain), "on weekday 1");
        assert_eq!(moment(NOW - 5 * DAY, NOW, &Plain), "weekday 1 at 09:30");
    }

    #[test]
    fn the_time_left_is_rounded_to_the_nearest_unit() {
        let left = |duration| left(NOW + duration, NOW).replace('\u{a0}', " ");
        // Seven days are seven days, also a moment after they have begun.
        assert_eq!(left(7 * DAY - 1), "in 7 days");
        assert_eq!(left(6 * DAY + 13 * HOUR), "in 7 days");
        assert_eq!(left(6 * DAY + 11 * HOUR), "in 6 days");
        assert_eq!(left(DAY), "in 1 day");
        assert_eq!(left(DAY - 1), "in 1 day");
        assert_eq!(left(23 * HOUR + 29 * MINUTE), "in 23 hours");
        assert_eq!(left(5 * HOUR), "in 5 hours");
        assert_eq!(left(5), "in 1 hour");
    }

    #[test]
    fn the_time_left_does_not_break_between_number_and_unit() {
        assert_eq!(left(NOW + 7 * DAY, NOW), "in\u{a0}7\u{a0}days");
    }

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        assert_eq!(initials("Ada Lovelace"), "AL");
        assert_eq!(initials("Grace Brewster Hopper"), "GH");
        assert_eq!(initials("visitor"), "V");
        assert_eq!(initials("  "), "");
    }
}
