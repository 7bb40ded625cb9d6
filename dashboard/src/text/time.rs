//! Text of times and durations. Clocks and dates come from the browser's locale.

pub(crate) const NOW: &str = "now";
pub(crate) const TODAY: &str = "Today";
pub(crate) const YESTERDAY: &str = "Yesterday";
pub(crate) const JUST_NOW: &str = "just now";

pub(crate) fn minutes(n: i64) -> String {
    format!("{n}m")
}
pub(crate) fn hours(n: i64) -> String {
    format!("{n}h")
}
pub(crate) fn days(n: i64) -> String {
    format!("{n}d")
}

/// A duration in full, for screen readers: `48 minutes`.
pub(crate) fn minutes_in_full(n: i64) -> String {
    match n {
        1 => "1 minute".to_owned(),
        n => format!("{n} minutes"),
    }
}
pub(crate) fn hours_in_full(n: i64) -> String {
    match n {
        1 => "1 hour".to_owned(),
        n => format!("{n} hours"),
    }
}
pub(crate) fn days_in_full(n: i64) -> String {
    match n {
        1 => "1 day".to_owned(),
        n => format!("{n} days"),
    }
}
pub(crate) const LESS_THAN_A_MINUTE: &str = "less than a minute";

pub(crate) fn ago(duration: &str) -> String {
    format!("{duration} ago")
}
pub(crate) fn within(duration: &str) -> String {
    format!("in {duration}")
}

/// A day and a clock in one sentence: `today at 15:36`, `Monday at 15:36`.
pub(crate) fn at(day: &str, clock: &str) -> String {
    format!("{day} at {clock}")
}
pub(crate) const TODAY_IN_SENTENCE: &str = "today";
pub(crate) const TOMORROW_IN_SENTENCE: &str = "tomorrow";
pub(crate) const YESTERDAY_IN_SENTENCE: &str = "yesterday";
pub(crate) fn on(day: &str) -> String {
    format!("on {day}")
}
