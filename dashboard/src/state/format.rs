//! How times, names and numbers read. Local times come in already moved to the reader's zone.

use uuid::Uuid;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEKDAYS: [&str; 7] = [
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// How long somebody has been waiting: `0:42`, `12:05`, `1 h 04`, `2 d`.
pub(crate) fn wait(since: i64, now: i64) -> String {
    let passed = (now - since).max(0);
    if passed < HOUR {
        format!("{}:{:02}", passed / MINUTE, passed % MINUTE / 1000)
    } else if passed < DAY {
        format!("{} h {:02}", passed / HOUR, passed % HOUR / MINUTE)
    } else {
        format!("{} d", passed / DAY)
    }
}

/// How long ago, for a list: `now`, `4 min`, `09:30`, `Mon`, `3 Nov`.
pub(crate) fn ago(local_at: i64, local_now: i64) -> String {
    let passed = local_now - local_at;
    if passed < MINUTE {
        "now".into()
    } else if passed < HOUR {
        format!("{} min", passed / MINUTE)
    } else if day(local_at) == day(local_now) {
        clock(local_at)
    } else if day(local_now) - day(local_at) < 7 {
        weekday(local_at)[..3].into()
    } else {
        date(local_at)
    }
}

/// The time of day: `09:30`.
pub(crate) fn clock(local_at: i64) -> String {
    let of_day = local_at.rem_euclid(DAY);
    format!("{:02}:{:02}", of_day / HOUR, of_day % HOUR / MINUTE)
}

/// The day as a number; equal for times of one day.
pub(crate) fn day(local_at: i64) -> i64 {
    local_at.div_euclid(DAY)
}

/// The day, for a divider: `Today`, `Yesterday`, `Monday`, `3 Nov`, `3 Nov 2025`.
pub(crate) fn day_name(local_at: i64, local_now: i64) -> String {
    match day(local_now) - day(local_at) {
        0 => "Today".into(),
        1 => "Yesterday".into(),
        2..=6 => weekday(local_at).into(),
        _ if civil(day(local_at)).0 == civil(day(local_now)).0 => date(local_at),
        _ => format!("{} {}", date(local_at), civil(day(local_at)).0),
    }
}

/// Day and time in a sentence: `Today, 09:30`.
pub(crate) fn moment(local_at: i64, local_now: i64) -> String {
    format!("{}, {}", day_name(local_at, local_now), clock(local_at))
}

/// How long ago, in a sentence: `just now`, `4 minutes ago`, `today, 09:30`, `on 3 Nov`.
pub(crate) fn in_words(local_at: i64, local_now: i64) -> String {
    let passed = local_now - local_at;
    if passed < MINUTE {
        "just now".into()
    } else if passed < 2 * MINUTE {
        "a minute ago".into()
    } else if passed < HOUR {
        format!("{} minutes ago", passed / MINUTE)
    } else {
        match day_name(local_at, local_now).as_str() {
            "Today" => format!("today, {}", clock(local_at)),
            "Yesterday" => format!("yesterday, {}", clock(local_at)),
            name => format!("on {name}"),
        }
    }
}

/// How much is left, in whole days or hours: `in 6 days`, `in an hour`.
pub(crate) fn left(until: i64, now: i64) -> String {
    let left = (until - now).max(0);
    match (left / DAY, left / HOUR) {
        (0, 0 | 1) => "in an hour".into(),
        (0, hours) => format!("in {hours} hours"),
        (1, _) => "in a day".into(),
        (days, _) => format!("in {days} days"),
    }
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

/// A colour's angle from an id, in steps far enough apart to tell neighbours from one another.
pub(crate) fn hue(id: Uuid) -> u32 {
    let sum = id.as_bytes().iter().fold(0u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(*byte))
    });
    sum % 15 * 24
}

fn weekday(local_at: i64) -> &'static str {
    WEEKDAYS[day(local_at).rem_euclid(7) as usize]
}

fn date(local_at: i64) -> String {
    let (_, month, day) = civil(day(local_at));
    format!("{day} {}", MONTHS[month - 1])
}

/// Year, month and day of a day number (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, usize, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (
        year_of_era + era * 400 + i64::from(month <= 2),
        month as usize,
        day,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Saturday, 21 November 2026, 09:30.
    const NOW: i64 = 1_795_253_400_000;

    #[test]
    fn a_wait_reads_like_a_stopwatch_at_first() {
        assert_eq!(wait(NOW - 42_000, NOW), "0:42");
        assert_eq!(wait(NOW - 12 * MINUTE - 5000, NOW), "12:05");
        assert_eq!(wait(NOW - HOUR - 4 * MINUTE, NOW), "1 h 04");
        assert_eq!(wait(NOW - 2 * DAY, NOW), "2 d");
        assert_eq!(wait(NOW + 5000, NOW), "0:00");
    }

    #[test]
    fn a_time_reads_coarser_the_older_it_is() {
        assert_eq!(ago(NOW - 5000, NOW), "now");
        assert_eq!(ago(NOW - 4 * MINUTE, NOW), "4 min");
        assert_eq!(ago(NOW - 2 * HOUR, NOW), "07:30");
        assert_eq!(ago(NOW - DAY, NOW), "Fri");
        assert_eq!(ago(NOW - 18 * DAY, NOW), "3 Nov");
    }

    #[test]
    fn days_have_names() {
        assert_eq!(day_name(NOW, NOW), "Today");
        assert_eq!(day_name(NOW - DAY, NOW), "Yesterday");
        assert_eq!(day_name(NOW - 5 * DAY, NOW), "Monday");
        assert_eq!(day_name(NOW - 30 * DAY, NOW), "22 Oct");
        assert_eq!(day_name(NOW - 365 * DAY, NOW), "21 Nov 2025");
    }

    #[test]
    fn a_time_reads_well_in_a_sentence() {
        assert_eq!(in_words(NOW - 5000, NOW), "just now");
        assert_eq!(in_words(NOW - MINUTE, NOW), "a minute ago");
        assert_eq!(in_words(NOW - 59 * MINUTE, NOW), "59 minutes ago");
        assert_eq!(in_words(NOW - 2 * HOUR, NOW), "today, 07:30");
        assert_eq!(in_words(NOW - DAY, NOW), "yesterday, 09:30");
        assert_eq!(in_words(NOW - 5 * DAY, NOW), "on Monday");
        assert_eq!(in_words(NOW - 30 * DAY, NOW), "on 22 Oct");
    }

    #[test]
    fn what_is_left_reads_well_in_a_sentence() {
        assert_eq!(left(NOW + 7 * DAY - 1, NOW), "in 6 days");
        assert_eq!(left(NOW + DAY, NOW), "in a day");
        assert_eq!(left(NOW + 5 * HOUR, NOW), "in 5 hours");
        assert_eq!(left(NOW + 5, NOW), "in an hour");
    }

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        assert_eq!(initials("Ada Lovelace"), "AL");
        assert_eq!(initials("Grace Brewster Hopper"), "GH");
        assert_eq!(initials("visitor"), "V");
        assert_eq!(initials("  "), "");
    }
}
