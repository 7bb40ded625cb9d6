//! Checks of business hours that people enter.

use deskbell_protocol::api::workspace::business_hours::{
    Holiday, HolidayHours, Weekday, WeeklyHours,
};
use deskbell_protocol::limits;
use jiff::civil::Date;

use super::{DAY, Interval, LONGEST_DAYS, ParsedHoliday, ParsedHours, YEARS};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::{text, time_zones};

/// The minutes of a week.
const WEEK: u32 = 7 * DAY as u32;

/// Checks business hours; every wrong field is reported.
pub fn parse(
    time_zone: &str,
    week: &[WeeklyHours],
    holidays: &[Holiday],
) -> AppResult<ParsedHours> {
    let mut wrong = FieldErrors::default();
    let zone = wrong.take(time_zones::find("time_zone", time_zone).map(Some));
    let week = wrong.take(checked_week(week));
    let holidays = wrong.take(parsed_holidays(holidays));
    wrong.finish()?;
    let zone = zone.ok_or_else(|| AppError::internal(anyhow::anyhow!("no time zone")))?;
    Ok(ParsedHours {
        zone,
        week,
        holidays,
    })
}

/// Checks holidays. Returns them in their usual form and order.
pub fn checked_holidays(holidays: &[Holiday]) -> AppResult<Vec<Holiday>> {
    parsed_holidays(holidays)?;
    let mut holidays: Vec<_> = holidays.iter().map(normalized).collect();
    holidays.sort_by(|one, other| (&one.from, &one.name).cmp(&(&other.from, &other.name)));
    Ok(holidays)
}

