//! The property of the iCalendar parser that fuzzing tests: a file is refused with its field, or
//! everything that is read from it can be stored and shown.

use deskbell_base::business_hours::checked_holidays;
use deskbell_base::icalendar::read;
use deskbell_protocol::limits;
use jiff::civil::{Date, date};

const TODAY: Date = date(2026, 11, 30);

/// Checks the property.
pub fn check(bytes: &[u8]) {
    let calendar = match read(bytes, TODAY) {
        Ok(calendar) => calendar,
        Err(error) => {
            assert!(error.body.fields.contains_key("file"), "{error:?}");
            return;
        }
    };
    for holidays in calendar.holidays.chunks(limits::HOLIDAYS) {
        let checked = checked_holidays(holidays);
        assert!(checked.is_ok(), "{holidays:?}: {checked:?}");
    }
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    for event in calendar.refused {
        assert!((1..=lines).contains(&(event.line as usize)), "{event:?}");
    }
}
