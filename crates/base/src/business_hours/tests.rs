//! Examples of business hours, many of them around clock changes.

use deskbell_protocol::UnixMs;
use deskbell_protocol::api::workspace::business_hours::{
    Holiday, HolidayHours, Weekday, WeeklyHours,
};

use super::{ParsedHours, checked_holidays, parse};
use crate::time_zones::timestamp;

const WORKDAYS: [Weekday; 5] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
];

pub(super) fn weekly(days: &[Weekday], opens: &str, closes: &str) -> Vec<WeeklyHours> {
    let hours = days.iter().map(|day| WeeklyHours {
        day: *day,
        opens: opens.to_owned(),
        closes: closes.to_owned(),
    });
    hours.collect()
}

pub(super) fn holiday(from: &str, to: Option<&str>) -> Holiday {
    Holiday {
        name: "Holiday".to_owned(),
        from: from.to_owned(),
        to: to.map(str::to_owned),
        yearly: false,
        hours: Vec::new(),
    }
}

pub(super) fn parsed(zone: &str, week: &[WeeklyHours], holidays: &[Holiday]) -> ParsedHours {
    parse(zone, week, holidays).expect("valid hours")
}

/// A time of UTC, as in `2026-11-30T08:00`.
fn utc(text: &str) -> UnixMs {
    let time: jiff::Timestamp = format!("{text}:00Z").parse().expect("a time");
    time.as_millisecond()
}

/// The next changes after a time, as times of UTC.
fn changes(hours: &ParsedHours, after: &str, count: usize) -> Vec<String> {
    let mut at = utc(after);
    let mut found = Vec::new();
    while found.len() < count
        && let Some(next) = hours.next_change(at)
    {
        assert_ne!(hours.is_open(at), hours.is_open(next));
        at = next;
        let time = timestamp(next).expect("a time");
        found.push(time.strftime("%Y-%m-%dT%H:%M").to_string());
    }
    found
}

#[test]
fn a_shop_with_a_break_opens_and_closes_twice_a_day() {
    let mut week = weekly(&WORKDAYS, "09:00", "12:00");
    week.extend(weekly(&WORKDAYS, "13:00", "17:30"));
    let shop = parsed("Europe/Vienna", &week, &[]);
    let expected = [
        "2026-11-30T08:00",
        "2026-11-30T11:00",
        "2026-11-30T12:00",
        "2026-11-30T16:30",
        "2026-12-01T08:00",
    ];
    assert_eq!(changes(&shop, "2026-11-29T12:00", 5), expected);
    assert!(shop.is_open(utc("2026-11-30T10:59")));
    assert!(!shop.is_open(utc("2026-11-30T11:30")), "the break");
}

#[test]
fn hours_past_midnight_belong_to_the_day_on_which_they_begin() {
    let bar = parsed(
        "Europe/Vienna",
        &weekly(&[Weekday::Friday, Weekday::Sunday], "20:00", "03:00"),
        &[holiday("2026-12-05", None), holiday("2026-12-06", None)],
    );
    // Friday's hours end on Saturday, although that is a holiday; Sunday's do not begin.
    let expected = ["2026-12-04T19:00", "2026-12-05T02:00", "2026-12-11T19:00"];
    assert_eq!(changes(&bar, "2026-12-01T12:00", 3), expected);
}

#[test]
fn a_shop_that_never_closes_has_no_next_change() {
    let always = parsed("UTC", &weekly(&Weekday::ALL, "00:00", "24:00"), &[]);
    let never = parsed("UTC", &[], &[]);
    for at in ["2026-11-30T00:00", "2026-11-30T23:59"] {
        assert_eq!(
            (always.is_open(utc(at)), always.next_change(utc(at))),
            (true, None)
        );
        assert_eq!(
            (never.is_open(utc(at)), never.next_change(utc(at))),
            (false, None)
        );
    }
    let christmas = Holiday {
        yearly: true,
        ..holiday("2020-12-24", Some("2020-12-26"))
    };
    let mostly = parsed(
        "UTC",
        &weekly(&Weekday::ALL, "00:00", "24:00"),
        &[christmas],
    );
    let expected = ["2026-12-24T00:00", "2026-12-27T00:00", "2027-12-24T00:00"];
    assert_eq!(changes(&mostly, "2026-11-30T12:00", 3), expected);
}

