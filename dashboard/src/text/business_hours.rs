//! Text of the business hours in the settings.

use deskbell_protocol::api::workspace::business_hours::Weekday;

use crate::text::people::count_of;

pub(crate) const BUSINESS_HOURS: &str = "Business hours";
pub(crate) const HOURS_OF: &str = "Hours of";
pub(crate) const HOURS_TITLE: &str = "When you answer";
pub(crate) const HOURS_LEAD: &str = "When a site or a team is open, in its own time zone.";
pub(crate) const NO_OWNERS: &str = "No sites and teams yet";
pub(crate) const NO_OWNERS_LEAD: &str = "Add a site or a team first.";
pub(crate) const NO_HOURS: &str = "No business hours";
pub(crate) const NO_HOURS_LEAD: &str = "Nobody has set when this is open.";
pub(crate) const SET_HOURS: &str = "Set business hours";
pub(crate) const OPEN_NOW: &str = "Open now";
pub(crate) const CLOSED_NOW: &str = "Closed now";
pub(crate) const TIME_ZONE: &str = "Time zone";
pub(crate) const TIME_ZONE_HINT: &str = "Type a city, e.g. Vienna, and choose from the list.";
pub(crate) const WEEK: &str = "Week";
pub(crate) const CLOSED: &str = "Closed";
pub(crate) const ALL_DAY: &str = "All day";
pub(crate) const NEXT_DAY: &str = "next day";
pub(crate) const TO: &str = "to";
pub(crate) const ADD_HOURS: &str = "Add hours";
pub(crate) const COPY_OPEN: &str = "Copy…";
pub(crate) const COPY_HOURS: &str = "Copy hours";
pub(crate) const COPY_TO: &str = "Copy to";
pub(crate) const HOURS_SAVED: &str = "Business hours saved";
pub(crate) const DELETE_HOURS: &str = "Delete business hours";
pub(crate) const DELETE_HOURS_OPEN: &str = "Delete business hours…";
pub(crate) const DELETE_HOURS_TITLE: &str = "Delete these business hours?";

pub(crate) const HOLIDAYS: &str = "Holidays";
pub(crate) const HOLIDAYS_LEAD: &str = "On these days, other hours apply, or none.";
pub(crate) const NO_HOLIDAYS: &str = "No holidays";
pub(crate) const ADD_HOLIDAY: &str = "Add holiday";
pub(crate) const ADD_HOLIDAY_OPEN: &str = "Add holiday…";
pub(crate) const EDIT_HOLIDAY: &str = "Edit holiday";
pub(crate) const DELETE_HOLIDAY: &str = "Delete holiday";
pub(crate) const DELETE_HOLIDAY_TITLE: &str = "Delete this holiday?";
pub(crate) const FIRST_DAY: &str = "First day";
pub(crate) const LAST_DAY: &str = "Last day";
pub(crate) const LAST_DAY_HINT: &str = "Leave empty for one day.";
pub(crate) const EVERY_YEAR: &str = "Repeat every year";
/// What the hours of a holiday belong to, beside `Monday`.
pub(crate) const HOLIDAY: &str = "Holiday";
pub(crate) const HOLIDAY_HOURS: &str = "Hours";
pub(crate) const CLOSED_ALL_DAY: &str = "Closed all day";
pub(crate) const OTHER_HOURS: &str = "Other hours";
pub(crate) const IMPORT: &str = "Import calendar…";
pub(crate) const IMPORT_HINT: &str =
    "An iCalendar file (.ics). All-day events become holidays; those that are listed already stay.";
pub(crate) const IMPORT_TITLE: &str = "Calendar imported";
pub(crate) const FILE_TOO_LARGE: &str = "This file is larger than 256 KB. Choose a smaller one.";

pub(crate) fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        _ => "Sunday",
    }
}

/// `Site: Shop`.
pub(crate) fn site_owner(name: &str) -> String {
    format!("Site: {name}")
}
pub(crate) fn team_owner(name: &str) -> String {
    format!("Team: {name}")
}

