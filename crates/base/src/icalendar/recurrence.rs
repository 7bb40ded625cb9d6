//! Yearly rules of recurrence (RFC 5545, 3.3.10): a date, days of a month, or weekdays of a month.

use jiff::civil::{Date, Weekday};

use super::event::date;

const NOT_YEARLY: &str = "It repeats, but not yearly.";
const UNSUPPORTED: &str = "Its rule has parts that cannot be imported. Enter its dates yourself.";
const BAD_RULE: &str = "Its rule is not valid.";

/// Values in one part of a rule.
const VALUES: usize = 31;

/// A yearly rule.
#[derive(Debug)]
pub(super) struct Rule {
    interval: i16,
    /// How often, with the first one.
    count: Option<usize>,
    until: Option<Date>,
    months: Vec<i8>,
    /// Days of a month; negative from its end.
    month_days: Vec<i8>,
    /// Weekdays of a month, and which of them; negative from its end; `None`: all.
    weekdays: Vec<(Option<i8>, Weekday)>,
    /// Which of the days of a year; negative from its end.
    positions: Vec<i16>,
    is_plain: bool,
}

impl Rule {
    pub(super) fn parse(text: &str, start: Date) -> Result<Self, &'static str> {
        let mut rule = Self {
            interval: 1,
            count: None,
            until: None,
            months: Vec::new(),
            month_days: Vec::new(),
            weekdays: Vec::new(),
            positions: Vec::new(),
            is_plain: false,
        };
        let mut is_yearly = false;
        for part in text.split(';').filter(|part| !part.trim().is_empty()) {
            let (name, value) = part.split_once('=').ok_or(BAD_RULE)?;
            let value = value.trim().to_ascii_uppercase();
            match name.trim().to_ascii_uppercase().as_str() {
                "FREQ" if value == "YEARLY" => is_yearly = true,
                "FREQ" => return Err(NOT_YEARLY),
                "INTERVAL" => rule.interval = number(&value, 1, 100)?,
                "COUNT" => {
                    let count: i16 = number(&value, 1, i16::MAX)?;
                    rule.count = Some(usize::try_from(count).map_err(|_| BAD_RULE)?);
                }
                "UNTIL" => {
                    let day = value.get(..8).and_then(date);
                    rule.until = Some(day.ok_or(BAD_RULE)?);
                }
                "BYMONTH" => rule.months = numbers(&value, 1, 12)?,
                "BYMONTHDAY" => rule.month_days = numbers(&value, -31, 31)?,
                "BYDAY" => rule.weekdays = weekdays(&value)?,
                "BYSETPOS" => rule.positions = numbers(&value, -366, 366)?,
                // The first day of the week matters to rules of weeks only.
                "WKST" => {}
                _ => return Err(UNSUPPORTED),
            }
        }
        if !is_yearly {
            return Err(BAD_RULE);
        }
        // Without a month, weekdays are those of the year.
        if !rule.weekdays.is_empty() && rule.months.is_empty() {
            return Err(UNSUPPORTED);
        }
        rule.is_plain = rule.interval == 1
            && rule.count.is_none()
            && rule.until.is_none()
            && rule.weekdays.is_empty()
            && rule.positions.is_empty()
            && (rule.months.is_empty() || rule.months == [start.month()])
            && (rule.month_days.is_empty() || rule.month_days == [start.day()]);
        Ok(rule)
    }

    /// Whether it means the same date in every year.
    pub(super) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// The first day, and those from one year to the end of another.
    pub(super) fn days(
        &self,
        start: Date,
        first_year: i16,
        last_year: i16,
    ) -> Result<Vec<Date>, &'static str> {
        let step = usize::try_from(self.interval).map_err(|_| BAD_RULE)?;
        let most = self.count.unwrap_or(usize::MAX);
        // Without a count, earlier years need not be looked at.
        let skipped = match self.count {
            Some(_) => 0,
            None => (first_year - start.year()).max(0) / self.interval,
        };
        let begin = start.year() + skipped * self.interval;
        let mut days = Vec::new();
        let last_year = self.until.map_or(last_year, |it| last_year.min(it.year()));
        for year in (begin..=last_year).step_by(step) {
            let of_year = self.of_year(year, start);
            days.extend(of_year.into_iter().filter(|day| *day > start));
            if days.len() >= most {
                break;
            }
        }
        // The first day counts even if the rule does not fit it.
        days.insert(0, start);
        days.truncate(most);
        if let Some(until) = self.until {
            days.retain(|day| *day <= until);
        }
        Ok(days)
    }

    fn of_year(&self, year: i16, start: Date) -> Vec<Date> {
        let start_month = [start.month()];
        let every: Vec<i8> = (1..=12).collect();
        let months = match (self.months.is_empty(), self.month_days.is_empty()) {
            (false, _) => &self.months[..],
            (true, true) => &start_month[..],
            // A day of a month without a month is one of every month.
            (true, false) => &every[..],
        };
        let mut days = Vec::new();
        for month in months {
            let Ok(first) = Date::new(year, *month, 1) else {
                continue;
            };
            let all =
                (1..=first.days_in_month()).filter_map(|day| Date::new(year, *month, day).ok());
            days.extend(all.filter(|day| self.fits(*day, start)));
        }
        days.sort();
        days.dedup();
        if self.positions.is_empty() {
            return days;
        }
        let chosen = self.positions.iter().filter_map(|position| {
            let place = usize::from(position.unsigned_abs()).checked_sub(1)?;
            match *position > 0 {
                true => days.get(place).copied(),
                false => days.iter().rev().nth(place).copied(),
            }
        });
        let mut chosen: Vec<_> = chosen.collect();
        chosen.sort();
        chosen.dedup();
        chosen
    }

    /// Whether a day of one of the months is one of the days.
    fn fits(&self, day: Date, start: Date) -> bool {
        let from_end = day.day() - day.days_in_month() - 1;
        if self.month_days.is_empty() && self.weekdays.is_empty() {
            return day.day() == start.day();
        }
        let by_date = self.month_days.is_empty()
            || self
                .month_days
                .iter()
                .any(|it| *it == day.day() || *it == from_end);
        let which = (day.day() - 1) / 7 + 1;
        let which_from_end = (from_end + 1) / 7 - 1;
        let is_this = |(nth, weekday): &(Option<i8>, Weekday)| {
            let fits = nth.is_none_or(|nth| nth == which || nth == which_from_end);
            *weekday == day.weekday() && fits
        };
        by_date && (self.weekdays.is_empty() || self.weekdays.iter().any(is_this))
    }
}

