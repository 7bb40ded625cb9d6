//! Tests of iCalendar files.

use deskbell_protocol::api::workspace::business_hours::Holiday;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::{Calendar, read};
use crate::business_hours::checked_holidays;

const TODAY: Date = date(2026, 11, 30);

/// A file with these events.
fn file(events: &[&str]) -> String {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\n".to_owned();
    for event in events {
        text += "BEGIN:VEVENT\r\n";
        for line in event.lines() {
            text += &format!("{}\r\n", line.trim_start_matches('|'));
        }
        text += "END:VEVENT\r\n";
    }
    text + "END:VCALENDAR\r\n"
}

fn calendar(events: &[&str]) -> Calendar {
    read(file(events).as_bytes(), TODAY).expect("a calendar")
}

fn one(event: &str) -> Vec<(String, Option<String>, bool)> {
    let found = calendar(&[event]);
    assert_eq!(found.refused, []);
    let parts = |it: Holiday| (it.from, it.to, it.yearly);
    found.holidays.into_iter().map(parts).collect()
}

fn days(event: &str) -> Vec<String> {
    one(event).into_iter().map(|(from, ..)| from).collect()
}

fn refusal(event: &str) -> String {
    let found = calendar(&[event]);
    assert_eq!((found.holidays.len(), found.past), (0, 0));
    found.refused[0].reason.clone()
}

#[test]
fn all_day_events_become_holidays() {
    let christmas = "UID:1\nDTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nSUMMARY:Christmas\\, and more";
    let found = calendar(&[christmas, "DTSTART:20270101\nSUMMARY:New\n| Year"]);
    assert_eq!((found.past, found.refused.len()), (0, 0));
    let names: Vec<_> = found.holidays.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(
        names,
        ["Christmas, and more", "NewYear"],
        "escapes and folded lines"
    );
    assert_eq!(
        found.holidays[0].to.as_deref(),
        Some("2026-12-26"),
        "the end is the day after"
    );
    assert_eq!(
        (found.holidays[1].from.as_str(), &found.holidays[1].to),
        ("2027-01-01", &None)
    );
    checked_holidays(&found.holidays).expect("they are valid");
}

#[test]
fn lengths_are_read_from_ends_and_durations() {
    for (length, to) in [
        ("", None),
        ("DTEND:20261224", None),
        ("DTEND;VALUE=DATE:20261226", Some("2026-12-25")),
        ("DURATION:P1D", None),
        ("DURATION:P3D", Some("2026-12-26")),
        ("DURATION:P2W", Some("2027-01-06")),
    ] {
        let found = one(&format!("DTSTART;VALUE=DATE:20261224\n{length}"));
        let expected = ("2026-12-24".to_owned(), to.map(str::to_owned), false);
        assert_eq!(found, [expected], "{length}");
    }
}

#[test]
fn a_plain_yearly_rule_becomes_a_yearly_holiday() {
    for rule in [
        "FREQ=YEARLY",
        "freq=yearly;INTERVAL=1;WKST=MO",
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25",
    ] {
        let found = one(&format!("DTSTART;VALUE=DATE:20101225\nRRULE:{rule}"));
        assert_eq!(found, [("2010-12-25".to_owned(), None, true)], "{rule}");
    }
}

