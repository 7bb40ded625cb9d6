//! Business hours: a usual week with holidays in a time zone, as pure functions of a time.
//!
//! Hours belong to the local day on which they begin; a holiday replaces the hours that begin on its
//! days. Clocks that are set make some local times happen twice and others not at all:
//!
//! - A time that does not exist is the moment at which the clock jumps over it.
//! - Of a minute that exists twice, hours begin with the first one and end after the second one. So
//!   hours across such a night are one longer period, and never closed in between.
//!
//! All comparisons are between moments, never between local times, so days of 23, 24½ and 25 hours need
//! no care of their own.

mod parsing;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

use deskbell_protocol::UnixMs;
use jiff::civil::{Date, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

use crate::time_zones::{format_local, timestamp};

pub use parsing::{checked_holidays, parse};

/// The minutes of a day with 24 hours.
const DAY: u16 = 24 * 60;
/// How far ahead the next change is searched, in days.
const HORIZON_DAYS: i32 = 400;
/// Days that are searched first: usually the next change is among them.
const NEAR_DAYS: i32 = 9;
/// The years that holidays may have.
pub(crate) const YEARS: RangeInclusive<i16> = 1970..=2199;
/// The days of the longest holiday.
pub(crate) const LONGEST_DAYS: i32 = 366;

/// Checked business hours.
#[derive(Clone, Debug)]
pub struct ParsedHours {
    zone: TimeZone,
    /// The hours of each weekday, Monday first.
    week: [Vec<Interval>; 7],
    holidays: Vec<ParsedHoliday>,
}

/// An interval of a day in minutes from its midnight. An end beyond [`DAY`] is on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Interval {
    opens: u16,
    closes: u16,
}

/// A checked holiday: days with other hours, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ParsedHoliday {
    from: Date,
    /// The days after the first one.
    more_days: i32,
    yearly: bool,
    hours: Vec<Interval>,
}

/// When a clock shows a local time.
enum Moment {
    /// It does not: at this moment the clock jumps over it.
    Jump(Timestamp),
    /// Usually once; twice after the clock was set back.
    Shown { first: Timestamp, last: Timestamp },
}

impl ParsedHours {
    /// Whether it is open at a time.
    pub fn is_open(&self, at: UnixMs) -> bool {
        let Some(at) = timestamp(at) else {
            return false;
        };
        let today = self.zone.to_datetime(at).date();
        let open_periods = self.open_periods(today, -2, 1);
        open_periods
            .iter()
            .any(|(from, to)| *from <= at && at < *to)
    }

    /// When it opens or closes next; `None` if it does neither within 400 days.
    pub fn next_change(&self, at: UnixMs) -> Option<UnixMs> {
        let at = timestamp(at)?;
        let today = self.zone.to_datetime(at).date();
        let change = [NEAR_DAYS, HORIZON_DAYS].into_iter().find_map(|days| {
            let open_periods = self.open_periods(today, -2, days);
            // The hours of the last days may continue on days that were not searched.
            let end = self.begin(today.checked_add((days - 1).days()).ok()?, 0)?;
            let mut edges = open_periods.iter().flat_map(|(from, to)| [*from, *to]);
            edges.find(|edge| at < *edge && *edge <= end)
        });
        change.map(Timestamp::as_millisecond)
    }

    /// The local time, as in `2026-12-24T09:30`.
    pub fn local(&self, at: UnixMs) -> Option<String> {
        Some(format_local(self.zone.to_datetime(timestamp(at)?)))
    }

    /// The local day.
    pub fn local_date(&self, at: UnixMs) -> Date {
        self.zone
            .to_datetime(timestamp(at).unwrap_or_default())
            .date()
    }

    /// The periods in which it is open, in order and separate, of the days around `today`.
    fn open_periods(&self, today: Date, first: i32, last: i32) -> Vec<(Timestamp, Timestamp)> {
        let mut found = Vec::new();
        for offset in first..=last {
            let Ok(day) = today.checked_add(offset.days()) else {
                continue;
            };
            for interval in self.hours_on(day) {
                let from = self.begin(day, interval.opens);
                let to = self.end(day, interval.closes);
                // Hours within a time that does not exist are empty.
                found.extend(from.zip(to).filter(|(from, to)| from < to));
            }
        }
        found.sort();
        let mut merged: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (from, to) in found {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        merged
    }

    /// The hours that begin on a day.
    fn hours_on(&self, day: Date) -> Vec<Interval> {
        let mut holidays = self.holidays.iter().filter(|it| it.covers(day)).peekable();
        if holidays.peek().is_none() {
            return self.week[day_index(day.weekday())].clone();
        }
        let mut hours = Vec::new();
        for holiday in holidays {
            if holiday.hours.is_empty() {
                return Vec::new();
            }
            hours.extend_from_slice(&holiday.hours);
        }
        hours
    }

    /// The first moment at which the clock shows this number of minutes after a day's midnight.
    fn begin(&self, day: Date, minutes: u16) -> Option<Timestamp> {
        match self.moment(day, minutes)? {
            Moment::Jump(jump) => Some(jump),
            Moment::Shown { first, .. } => Some(first),
        }
    }

    /// The end of the last minute before this one.
    fn end(&self, day: Date, minutes: u16) -> Option<Timestamp> {
        match self.moment(day, minutes.checked_sub(1)?)? {
            Moment::Jump(jump) => Some(jump),
            Moment::Shown { last, .. } => last.checked_add(1.minute()).ok(),
        }
    }

    fn moment(&self, day: Date, minutes: u16) -> Option<Moment> {
        let day = day.checked_add(i32::from(minutes / DAY).days()).ok()?;
        let minutes = minutes % DAY;
        let hour = i8::try_from(minutes / 60).ok()?;
        let local = day.at(hour, i8::try_from(minutes % 60).ok()?, 0, 0);
        let found = self.zone.to_ambiguous_timestamp(local);
        let AmbiguousOffset::Gap { after, .. } = found.offset() else {
            let (first, last) = (found.earlier().ok()?, found.later().ok()?);
            return Some(Moment::Shown { first, last });
        };
        // Read with the later offset, the time is before the jump.
        let before = after.to_timestamp(local).ok()?;
        let mut jumps = self.zone.following(before);
        let jump = jumps.find(|jump| jump.offset() == after)?;
        Some(Moment::Jump(jump.timestamp()))
    }
}

impl ParsedHoliday {
    fn covers(&self, day: Date) -> bool {
        if !self.yearly {
            return self.is_within(self.from, day);
        }
        // A holiday across New Year began in the year before.
        let years = [day.year(), day.year() - 1];
        years
            .into_iter()
            .filter(|year| *year >= self.from.year())
            .any(|year| {
                let from = Date::new(year, self.from.month(), self.from.day());
                from.is_ok_and(|from| self.is_within(from, day))
            })
    }

    fn is_within(&self, from: Date, day: Date) -> bool {
        if self.more_days == 0 || day <= from {
            return day == from;
        }
        let last = from.checked_add(self.more_days.days());
        last.is_ok_and(|last| day <= last)
    }
}

/// The index of a weekday in the week, from 0 for Monday.
fn day_index(day: Weekday) -> usize {
    usize::try_from(day.to_monday_zero_offset()).unwrap_or_default()
}