fn number<T: std::str::FromStr + PartialOrd>(
    text: &str,
    least: T,
    most: T,
) -> Result<T, &'static str> {
    let number: T = text.trim().parse().map_err(|_| BAD_RULE)?;
    match least <= number && number <= most {
        true => Ok(number),
        false => Err(BAD_RULE),
    }
}

fn numbers<T>(text: &str, least: T, most: T) -> Result<Vec<T>, &'static str>
where
    T: std::str::FromStr + PartialOrd + Copy + Default,
{
    let parts: Vec<_> = text.split(',').collect();
    if parts.len() > VALUES {
        return Err(UNSUPPORTED);
    }
    let numbers = parts.into_iter().map(|part| number(part, least, most));
    let numbers: Vec<T> = numbers.collect::<Result<_, _>>()?;
    match numbers.iter().any(|it| *it == T::default()) {
        true => Err(BAD_RULE),
        false => Ok(numbers),
    }
}

/// Weekdays, as in `4TH`, `-1MO` or `TU`.
fn weekdays(text: &str) -> Result<Vec<(Option<i8>, Weekday)>, &'static str> {
    let parts: Vec<_> = text.split(',').map(str::trim).collect();
    if parts.len() > VALUES {
        return Err(UNSUPPORTED);
    }
    let parsed = parts.into_iter().map(|part| {
        let begin = part
            .len()
            .checked_sub(2)
            .filter(|it| part.is_char_boundary(*it));
        let (nth, day) = part.split_at(begin.ok_or(BAD_RULE)?);
        let day = match day {
            "MO" => Weekday::Monday,
            "TU" => Weekday::Tuesday,
            "WE" => Weekday::Wednesday,
            "TH" => Weekday::Thursday,
            "FR" => Weekday::Friday,
            "SA" => Weekday::Saturday,
            "SU" => Weekday::Sunday,
            _ => return Err(BAD_RULE),
        };
        let nth = match nth {
            "" => None,
            nth => Some(number(nth, -5, 5)?).filter(|nth| *nth != 0),
        };
        Ok((nth, day))
    });
    parsed.collect()
}
