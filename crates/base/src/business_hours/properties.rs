//! Properties of business hours in zones with all kinds of clock changes.

use deskbell_protocol::UnixMs;
use deskbell_protocol::api::workspace::business_hours::Weekday;
use jiff::tz::AmbiguousOffset;
use proptest::prelude::*;
use proptest::sample::select;

use super::tests::{holiday, parsed, weekly};
use super::{DAY, HORIZON_DAYS, Interval, ParsedHours, day_index, parse};
use crate::time_zones::timestamp;

const MINUTE: i64 = 60_000;

/// Zones with clock changes of many kinds: at midnight, by half an hour, by two hours, by a day.
const ZONES: [&str; 14] = [
    "UTC",
    "Europe/Vienna",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kolkata",
    "America/St_Johns",
    "Africa/Casablanca",
    "America/Havana",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "Asia/Beirut",
    "America/Sao_Paulo",
    "Africa/Cairo",
];

fn intervals() -> impl Strategy<Value = Vec<Interval>> {
    // Pairs of neighbours in a sorted list do not overlap.
    proptest::collection::btree_set(0..DAY / 5, 0..7).prop_map(|edges| {
        let edges: Vec<_> = edges.into_iter().map(|edge| edge * 5).collect();
        let pairs = edges.chunks_exact(2);
        pairs
            .map(|pair| Interval {
                opens: pair[0],
                closes: pair[1],
            })
            .collect()
    })
}

fn any_hours() -> impl Strategy<Value = ParsedHours> {
    let week = proptest::array::uniform7(intervals());
    let overnight = proptest::option::of((20 * 60..DAY, 0..4 * 60_u16));
    let holidays = proptest::collection::vec(
        (2010..2030_i16, 1..13_i8, 1..29_i8, 0..20_i64, any::<bool>()),
        0..6,
    );
    (select(&ZONES[..]), week, overnight, holidays).prop_map(
        |(zone, mut week, overnight, holidays)| {
            if let Some((opens, closes)) = overnight {
                week[4].push(Interval {
                    opens,
                    closes: closes + DAY,
                });
            }
            let holidays = holidays
                .into_iter()
                .map(
                    |(year, month, day, more_days, yearly)| super::ParsedHoliday {
                        from: jiff::civil::date(year, month, day),
                        more_days: i32::try_from(more_days).unwrap_or_default(),
                        yearly,
                        hours: Vec::new(),
                    },
                );
            let mut hours = parsed(zone, &[], &[]);
            hours.week = week;
            hours.holidays = holidays.collect();
            hours
        },
    )
}

/// Whether the clock on the wall shows opening hours.
fn clock_says_open(hours: &ParsedHours, at: UnixMs) -> bool {
    let local = hours.zone.to_datetime(timestamp(at).expect("a time"));
    let minute =
        u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).expect("positive");
    let today = hours.hours_on(local.date());
    let yesterday = hours.hours_on(local.date().yesterday().expect("a day"));
    let shows = |hours: &[Interval], minute| {
        hours
            .iter()
            .any(|it| it.opens <= minute && minute < it.closes)
    };
    shows(&today, minute) || shows(&yesterday, minute + DAY)
}

/// Whether the clock shows this time twice.
fn is_repeated(hours: &ParsedHours, at: UnixMs) -> bool {
    let local = hours.zone.to_datetime(timestamp(at).expect("a time"));
    let found = hours.zone.to_ambiguous_timestamp(local);
    matches!(found.offset(), AmbiguousOffset::Fold { .. })
}

/// Times from 2007 to 2030, many of them near a clock change.
fn any_time() -> impl Strategy<Value = (UnixMs, bool, i64)> {
    (
        1_167_609_600_000..1_900_000_000_000_i64,
        any::<bool>(),
        -300..300_i64,
    )
}

/// Moves a time to the neighbourhood of the next clock change.
fn near_change(hours: &ParsedHours, (at, moves, minutes): (UnixMs, bool, i64)) -> UnixMs {
    let from = timestamp(at).expect("a time");
    let change = hours.zone.following(from).next().filter(|_| moves);
    change.map_or(at, |change| {
        change.timestamp().as_millisecond() + minutes * MINUTE
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn it_is_open_when_the_clock_says_so_and_within_repeated_times(hours in any_hours(), time in any_time()) {
        let at = near_change(&hours, time);
        let open = hours.is_open(at);
        if clock_says_open(&hours, at) {
            prop_assert!(open);
        } else {
            prop_assert!(!open || is_repeated(&hours, at));
        }
    }

    #[test]
    fn nothing_changes_before_the_next_change(hours in any_hours(), time in any_time(), fraction in 0.0..1.0_f64) {
        let at = near_change(&hours, time);
        let open = hours.is_open(at);
        let horizon = at + i64::from(HORIZON_DAYS - 2) * 24 * 60 * MINUTE;
        let next = hours.next_change(at);
        let end = next.unwrap_or(horizon);
        prop_assert!(end > at);
        if next.is_some() {
            prop_assert_ne!(hours.is_open(end), open);
            prop_assert_eq!(hours.is_open(end - 1), open);
        }
        let between = at + ((end - at) as f64 * fraction) as i64;
        prop_assert_eq!(hours.is_open(between.min(end - 1)), open);
    }

    #[test]
    fn hours_are_written_and_read_again(hours in any_hours()) {
        let read = parse(hours.time_zone(), &hours.week(), &[]);
        // Hours past midnight may overlap with those of the next day.
        prop_assume!(read.is_ok());
        let read = read.expect("it is valid");
        for day in 0..7 {
            let (mut own, read) = (hours.week[day].clone(), &read.week[day]);
            own.sort();
            prop_assert_eq!(&own, read);
        }
        prop_assert_eq!(day_index(jiff::civil::Weekday::Sunday), 6);
    }

    #[test]
    fn no_text_makes_the_check_panic(zone in ".*", opens in ".*", closes in ".*", from in ".*", to in ".*") {
        let _ = parse(&zone, &weekly(&[Weekday::Monday], &opens, &closes), &[holiday(&from, Some(&to))]);
    }
}