#[test]
fn a_holiday_may_have_other_hours_and_a_closed_one_wins() {
    let hours = |opens: &str, closes: &str| {
        vec![HolidayHours {
            opens: opens.to_owned(),
            closes: closes.to_owned(),
        }]
    };
    let short = Holiday {
        hours: hours("10:00", "14:00"),
        ..holiday("2026-12-24", None)
    };
    let week = weekly(&Weekday::ALL, "09:00", "18:00");
    let shop = parsed("UTC", &week, std::slice::from_ref(&short));
    let expected = ["2026-12-24T10:00", "2026-12-24T14:00", "2026-12-25T09:00"];
    assert_eq!(changes(&shop, "2026-12-23T20:00", 3), expected);
    let shop = parsed("UTC", &week, &[short, holiday("2026-12-24", None)]);
    assert_eq!(changes(&shop, "2026-12-23T20:00", 1), ["2026-12-25T09:00"]);
}

#[test]
fn yearly_holidays_begin_in_their_first_year_and_may_pass_new_year() {
    let week = weekly(&Weekday::ALL, "09:00", "18:00");
    let yearly = |from: &str, to: Option<&str>| Holiday {
        yearly: true,
        ..holiday(from, to)
    };
    let shop = parsed("UTC", &week, &[yearly("2027-12-30", Some("2028-01-02"))]);
    assert!(
        shop.is_open(utc("2026-12-31T12:00")),
        "not before its first year"
    );
    for day in ["2027-12-30", "2028-01-02", "2028-12-31", "2029-01-01"] {
        assert!(!shop.is_open(utc(&format!("{day}T12:00"))), "{day}");
    }
    assert!(shop.is_open(utc("2029-01-03T12:00")));
    let leap = parsed("UTC", &week, &[yearly("2024-02-29", None)]);
    assert!(!leap.is_open(utc("2028-02-29T12:00")));
    assert!(leap.is_open(utc("2027-02-28T12:00")) && leap.is_open(utc("2027-03-01T12:00")));
}

#[test]
fn a_night_in_which_the_clock_is_set_is_shorter_or_longer() {
    let night = parsed(
        "Europe/Vienna",
        &weekly(&[Weekday::Saturday], "22:00", "06:00"),
        &[],
    );
    // 28 March 2026 to summer time: 7 hours. 24 October back: 9 hours.
    let expected = ["2026-03-28T21:00", "2026-03-29T04:00"];
    assert_eq!(changes(&night, "2026-03-28T12:00", 2), expected);
    let expected = ["2026-10-24T20:00", "2026-10-25T05:00"];
    assert_eq!(changes(&night, "2026-10-24T12:00", 2), expected);
}

#[test]
fn hours_that_begin_or_end_within_a_clock_change_are_one_period() {
    let sunday = |opens, closes| {
        parsed(
            "Europe/Vienna",
            &weekly(&[Weekday::Sunday], opens, closes),
            &[],
        )
    };
    // 02:00 to 03:00 does not exist on 29 March: the clock jumps at 01:00 UTC.
    let expected = ["2026-03-29T01:00", "2026-03-29T02:00"];
    assert_eq!(
        changes(&sunday("02:30", "04:00"), "2026-03-28T12:00", 2),
        expected
    );
    let expected = ["2026-03-29T00:00", "2026-03-29T01:00"];
    assert_eq!(
        changes(&sunday("01:00", "02:30"), "2026-03-28T12:00", 2),
        expected
    );
    let expected = ["2026-04-05T00:10"];
    assert_eq!(
        changes(&sunday("02:10", "02:50"), "2026-03-28T12:00", 1),
        expected,
        "no hours on that day"
    );
    // 02:00 to 03:00 exists twice on 25 October: from 00:00 to 02:00 UTC.
    let expected = ["2026-10-25T00:30", "2026-10-25T02:30"];
    assert_eq!(
        changes(&sunday("02:30", "03:30"), "2026-10-24T12:00", 2),
        expected
    );
    let expected = ["2026-10-24T23:00", "2026-10-25T01:30"];
    assert_eq!(
        changes(&sunday("01:00", "02:30"), "2026-10-24T12:00", 2),
        expected
    );
    let expected = ["2026-10-24T23:00", "2026-10-25T00:00"];
    assert_eq!(
        changes(&sunday("01:00", "02:00"), "2026-10-24T12:00", 2),
        expected,
        "before them"
    );
}

#[test]
fn lord_howe_sets_its_clock_by_half_an_hour() {
    let sunday = |opens, closes| {
        parsed(
            "Australia/Lord_Howe",
            &weekly(&[Weekday::Sunday], opens, closes),
            &[],
        )
    };
    // On 4 October 2026 02:00 becomes 02:30 at 15:30 UTC; on 5 April 02:00 becomes 01:30 at 15:00 UTC.
    let expected = ["2026-10-03T15:30", "2026-10-03T16:00"];
    assert_eq!(
        changes(&sunday("02:10", "03:00"), "2026-10-03T00:00", 2),
        expected
    );
    let expected = ["2026-04-04T14:40", "2026-04-04T15:20"];
    assert_eq!(
        changes(&sunday("01:40", "01:50"), "2026-04-04T00:00", 2),
        expected
    );
}

