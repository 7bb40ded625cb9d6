//! Local times of other time zones, as the server writes them: `2026-12-24T09:30` or `2026-12-24`. They
//! are formatted in this browser's language and never converted.

use js_sys::{Array, Date, Intl, Object, Reflect};

use crate::browser::locale::{format, write};

/// Formatters of the browser, made once.
struct Formats {
    clock: Intl::DateTimeFormat,
    weekday: Intl::DateTimeFormat,
    date: Intl::DateTimeFormat,
    day_of_year: Intl::DateTimeFormat,
}

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// A local time is formatted as the time of UTC with the same clock.
const UTC: (&str, &str) = ("timeZone", "UTC");

thread_local! {
    static FORMATS: Formats = Formats {
        clock: format(&[("timeStyle", "short"), UTC]),
        weekday: format(&[("weekday", "long"), UTC]),
        date: format(&[("day", "numeric"), ("month", "short"), ("year", "numeric"), UTC]),
        day_of_year: format(&[("day", "numeric"), ("month", "short"), UTC]),
    };
}

/// The clock: `15:36`, `3:36 PM`.
pub(crate) fn clock(local: &str) -> String {
    clock_after(local, 0)
}

/// The clock some minutes later.
pub(crate) fn clock_after(local: &str, minutes: i64) -> String {
    FORMATS.with(|formats| write(&formats.clock, utc_ms(local) + minutes * MINUTE_MS))
}

/// A time of day, as in `15:36`, in the browser's format.
pub(crate) fn time_of_day(time: &str) -> String {
    clock(&format!("2000-01-01T{time}"))
}

/// The weekday: `Monday`.
pub(crate) fn weekday(local: &str) -> String {
    FORMATS.with(|formats| write(&formats.weekday, utc_ms(local)))
}

/// The date: `3 Nov 2025`.
pub(crate) fn date(local: &str) -> String {
    FORMATS.with(|formats| write(&formats.date, utc_ms(local)))
}

/// The date without its year: `3 Nov`.
pub(crate) fn day_of_year(local: &str) -> String {
    FORMATS.with(|formats| write(&formats.day_of_year, utc_ms(local)))
}

/// The days from the day of one local time to that of another.
pub(crate) fn days_between(from: &str, to: &str) -> i64 {
    let day = |local: &str| utc_ms(local).div_euclid(DAY_MS);
    day(to) - day(from)
}

/// The name of this browser's time zone, as in `Europe/Vienna`.
pub(crate) fn time_zone() -> String {
    let format = Intl::DateTimeFormat::new(&Array::new(), &Object::new());
    let zone = Reflect::get(&format.resolved_options(), &"timeZone".into()).ok();
    zone.and_then(|zone| zone.as_string())
        .unwrap_or_else(|| "UTC".to_owned())
}

fn utc_ms(local: &str) -> i64 {
    let utc = match local.contains('T') {
        true => format!("{local}:00Z"),
        false => format!("{local}T00:00:00Z"),
    };
    Date::parse(&utc) as i64
}
