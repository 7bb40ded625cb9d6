//! An event of an iCalendar file, as far as holidays need it.

use deskbell_protocol::api::workspace::business_hours::Holiday;
use jiff::ToSpan;
use jiff::civil::Date;

use super::recurrence::Rule;
use crate::business_hours::{LONGEST_DAYS, YEARS};
use crate::text;

/// Characters of a name; a longer one is cut.
const NAME_CHARS: usize = 200;
/// Single days that an event may list.
const LISTED: usize = 500;
/// The name of an event without one.
const UNNAMED: &str = "Holiday";

const NO_START: &str = "It has no start date.";
const NOT_ALL_DAY: &str = "It is not an all-day event.";
const BAD_DATE: &str = "One of its dates is not valid.";
const TOO_LONG: &str = "It is longer than 366 days.";
const TOO_MANY_DATES: &str = "It has more than 500 dates.";
const ONE_OF_SERIES: &str = "It changes one date of a repeated event. Enter this date yourself.";

/// The properties of an event.
#[derive(Debug, Default)]
pub(super) struct Event {
    pub(super) line: u32,
    pub(super) name: String,
    start: Option<Value>,
    end: Option<Value>,
    duration: Option<String>,
    rule: Option<String>,
    more: Vec<Value>,
    except: Vec<Value>,
    is_cancelled: bool,
    is_of_series: bool,
}

/// A date, or what stands in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Day(Date),
    Time(Date),
    Invalid,
}

impl Event {
    pub(super) fn at(line: u32) -> Self {
        Self {
            line,
            ..Self::default()
        }
    }

    /// Sets a property. Those that holidays do not need are ignored.
    pub(super) fn set(&mut self, name: &str, params: &str, value: &str) {
        let is_period = params.to_ascii_uppercase().contains("VALUE=PERIOD");
        match name.trim().to_ascii_uppercase().as_str() {
            "SUMMARY" => self.name = readable(value),
            "DTSTART" => self.start = Some(parsed(value)),
            "DTEND" => self.end = Some(parsed(value)),
            "DURATION" => self.duration = Some(value.trim().to_owned()),
            "RRULE" => self.rule = Some(value.trim().to_owned()),
            "RDATE" if is_period => self.more.push(Value::Invalid),
            "RDATE" => self
                .more
                .extend(value.split(',').take(LISTED + 1).map(parsed)),
            "EXDATE" => self
                .except
                .extend(value.split(',').take(LISTED + 1).map(parsed)),
            "STATUS" => self.is_cancelled = value.trim().eq_ignore_ascii_case("CANCELLED"),
            "RECURRENCE-ID" => self.is_of_series = true,
            _ => {}
        }
    }

    /// Its holidays that are not over, up to the end of the last year; or the reason why it cannot be
    /// one.
    pub(super) fn holidays(
        self,
        today: Date,
        last_year: i16,
    ) -> Result<Vec<Holiday>, &'static str> {
        if self.is_cancelled {
            return Ok(Vec::new());
        }
        let start = match self.start {
            Some(Value::Day(day)) => day,
            Some(Value::Time(_)) => return Err(NOT_ALL_DAY),
            Some(Value::Invalid) => return Err(BAD_DATE),
            None => return Err(NO_START),
        };
        if self.is_of_series {
            return Err(ONE_OF_SERIES);
        }
        if self.more.len() > LISTED || self.except.len() > LISTED {
            return Err(TOO_MANY_DATES);
        }
        let more_days = self.more_days(start)?;
        let name = match self.name.is_empty() {
            true => UNNAMED.to_owned(),
            false => self.name.clone(),
        };
        let rule = self.rule.as_deref().map(|rule| Rule::parse(rule, start));
        let rule = rule.transpose()?;
        let holiday = |from: Date, yearly: bool| {
            let to = from.checked_add(more_days.days()).ok()?;
            let is_possible = YEARS.contains(&to.year()) && (yearly || to >= today);
            is_possible.then(|| Holiday {
                name: name.clone(),
                from: from.to_string(),
                to: (to != from).then(|| to.to_string()),
                yearly,
                hours: Vec::new(),
            })
        };
        if let Some(rule) = &rule
            && rule.is_plain()
            && self.more.is_empty()
            && self.except.is_empty()
        {
            return Ok(holiday(start, true).into_iter().collect());
        }
        let mut days = match rule {
            Some(rule) => rule.days(start, today.year() - 1, last_year)?,
            None => vec![start],
        };
        days.extend(listed(&self.more)?);
        if days.len() > LISTED {
            return Err(TOO_MANY_DATES);
        }
        let except = listed(&self.except)?;
        days.retain(|day| !except.contains(day) && day.year() <= last_year.max(start.year()));
        days.sort();
        days.dedup();
        Ok(days
            .into_iter()
            .filter_map(|day| holiday(day, false))
            .collect())
    }

    /// The days after the first one.
    fn more_days(&self, start: Date) -> Result<i32, &'static str> {
        let days = match (self.end, self.duration.as_deref()) {
            (Some(Value::Day(end)), _) => (end - start).get_days(),
            (Some(Value::Time(_)), _) => return Err(NOT_ALL_DAY),
            (Some(Value::Invalid), _) => return Err(BAD_DATE),
            (None, Some(duration)) => whole_days(duration).ok_or(NOT_ALL_DAY)?,
            (None, None) => 1,
        };
        if days < 0 {
            return Err(BAD_DATE);
        }
        // The end is the day after the last one. Some programs write the first day itself.
        match days.max(1) {
            days if days <= LONGEST_DAYS => Ok(days - 1),
            _ => Err(TOO_LONG),
        }
    }
}

fn listed(values: &[Value]) -> Result<Vec<Date>, &'static str> {
    let days = values.iter().map(|value| match value {
        Value::Day(day) | Value::Time(day) => Ok(*day),
        Value::Invalid => Err(BAD_DATE),
    });
    days.collect()
}

/// A date, as in `20261224`, or a time of a day, as in `20261224T090000Z`.
fn parsed(value: &str) -> Value {
    let value = value.trim();
    let (day, time) = match value.split_once(['T', 't']) {
        Some((day, _)) => (day, true),
        None => (value, false),
    };
    match (date(day), time) {
        (Some(day), false) => Value::Day(day),
        (Some(day), true) => Value::Time(day),
        (None, _) => Value::Invalid,
    }
}

/// A date of eight digits, within the years that holidays may have.
pub(super) fn date(text: &str) -> Option<Date> {
    let is_date = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let found = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    found.ok().filter(|_| is_date && YEARS.contains(&year))
}

/// The days of a duration, as in `P1D` or `P2W`; `None` if it has a time of day.
fn whole_days(text: &str) -> Option<i32> {
    let text = text.trim_start_matches('+').to_ascii_uppercase();
    let text = text.strip_prefix('P')?;
    let (number, days) = match text.strip_suffix('W') {
        Some(weeks) => (weeks, 7),
        None => (text.strip_suffix('D')?, 1),
    };
    let number: i32 = number.parse().ok().filter(|it| (0..10_000).contains(it))?;
    Some(number * days)
}

/// A text without escapes and invisible characters, in one line.
fn readable(value: &str) -> String {
    let mut plain = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => plain.push(' '),
                Some(escaped) => plain.push(escaped),
                None => {}
            },
            c if c.is_whitespace() => plain.push(' '),
            c => plain.push(c),
        }
    }
    let visible: String = plain.chars().filter(|c| text::is_visible(*c)).collect();
    let short: String = visible.trim().chars().take(NAME_CHARS).collect();
    text::line("name", &short).unwrap_or_default()
}