#[test]
fn other_yearly_rules_become_days_of_the_next_years() {
    let with = |start: &str, rule: &str| {
        days(&format!(
            "DTSTART;VALUE=DATE:{start}\nRRULE:FREQ=YEARLY;{rule}"
        ))
    };
    // Thanksgiving, Memorial Day in both notations, an election day, the last day of February.
    let thanksgiving = with("20001123", "BYMONTH=11;BYDAY=4TH");
    assert_eq!(
        thanksgiving,
        [
            "2027-11-25",
            "2028-11-23",
            "2029-11-22",
            "2030-11-28",
            "2031-11-27"
        ]
    );
    let memorial = [
        "2027-05-31",
        "2028-05-29",
        "2029-05-28",
        "2030-05-27",
        "2031-05-26",
    ];
    assert_eq!(with("20000529", "BYMONTH=5;BYDAY=-1MO"), memorial);
    assert_eq!(with("20000529", "BYMONTH=5;BYDAY=MO;BYSETPOS=-1"), memorial);
    let election = with(
        "19961105",
        "INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
    );
    assert_eq!(election, ["2028-11-07"]);
    let leap = with("20240229", "BYMONTH=2;BYMONTHDAY=-1");
    assert_eq!(
        leap,
        [
            "2027-02-28",
            "2028-02-29",
            "2029-02-28",
            "2030-02-28",
            "2031-02-28"
        ]
    );
    assert_eq!(with("20261224", "COUNT=2"), ["2026-12-24", "2027-12-24"]);
    assert_eq!(
        with("20241224", "COUNT=3"),
        ["2026-12-24"],
        "counted from the first one"
    );
    assert_eq!(
        with("20261224", "UNTIL=20281223"),
        ["2026-12-24", "2027-12-24"]
    );
    assert_eq!(
        with("20261224", "UNTIL=20281224T120000Z;INTERVAL=2"),
        ["2026-12-24", "2028-12-24"]
    );
}

#[test]
fn dates_are_added_and_excepted() {
    let found =
        days("DTSTART;VALUE=DATE:20261224\nRDATE;VALUE=DATE:20270105,20270107\nRDATE:20270106");
    assert_eq!(
        found,
        ["2026-12-24", "2027-01-05", "2027-01-06", "2027-01-07"]
    );
    let found =
        days("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20271224,20281224");
    assert_eq!(
        found,
        ["2026-12-24", "2029-12-24", "2030-12-24", "2031-12-24"]
    );
}

#[test]
fn days_that_are_over_and_cancelled_events_add_nothing() {
    let found = calendar(&[
        "DTSTART;VALUE=DATE:20261129",
        "DTSTART;VALUE=DATE:20261128\nDTEND;VALUE=DATE:20261201\nSUMMARY:Until today",
        "DTSTART;VALUE=DATE:20271224\nSTATUS:CANCELLED",
        "DTSTART;VALUE=DATE:20161224\nRRULE:FREQ=YEARLY;COUNT=3",
    ]);
    assert_eq!(
        (found.past, found.holidays.len(), found.refused.len()),
        (3, 1, 0)
    );
}

#[test]
fn what_is_no_holiday_is_refused_with_its_reason_and_line() {
    for (event, reason) in [
        ("SUMMARY:Nothing", "no start date"),
        ("DTSTART:20261224T100000Z", "not an all-day event"),
        (
            "DTSTART;TZID=Europe/Vienna:20261224T000000\nDTEND;TZID=Europe/Vienna:20261225T000000",
            "not an all-day event",
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nDTEND:20261225T100000Z",
            "not an all-day event",
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nDURATION:PT8H",
            "not an all-day event",
        ),
        ("DTSTART;VALUE=DATE:20261324", "not valid"),
        ("DTSTART;VALUE=DATE:00000000", "not valid"),
        (
            "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261220",
            "not valid",
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20281224",
            "longer than 366 days",
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=WEEKLY",
            "not yearly",
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=YEARLY;BYWEEKNO=20",
            "cannot be imported",
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=YEARLY;BYDAY=20MO",
            "not valid",
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=YEARLY;BYDAY=1MO",
            "cannot be imported",
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=YEARLY;BYDAY=ä;BYMONTH=1",
            "not valid",
        ),
        (
            "DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=YEARLY;INTERVAL=0",
            "not valid",
        ),
        ("DTSTART;VALUE=DATE:20261224\nRRULE:nothing", "not valid"),
        ("DTSTART;VALUE=DATE:20261224\nRRULE:COUNT=3", "not valid"),
        (
            "DTSTART;VALUE=DATE:20261224\nRECURRENCE-ID;VALUE=DATE:20261224",
            "repeated event",
        ),
    ] {
        let found = refusal(event);
        assert!(found.contains(reason), "{event}: {found}");
    }
    let found = calendar(&["DTSTART;VALUE=DATE:20261224\nSUMMARY:Good", "SUMMARY:Bad"]);
    assert_eq!(found.holidays.len(), 1);
    assert_eq!(
        (found.refused[0].line, found.refused[0].name.as_str()),
        (8, "Bad")
    );
}

