//! Holidays of an iCalendar file (RFC 5545): its all-day events, also those that repeat yearly.
//!
//! A calendar of holidays is the only use, so an event with times of day or with another rule is refused
//! with its reason, and the rest of the file is read.

mod event;
mod recurrence;
#[cfg(test)]
mod tests;

use deskbell_protocol::api::workspace::business_hours::{Holiday, RefusedEvent};
use jiff::civil::Date;
use vparser::Parser;

use crate::error::{AppError, AppResult};
use event::Event;

/// Events of one file.
const EVENTS: usize = 2_000;
/// Holidays of one file.
const HOLIDAYS: usize = 2_000;
/// Components in each other.
const DEPTH: usize = 8;
/// Years after the current one for which repeated events become holidays.
const YEARS_AHEAD: i16 = 5;

/// The holidays of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    pub holidays: Vec<Holiday>,
    /// Events whose days are over.
    pub past: u32,
    pub refused: Vec<RefusedEvent>,
}

/// Reads a file. `today` decides which days are over.
pub fn read(content: &[u8], today: Date) -> AppResult<Calendar> {
    let no_calendar = || {
        AppError::invalid(
            "file",
            "This is not an iCalendar file. Choose a file that ends in .ics.",
        )
    };
    let text = std::str::from_utf8(content).map_err(|_| no_calendar())?;
    let text = text.trim_start_matches('\u{feff}');
    let mut calendar = Calendar::default();
    let mut components: Vec<String> = Vec::new();
    let mut current: Option<Event> = None;
    let (mut line, mut count, mut has_calendar) = (1, 0, false);
    for content_line in Parser::new(text) {
        let begins_at = line;
        let breaks = content_line
            .raw()
            .bytes()
            .filter(|byte| *byte == b'\n')
            .count();
        line += u32::try_from(breaks).unwrap_or_default() + 1;
        let (name, value) = (content_line.name(), content_line.value());
        let is = |word: &str| name.trim().eq_ignore_ascii_case(word);
        let component = value.trim().to_ascii_uppercase();
        if is("BEGIN") {
            if components.is_empty() && component != "VCALENDAR" || components.len() >= DEPTH {
                return Err(no_calendar());
            }
            has_calendar = true;
            if component == "VEVENT" && current.is_none() {
                count += 1;
                if count > EVENTS {
                    let message =
                        format!("This file has more than {EVENTS} events. Choose a smaller one.");
                    return Err(AppError::invalid("file", message));
                }
                current = Some(Event::at(begins_at));
            }
            components.push(component);
        } else if is("END") {
            if components.pop().as_ref() != Some(&component) {
                return Err(no_calendar());
            }
            if component == "VEVENT"
                && let Some(event) = current.take()
            {
                add(&mut calendar, event, today);
                if calendar.holidays.len() > HOLIDAYS {
                    let message = format!(
                        "This file has more than {HOLIDAYS} holidays. Choose a smaller one."
                    );
                    return Err(AppError::invalid("file", message));
                }
            }
        } else if components.last().is_some_and(|it| it == "VEVENT")
            && let Some(event) = &mut current
        {
            event.set(&name, &content_line.params(), &value);
        }
    }
    match has_calendar && components.is_empty() {
        true => Ok(calendar),
        false => Err(no_calendar()),
    }
}

/// Adds the holidays of an event, or the reason why it has none.
fn add(calendar: &mut Calendar, event: Event, today: Date) {
    let (line, name) = (event.line, event.name.clone());
    match event.holidays(today, today.year() + YEARS_AHEAD) {
        Ok(found) if found.is_empty() => calendar.past += 1,
        Ok(found) => calendar.holidays.extend(found),
        Err(reason) => calendar.refused.push(RefusedEvent {
            line,
            name,
            reason: reason.to_owned(),
        }),
    }
}