impl ParsedHours {
    /// The name of the time zone in the database's spelling.
    pub fn time_zone(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The hours of the week, in order.
    pub fn week(&self) -> Vec<WeeklyHours> {
        let days = Weekday::ALL.iter().zip(&self.week);
        let hours = days.flat_map(|(day, hours)| hours.iter().map(move |it| (*day, it)));
        let hours = hours.map(|(day, interval)| WeeklyHours {
            day,
            opens: clock(interval.opens),
            closes: clock(match interval.closes > DAY {
                true => interval.closes - DAY,
                false => interval.closes,
            }),
        });
        hours.collect()
    }
}

fn checked_week(week: &[WeeklyHours]) -> AppResult<[Vec<Interval>; 7]> {
    let mut days: [Vec<Interval>; 7] = Default::default();
    let mut wrong = FieldErrors::default();
    for hours in week {
        let Some(index) = Weekday::ALL.iter().position(|day| *day == hours.day) else {
            let message = "Use monday, tuesday, wednesday, thursday, friday, saturday and sunday.";
            wrong.take::<()>(Err(AppError::invalid("week", message)));
            continue;
        };
        let field = format!("week.{}", hours.day.as_str());
        match interval(&field, &hours.opens, &hours.closes) {
            Ok(interval) => days[index].push(interval),
            Err(error) => wrong.take(Err(error)),
        }
    }
    for (day, hours) in Weekday::ALL.iter().zip(&mut days) {
        hours.sort();
        let field = format!("week.{}", day.as_str());
        wrong.take(few_hours(&field, hours));
    }
    wrong.take(separate_hours(&days));
    wrong.finish()?;
    Ok(days)
}

fn few_hours(field: &str, hours: &[Interval]) -> AppResult<()> {
    if hours.len() <= limits::HOURS_PER_DAY {
        return Ok(());
    }
    let most = limits::HOURS_PER_DAY;
    Err(AppError::invalid(
        field,
        format!("A day can have at most {most} intervals."),
    ))
}

/// Refuses hours that overlap, also after midnight and from Sunday to Monday.
fn separate_hours(days: &[Vec<Interval>; 7]) -> AppResult<()> {
    let mut all: Vec<(u32, u32, Weekday)> = Vec::new();
    let mut midnight = 0;
    for (day, hours) in Weekday::ALL.iter().zip(days) {
        let absolute = |it: &Interval| {
            let (opens, closes) = (u32::from(it.opens), u32::from(it.closes));
            (midnight + opens, midnight + closes, *day)
        };
        all.extend(hours.iter().map(absolute));
        midnight += u32::from(DAY);
    }
    // After the last hours of a week come the first ones of the next week.
    let first = all
        .first()
        .map(|(opens, closes, day)| (opens + WEEK, closes + WEEK, *day));
    all.extend(first);
    let overlapping = all.windows(2).find(|two| two[0].1 > two[1].0);
    let Some([(_, _, day), _]) = overlapping else {
        return Ok(());
    };
    Err(AppError::invalid(
        &format!("week.{}", day.as_str()),
        "These hours overlap with the next ones. Shorten them, or make them one interval.",
    ))
}

fn parsed_holidays(holidays: &[Holiday]) -> AppResult<Vec<ParsedHoliday>> {
    if holidays.len() > limits::HOLIDAYS {
        let message = format!(
            "At most {} holidays are possible. Delete some first.",
            limits::HOLIDAYS
        );
        return Err(AppError::invalid("holidays", message));
    }
    let mut wrong = FieldErrors::default();
    let mut parsed = Vec::new();
    for (index, holiday) in holidays.iter().enumerate() {
        let found = parsed_holiday(&format!("holidays.{index}"), holiday);
        parsed.extend(wrong.take(found.map(Some)));
    }
    wrong.finish()?;
    Ok(parsed)
}

fn parsed_holiday(field: &str, holiday: &Holiday) -> AppResult<ParsedHoliday> {
    if text::line(&format!("{field}.name"), &holiday.name)?.is_empty() {
        return Err(AppError::invalid(&format!("{field}.name"), "Enter a name."));
    }
    let from = day(&format!("{field}.from"), &holiday.from)?;
    let field_to = format!("{field}.to");
    let to = holiday.to.as_deref().filter(|to| !to.trim().is_empty());
    let to = to.map_or(Ok(from), |to| day(&field_to, to))?;
    let more_days = (to - from).get_days();
    if more_days < 0 {
        let message = "The last day must not be before the first one.";
        return Err(AppError::invalid(&field_to, message));
    }
    if more_days >= LONGEST_DAYS {
        let message = format!("A holiday can have at most {LONGEST_DAYS} days.");
        return Err(AppError::invalid(&field_to, message));
    }
    let field_hours = format!("{field}.hours");
    let mut hours = Vec::new();
    for it in &holiday.hours {
        hours.push(interval(&field_hours, &it.opens, &it.closes)?);
    }
    hours.sort();
    few_hours(&field_hours, &hours)?;
    if hours.windows(2).any(|two| two[0].closes > two[1].opens) {
        let message = "These hours overlap. Shorten them, or make them one interval.";
        return Err(AppError::invalid(&field_hours, message));
    }
    Ok(ParsedHoliday {
        from,
        more_days,
        yearly: holiday.yearly,
        hours,
    })
}

/// A checked holiday in its usual form.
fn normalized(holiday: &Holiday) -> Holiday {
    let to = holiday.to.as_deref().map(str::trim);
    let from = holiday.from.trim();
    let mut hours: Vec<_> = holiday.hours.iter().map(normalized_hours).collect();
    hours.sort_by(|one, other| one.opens.cmp(&other.opens));
    Holiday {
        name: holiday.name.trim().to_owned(),
        from: from.to_owned(),
        to: to
            .filter(|to| !to.is_empty() && *to != from)
            .map(str::to_owned),
        yearly: holiday.yearly,
        hours,
    }
}

fn normalized_hours(hours: &HolidayHours) -> HolidayHours {
    HolidayHours {
        opens: hours.opens.trim().to_owned(),
        closes: hours.closes.trim().to_owned(),
    }
}

fn day(field: &str, text: &str) -> AppResult<Date> {
    let text = text.trim();
    // Other notations of a date are refused, so that stored ones can be compared.
    let is_usual = |day: &Date| day.to_string() == text && YEARS.contains(&day.year());
    let found = text.parse().ok().filter(is_usual);
    found.ok_or_else(|| AppError::invalid(field, "Enter a date like 2026-12-24."))
}

fn interval(field: &str, opens: &str, closes: &str) -> AppResult<Interval> {
    let refused = || {
        AppError::invalid(
            field,
            "Enter times from 00:00 to 24:00, such as 09:00 and 17:30.",
        )
    };
    let opens = minutes(opens)
        .filter(|opens| *opens < DAY)
        .ok_or_else(refused)?;
    let closes = minutes(closes).ok_or_else(refused)?;
    if closes == opens {
        let message = "The hours must not begin and end at the same time. For a whole day enter 00:00 and 24:00.";
        return Err(AppError::invalid(field, message));
    }
    Ok(Interval {
        opens,
        closes: match closes < opens {
            true => closes + DAY,
            false => closes,
        },
    })
}

/// The minutes of a time of day, as in `09:00`.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |text: &str, longest: u16| {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number: u16 = text.parse().ok().filter(|_| is_number)?;
        (number <= longest).then_some(number)
    };
    let minutes = number(hours, 24)? * 60 + number(minutes, 59)?;
    (minutes <= DAY).then_some(minutes)
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
