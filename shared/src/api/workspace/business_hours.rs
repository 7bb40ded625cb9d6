//! `/api/v1/business-hours`: when a site or a team is open, and its holidays.
//!
//! Times of day are local times of the time zone, as in `09:00`; days are local days, as in
//! `2026-12-24`. Whether it is open is decided by the server: browsers often have an older time zone
//! database.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::{SiteId, TeamId};
use crate::word::words;

/// `GET /api/v1/business-hours`: `200`, the business hours of all sites and teams that have some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BusinessHoursList {
    /// All entries.
    pub business_hours: Vec<BusinessHours>,
}

/// The business hours of a site or a team. `GET /api/v1/business-hours/sites/{id}` and
/// `…/teams/{id}`: `200`; `404` if it has none. `DELETE` of the same path, an admin: `204`; it has no
/// business hours any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BusinessHours {
    /// The site, if they are a site's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_id: Option<SiteId>,
    /// The team, if they are a team's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// The name of the time zone in the IANA database, as in `Europe/Vienna`.
    pub time_zone: String,
    /// The hours of a usual week, in order; several on a day leave breaks between them.
    pub week: Vec<WeeklyHours>,
    /// The holidays, in order of their first day.
    pub holidays: Vec<Holiday>,
    /// Whether it is open now.
    pub open_now: bool,
    /// The local time now, as in `2026-12-24T09:30`.
    pub local_now: String,
    /// When it opens or closes next; absent if it does neither within the next 400 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_change_at: Option<UnixMs>,
    /// The same as a local time, as in `2026-12-28T09:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_change_local: Option<String>,
    /// When they were last changed.
    pub updated_at: UnixMs,
}

/// Hours of one weekday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WeeklyHours {
    /// The day on which they begin.
    pub day: Weekday,
    /// `00:00` to `23:59`.
    #[cfg_attr(feature = "openapi", schema(example = "09:00"))]
    pub opens: String,
    /// `00:01` to `24:00`. A time that is not after `opens` is on the next day.
    #[cfg_attr(feature = "openapi", schema(example = "17:00"))]
    pub closes: String,
}

words! {
    /// A day of the week.
    Weekday {
        /// Monday.
        Monday = "monday",
        /// Tuesday.
        Tuesday = "tuesday",
        /// Wednesday.
        Wednesday = "wednesday",
        /// Thursday.
        Thursday = "thursday",
        /// Friday.
        Friday = "friday",
        /// Saturday.
        Saturday = "saturday",
        /// Sunday.
        Sunday = "sunday",
    }
}

/// A holiday: days on which the hours of the week do not apply. Hours that begin on the day before and
/// pass midnight end as usual. If several holidays are on one day, a closed one wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Holiday {
    /// 1 to 200 characters.
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub name: String,
    /// The first day, as in `2026-12-24`.
    #[cfg_attr(feature = "openapi", schema(example = "2026-12-24"))]
    pub from: String,
    /// The last day; absent: it is one day. At most 366 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Whether it is repeated in every later year on the same days. One that begins on 29 February is
    /// then in leap years only.
    #[serde(default, skip_serializing_if = "crate::is_default")]
    pub yearly: bool,
    /// The hours of each of these days; without any it is closed. At most 10.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 10))]
    pub hours: Vec<HolidayHours>,
}

/// Hours of a holiday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HolidayHours {
    /// `00:00` to `23:59`.
    #[cfg_attr(feature = "openapi", schema(example = "10:00"))]
    pub opens: String,
    /// `00:01` to `24:00`. A time that is not after `opens` is on the next day.
    #[cfg_attr(feature = "openapi", schema(example = "14:00"))]
    pub closes: String,
}

/// `PUT /api/v1/business-hours/sites/{id}` and `…/teams/{id}`, an admin: `200` [`BusinessHours`]. Errors
/// of hours are in the fields `week.monday` to `week.sunday`, those of holidays in `holidays.0` and so on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetBusinessHours {
    /// A name of the IANA database, in any case, old ones included: `Europe/Kyiv` or `Europe/Kiev`.
    #[cfg_attr(feature = "openapi", schema(example = "Europe/Vienna"))]
    pub time_zone: String,
    /// At most 10 on a day, which do not overlap; without any it is always closed.
    #[cfg_attr(feature = "openapi", schema(max_items = 70))]
    pub week: Vec<WeeklyHours>,
    /// All holidays, at most 400; absent: they stay as they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 400))]
    pub holidays: Option<Vec<Holiday>>,
}

/// `PUT /api/v1/business-hours/sites/{id}/holidays` and `…/teams/{id}/holidays`, an admin: `200`
/// [`BusinessHours`]. `404` if it has no business hours yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetHolidays {
    /// All holidays, at most 400; they replace the earlier ones.
    #[cfg_attr(feature = "openapi", schema(max_items = 400))]
    pub holidays: Vec<Holiday>,
}

/// `POST /api/v1/business-hours/sites/{id}/holidays/import` and `…/teams/{id}/holidays/import`, an
/// admin: `200`. The body is an iCalendar file of at most 256 KB. Its all-day events become closed
/// holidays; events that repeat by a yearly rule become holidays of this year and the five next ones, or
/// yearly ones if the rule has no other part. `404` if it has no business hours yet, `422` if the body is
/// no such file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportedHolidays {
    /// How many holidays were added.
    pub added: u32,
    /// How many events added nothing, because their days are over or their holidays were there before.
    pub unchanged: u32,
    /// The events that could not be imported.
    pub refused: Vec<RefusedEvent>,
    /// The business hours with the holidays.
    pub business_hours: BusinessHours,
}

/// An event of an iCalendar file that could not be imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusedEvent {
    /// The line on which it begins, from 1.
    pub line: u32,
    /// Its name; empty if it has none.
    pub name: String,
    /// The reason, for people.
    pub reason: String,
}

/// `GET /api/v1/business-hours/time-zones?at=`: `200`, the time zones that the server knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimeZones {
    /// The version of the time zone database, as in `2026f`.
    pub version: String,
    /// The zones in the order of their names, old names included.
    pub zones: Vec<ZoneOffset>,
}

/// A time zone and its offset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ZoneOffset {
    /// As in `Europe/Vienna`.
    pub name: String,
    /// Seconds that local time is ahead of UTC.
    pub offset_seconds: i32,
}

/// The time of [`TimeZones`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct ListTimeZones {
    /// The time of the offsets; absent: now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<UnixMs>,
}

impl Weekday {
    /// All days, beginning with Monday.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];
}