#[test]
fn alarms_and_other_components_are_passed_over() {
    let text = file(&[
        "DTSTART;VALUE=DATE:20261224\nBEGIN:VALARM\nSUMMARY:Alarm\nDTSTART:1\nEND:VALARM\nSUMMARY:Christmas",
    ]);
    let zone = "BEGIN:VTIMEZONE\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    let text = text.replacen("BEGIN:VEVENT", &format!("{zone}BEGIN:VEVENT"), 1);
    let found = read(format!("\u{feff}{text}").as_bytes(), TODAY).expect("a calendar");
    assert_eq!(found.holidays[0].name, "Christmas");
    assert_eq!(found.refused, []);
}

#[test]
fn lines_may_end_with_a_line_feed_alone() {
    let text = file(&["DTSTART;VALUE=DATE:20261224"]).replace("\r\n", "\n");
    let found = read(text.as_bytes(), TODAY).expect("a calendar");
    assert_eq!(found.holidays[0].name, "Holiday", "an event without a name");
}

#[test]
fn names_are_cut_and_show_no_invisible_characters() {
    let long = format!(
        "DTSTART;VALUE=DATE:20261224\nSUMMARY:\u{202e}{}",
        "x".repeat(300)
    );
    let found = calendar(&[&long]);
    assert_eq!(found.holidays[0].name, "x".repeat(200));
    let blank = calendar(&["DTSTART;VALUE=DATE:20261224\nSUMMARY:\u{200b}\\n "]);
    assert_eq!(blank.holidays[0].name, "Holiday");
}

#[test]
fn other_files_are_refused() {
    let many = file(&["DTSTART:20261224"; 2_001]);
    let month: Vec<_> = (1..=28).map(|day| day.to_string()).collect();
    let repeated = format!(
        "DTSTART:20261224\nRRULE:FREQ=YEARLY;BYMONTHDAY={}",
        month.join(",")
    );
    let often = file(&[repeated.as_str(); 3]);
    assert!(read(often.as_bytes(), TODAY).is_ok_and(|found| found.refused.len() == 3));
    let some = file(&["DTSTART:20261224\nRRULE:FREQ=YEARLY;BYMONTHDAY=1,2,3"; 20]);
    let deep = "BEGIN:VCALENDAR\r\n".repeat(20);
    for content in [
        &b""[..],
        b"hello",
        b"\xff\xfe",
        b"BEGIN:VCARD\r\nEND:VCARD\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\n",
        many.as_bytes(),
        some.as_bytes(),
        deep.as_bytes(),
    ] {
        let error = read(content, TODAY).expect_err("no calendar");
        assert!(error.body.fields.contains_key("file"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_file_is_read_or_refused(lines in proptest::collection::vec(prop_oneof![
        Just("BEGIN:VCALENDAR".to_owned()), Just("END:VCALENDAR".to_owned()),
        Just("BEGIN:VEVENT".to_owned()), Just("END:VEVENT".to_owned()),
        "(DTSTART|DTEND|EXDATE|RDATE)(;VALUE=DATE)?:[0-9]{6,9}(T[0-9]{6}Z)?",
        "RRULE:FREQ=YEARLY(;(BYMONTH|BYMONTHDAY|BYSETPOS|COUNT|INTERVAL)=-?[0-9]{1,4}(,-?[0-9]{1,2})?){0,3}(;BYDAY=-?[0-9]?(MO|TH|x))?",
        "DURATION:P[0-9]{1,6}[DWH]", "SUMMARY:.*", ".*",
    ], 0..20)) {
        let text = lines.join("\r\n");
        for text in [text.clone(), format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{text}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")] {
            if let Ok(found) = read(text.as_bytes(), TODAY) {
                // What is read can be stored, except that there may be too many.
                let some = &found.holidays[..found.holidays.len().min(400)];
                prop_assert!(checked_holidays(some).is_ok(), "{:?}", some);
            }
        }
    }
}