/// `Closes at 17:00`, `Opens on Monday at 9:00`, `Opens on 28 Dec 2026 at 9:00`.
pub(crate) fn next_change(is_open: bool, day: Option<&str>, time: &str) -> String {
    let verb = if is_open { "Closes" } else { "Opens" };
    match day {
        Some(day) => format!("{verb} on {day} at {time}."),
        None => format!("{verb} at {time}."),
    }
}
/// `It is 18:05 in Europe/Vienna.`
pub(crate) fn local_time(time: &str, zone: &str) -> String {
    format!("It is {time} in {zone}.")
}
pub(crate) fn opens_label(of: &str) -> String {
    format!("{of} opens")
}
pub(crate) fn closes_label(of: &str) -> String {
    format!("{of} closes")
}
pub(crate) fn remove_label(of: &str, opens: &str) -> String {
    match opens {
        "" => format!("Remove hours on {of}"),
        opens => format!("Remove hours from {opens} on {of}"),
    }
}
pub(crate) fn add_label(of: &str) -> String {
    format!("Add hours on {of}")
}
pub(crate) fn copy_label(day: &str) -> String {
    format!("Copy hours of {day}")
}
pub(crate) fn copy_lead(day: &str) -> String {
    format!("These days get the hours of {day} instead of their own. Save afterwards.")
}
/// `Europe/Vienna, UTC+1`, `Asia/Kolkata, UTC+5:30`.
pub(crate) fn zone_label(offset_seconds: i32) -> String {
    let sign = if offset_seconds < 0 { '−' } else { '+' };
    let minutes = offset_seconds.abs() / 60;
    match minutes % 60 {
        0 => format!("UTC{sign}{}", minutes / 60),
        rest => format!("UTC{sign}{}:{rest:02}", minutes / 60),
    }
}
pub(crate) fn delete_hours_lead(owner: &str, holidays: usize) -> String {
    let hours = format!("The business hours of {owner}");
    match holidays {
        0 => format!("{hours} are deleted."),
        n => format!(
            "{hours} and {} are deleted.",
            count_of(n, "holiday", "holidays")
        ),
    }
}
pub(crate) fn delete_holiday_lead(name: &str) -> String {
    format!("The usual hours apply on {name} again.")
}
/// `24 Dec 2026`, `24 Dec 2026 – 26 Dec 2026`, with `every year`.
pub(crate) fn holiday_days(from: &str, to: Option<&str>, yearly: bool) -> String {
    let days = match to {
        Some(to) => format!("{from} – {to}"),
        None => from.to_owned(),
    };
    match yearly {
        true => format!("{days}, every year"),
        false => days,
    }
}
pub(crate) fn imported(added: u32, unchanged: u32) -> String {
    let count = |n: u32| usize::try_from(n).unwrap_or_default();
    let added = match added {
        0 => "No holidays were added.".to_owned(),
        1 => "1 holiday was added.".to_owned(),
        n => format!("{n} holidays were added."),
    };
    match unchanged {
        0 => added,
        n => format!(
            "{added} {} are over or were listed already.",
            count_of(count(n), "event", "events")
        )
        .replace("1 event are over or were", "1 event is over or was"),
    }
}
pub(crate) fn refused_events(count: usize) -> String {
    match count {
        1 => "1 event could not be imported:".to_owned(),
        n => format!("{n} events could not be imported:"),
    }
}
/// `Line 12, Meeting: It is not an all-day event.`
pub(crate) fn refused_event(line: u32, name: &str, reason: &str) -> String {
    match name {
        "" => format!("Line {line}: {reason}"),
        name => format!("Line {line}, {name}: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_change_is_a_sentence() {
        assert_eq!(next_change(true, None, "17:00"), "Closes at 17:00.");
        assert_eq!(
            next_change(false, Some("Monday"), "9:00"),
            "Opens on Monday at 9:00."
        );
    }

    #[test]
    fn an_offset_has_minutes_only_if_they_matter() {
        for (seconds, label) in [
            (0, "UTC+0"),
            (3_600, "UTC+1"),
            (20_700, "UTC+5:45"),
            (-12_600, "UTC−3:30"),
        ] {
            assert_eq!(zone_label(seconds), label);
        }
    }

    #[test]
    fn counts_agree_with_their_verbs() {
        let with = |holidays| delete_hours_lead("Shop", holidays);
        assert_eq!(with(0), "The business hours of Shop are deleted.");
        assert!(with(1).ends_with("of Shop and 1 holiday are deleted."));
        assert_eq!(imported(1, 0), "1 holiday was added.");
        assert!(imported(0, 1).ends_with("1 event is over or was listed already."));
        assert!(imported(2, 3).ends_with("3 events are over or were listed already."));
    }
}
