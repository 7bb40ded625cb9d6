//! Hours of a week or a holiday as a form shows them.
//!
//! A browser's time field ends at 23:59, so the form shows midnight at the end of a day as 00:00.

use deskbell_protocol::api::workspace::business_hours::{Weekday, WeeklyHours};

use crate::text::business_hours as text;

/// The end of a day on the wire, and in the form.
const MIDNIGHT: (&str, &str) = ("24:00", "00:00");

/// The beginning and the end of an interval, as in the form.
pub(crate) type Times = (String, String);

/// The end of an interval for the form.
pub(crate) fn shown_end(closes: &str) -> String {
    match closes == MIDNIGHT.0 {
        true => MIDNIGHT.1.to_owned(),
        false => closes.to_owned(),
    }
}

/// The end of an interval for the server.
pub(crate) fn sent_end(closes: &str) -> String {
    match closes == MIDNIGHT.1 {
        true => MIDNIGHT.0.to_owned(),
        false => closes.to_owned(),
    }
}

/// Whether an interval ends on the next day, after its midnight.
pub(crate) fn passes_midnight((opens, closes): &(String, String)) -> bool {
    let is_complete = !opens.is_empty() && !closes.is_empty();
    is_complete && closes != MIDNIGHT.1 && closes <= opens
}

/// The intervals of a day for the form.
pub(crate) fn of_day(week: &[WeeklyHours], day: Weekday) -> Vec<Times> {
    let hours = week.iter().filter(|hours| hours.day == day);
    hours
        .map(|hours| (hours.opens.clone(), shown_end(&hours.closes)))
        .collect()
}

/// The hours of a day for the server.
pub(crate) fn to_week(day: Weekday, times: &[Times]) -> Vec<WeeklyHours> {
    let hours = times.iter().map(|(opens, closes)| WeeklyHours {
        day,
        opens: opens.clone(),
        closes: sent_end(closes),
    });
    hours.collect()
}

/// The interval that is offered next: the usual one, or an hour after the last one.
pub(crate) fn next_times(times: &[Times]) -> Times {
    let Some((_, closes)) = times.last() else {
        return ("09:00".to_owned(), "17:00".to_owned());
    };
    let hour = closes
        .split(':')
        .next()
        .and_then(|hour| hour.parse::<u8>().ok());
    match hour {
        Some(hour) if hour < 21 => (format!("{:02}:00", hour + 1), format!("{:02}:00", hour + 3)),
        _ => (String::new(), String::new()),
    }
}

/// A line for readers, as in `09:00–17:00`. `format` writes a time of day as the browser does.
pub(crate) fn line(times: &[Times], format: impl Fn(&str) -> String) -> String {
    let interval = |(opens, closes): &Times| match opens == MIDNIGHT.1 && closes == MIDNIGHT.1 {
        true => text::ALL_DAY.to_owned(),
        false => format!("{}–{}", format(opens), format(closes)),
    };
    match times {
        [] => text::CLOSED.to_owned(),
        times => times.iter().map(interval).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(opens: &str, closes: &str) -> Times {
        (opens.to_owned(), closes.to_owned())
    }

    #[test]
    fn midnight_at_the_end_of_a_day_is_shown_as_zero() {
        let week = to_week(
            Weekday::Friday,
            &[times("00:00", "00:00"), times("20:00", "02:00")],
        );
        assert_eq!(
            (week[0].closes.as_str(), week[1].closes.as_str()),
            ("24:00", "02:00")
        );
        let shown = of_day(&week, Weekday::Friday);
        assert_eq!(shown, [times("00:00", "00:00"), times("20:00", "02:00")]);
        assert!(of_day(&week, Weekday::Monday).is_empty());
    }

    #[test]
    fn hours_that_end_before_they_begin_end_on_the_next_day() {
        assert!(passes_midnight(&times("20:00", "02:00")));
        for (opens, closes) in [
            ("09:00", "17:00"),
            ("20:00", "00:00"),
            ("", "02:00"),
            ("20:00", ""),
        ] {
            assert!(!passes_midnight(&times(opens, closes)), "{opens} {closes}");
        }
    }

    #[test]
    fn further_hours_begin_after_the_last_ones() {
        assert_eq!(next_times(&[]), times("09:00", "17:00"));
        assert_eq!(
            next_times(&[times("08:00", "12:00")]),
            times("13:00", "15:00")
        );
        for end in ["22:30", ""] {
            assert_eq!(next_times(&[times("08:00", end)]), times("", ""));
        }
    }

    #[test]
    fn readers_see_each_interval_or_that_it_is_closed_or_open_all_day() {
        let line = |times: &[Times]| line(times, |time| time.replace(':', "."));
        assert_eq!(
            line(&[times("09:00", "12:00"), times("13:00", "00:00")]),
            "09.00–12.00, 13.00–00.00"
        );
        assert_eq!(line(&[]), "Closed");
        assert_eq!(line(&[times("00:00", "00:00")]), "All day");
    }
}