#[test]
fn a_day_that_a_country_skipped_has_no_hours() {
    let shop = parsed(
        "Pacific/Apia",
        &weekly(&Weekday::ALL, "09:00", "17:00"),
        &[],
    );
    // Samoa went from Thursday 29 to Saturday 31 December 2011, 10:00 UTC.
    let expected = ["2011-12-29T19:00", "2011-12-30T03:00", "2011-12-30T19:00"];
    assert_eq!(changes(&shop, "2011-12-29T12:00", 3), expected);
}

#[test]
fn an_edmonton_shop_is_open_by_the_rules_of_2026() {
    let shop = parsed(
        "America/Edmonton",
        &weekly(&WORKDAYS, "09:00", "17:00"),
        &[],
    );
    assert!(
        shop.is_open(utc("2026-12-01T15:00")),
        "09:00, an hour earlier than by older rules"
    );
}

#[test]
fn wrong_hours_and_holidays_are_refused_with_their_fields() {
    let fields = |week: &[WeeklyHours], holidays: &[Holiday]| {
        let error = parse("Europe/Vienna", week, holidays).expect_err("an error");
        error.body.fields.into_keys().collect::<Vec<_>>()
    };
    let monday = |opens: &str, closes: &str| weekly(&[Weekday::Monday], opens, closes);
    for (opens, closes) in [
        ("9:00", "17:00"),
        ("09:00", "24:01"),
        ("24:00", "24:00"),
        ("09:00", "09:00"),
        ("09:60", "17:00"),
        ("", ""),
        ("09", "17"),
        ("+9:00", "17:00"),
        ("00:00", "00:00"),
        ("٠٩:00", "17:00"),
    ] {
        assert_eq!(
            fields(&monday(opens, closes), &[]),
            ["week.monday"],
            "{opens} {closes}"
        );
    }
    let overlapping = [monday("09:00", "12:00"), monday("11:59", "13:00")].concat();
    assert_eq!(fields(&overlapping, &[]), ["week.monday"]);
    let overnight = [
        monday("22:00", "03:00"),
        weekly(&[Weekday::Tuesday], "02:00", "05:00"),
    ]
    .concat();
    assert_eq!(fields(&overnight, &[]), ["week.monday"]);
    let next_week = [
        weekly(&[Weekday::Sunday], "22:00", "03:00"),
        monday("02:00", "05:00"),
    ]
    .concat();
    assert_eq!(fields(&next_week, &[]), ["week.sunday"]);
    let touching = [
        monday("00:00", "12:00"),
        monday("12:00", "24:00"),
        weekly(&[Weekday::Sunday], "22:00", "24:00"),
    ]
    .concat();
    assert!(parse("UTC", &touching, &[]).is_ok());
    let many: Vec<_> = (0..11)
        .flat_map(|n| monday(&format!("{n:02}:00"), &format!("{n:02}:30")))
        .collect();
    assert_eq!(fields(&many, &[]), ["week.monday"]);
    let unknown: Weekday = serde_json::from_str("\"caturday\"").expect("a word");
    assert_eq!(fields(&weekly(&[unknown], "09:00", "10:00"), &[]), ["week"]);

    for (from, to, field) in [
        ("2026-13-01", None, "from"),
        ("2026-02-29", None, "from"),
        ("24.12.2026", None, "from"),
        ("2026-12-24T00:00", None, "from"),
        ("1969-12-31", None, "from"),
        ("2026-12-24", Some("2026-12-23"), "to"),
        ("2026-12-24", Some("2027-12-25"), "to"),
        ("2026-12-24", Some("x"), "to"),
    ] {
        assert_eq!(
            fields(&[], &[holiday(from, to)]),
            [format!("holidays.0.{field}")],
            "{from} {to:?}"
        );
    }
    let unnamed = Holiday {
        name: " ".to_owned(),
        ..holiday("2026-12-24", None)
    };
    assert_eq!(
        fields(&[], &[holiday("2026-12-24", None), unnamed]),
        ["holidays.1.name"]
    );
    assert_eq!(
        fields(&[], &vec![holiday("2026-12-24", None); 401]),
        ["holidays"]
    );
    let error = parse("Vienna", &monday("x", "y"), &[holiday("", None)]).expect_err("three errors");
    assert_eq!(error.body.fields.len(), 3);
}

#[test]
fn holidays_are_returned_in_their_usual_form_and_order() {
    let sent = [
        holiday(" 2026-12-26", None),
        holiday("2026-12-24 ", Some(" 2026-12-24 ")),
    ];
    let checked = checked_holidays(&sent).expect("they are valid");
    assert_eq!(
        checked,
        [holiday("2026-12-24", None), holiday("2026-12-26", None)]
    );
}
