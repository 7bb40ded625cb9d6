//! Business hours of sites and teams, and their holidays.

use anyhow::Result;
use deskbell_protocol::api::platform::audit::AuditEntries;
use deskbell_protocol::api::sites::Site;
use deskbell_protocol::api::workspace::business_hours::{
    BusinessHours, BusinessHoursList, ImportedHolidays, TimeZones,
};
use deskbell_protocol::api::workspace::teams::Team;
use deskbell_protocol::{ErrorBody, ErrorCode, limits as sizes};
use deskbell_testkit::server::Database;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::api::{code, execute, fetch, request_as};
use crate::{North, on_both};

on_both!(
    hours_are_set_read_and_deleted,
    it_is_open_or_closed_and_says_what_comes_next,
    holidays_are_replaced_and_kept_when_the_hours_change,
    invalid_hours_are_refused_with_the_names_of_the_fields,
    old_names_of_time_zones_are_accepted,
    holidays_are_imported_from_a_calendar,
    files_that_are_no_calendars_or_too_large_are_refused,
    hours_end_with_their_site_or_team,
    agents_read_hours_and_admins_change_them,
    hours_of_another_workspace_do_not_exist,
    changes_of_hours_are_in_the_audit_log,
    the_server_lists_its_time_zones,
);

const HOURS: &str = "/api/v1/business-hours";

async fn send(
    north: &North,
    by: &str,
    method: Method,
    path: &str,
    body: Value,
) -> Result<Response> {
    let path = format!("{HOURS}{path}");
    let body = (!body.is_null()).then_some(body);
    request_as(&north.server, method, &path, by, body).await
}

async fn put(north: &North, path: &str, body: Value) -> Result<BusinessHours> {
    let set = send(north, &north.ada_token, Method::PUT, path, body).await?;
    anyhow::ensure!(set.status() == 200, "{}", set.text().await?);
    Ok(set.json().await?)
}

async fn get(north: &North, path: &str) -> Result<BusinessHours> {
    let path = format!("{HOURS}{path}");
    fetch(&north.server, Method::GET, &path, &north.ada_token).await
}

async fn list(north: &North, by: &str) -> Result<Vec<BusinessHours>> {
    let all: BusinessHoursList = fetch(&north.server, Method::GET, HOURS, by).await?;
    Ok(all.business_hours)
}

async fn import(north: &North, path: &str, content: String) -> Result<Response> {
    let path = format!("{HOURS}{path}/holidays/import");
    let request = north.server.request(Method::POST, &path);
    let request = request.bearer_auth(&north.ada_token);
    let request = request.header("content-type", "text/calendar");
    Ok(request.body(content).send().await?)
}

/// The paths of a site's and a team's hours.
async fn owners(north: &North, by: &str) -> Result<[String; 2]> {
    let made = async |path: &str, name: &str| {
        let body = Some(json!({ "name": name }));
        let made = request_as(&north.server, Method::POST, path, by, body).await?;
        anyhow::Ok(made.error_for_status()?)
    };
    let site: Site = made("/api/v1/sites", "Shop").await?.json().await?;
    let team: Team = made("/api/v1/teams", "Returns").await?.json().await?;
    Ok([format!("/sites/{}", site.id), format!("/teams/{}", team.id)])
}

fn workdays(opens: &str, closes: &str) -> Value {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    let hours = days.map(|day| json!({ "day": day, "opens": opens, "closes": closes }));
    json!({ "time_zone": "Europe/Vienna", "week": hours })
}

fn every_day(zone: &str) -> Value {
    let days = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let hours = days.map(|day| json!({ "day": day, "opens": "00:00", "closes": "24:00" }));
    json!({ "time_zone": zone, "week": hours })
}

fn calendar(events: &[&str]) -> String {
    let events = events.iter().map(|event| {
        let lines = event.replace('\n', "\r\n");
        format!("BEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\n")
    });
    let events: String = events.collect();
    format!("BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n")
}

async fn hours_are_set_read_and_deleted(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    assert_eq!(list(&north, &north.ada_token).await?, []);
    for path in owners(&north, &north.ada_token).await? {
        let missing = send(&north, &north.ada_token, Method::GET, &path, Value::Null).await?;
        assert_eq!(code(missing).await?, (404, ErrorCode::NotFound));
        let mut body = workdays("22:00", "02:00");
        let monday = json!({ "day": "monday", "opens": "09:00", "closes": "12:00" });
        body["week"].as_array_mut().unwrap().push(monday);
        body["holidays"] = json!([
            { "name": " Boxing Day ", "from": "2026-12-26" },
            { "name": "Christmas", "from": "2026-12-24", "to": "2026-12-25", "yearly": true,
              "hours": [{ "opens": "10:00", "closes": "12:00" }] },
        ]);
        let set = put(&north, &path, body).await?;
        assert_eq!(set.site_id.is_some(), path.starts_with("/sites"));
        assert_eq!(set.team_id.is_some(), path.starts_with("/teams"));
        assert_eq!(set.time_zone, "Europe/Vienna");
        let opens: Vec<_> = set.week.iter().map(|it| it.opens.as_str()).collect();
        assert_eq!(opens[..3], ["09:00", "22:00", "22:00"], "in order");
        let names: Vec<_> = set.holidays.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["Christmas", "Boxing Day"], "in order");
        let read = get(&north, &path).await?;
        assert_eq!((&read.week, &read.holidays), (&set.week, &set.holidays));
        assert_eq!(read.updated_at, set.updated_at);
    }
    assert_eq!(list(&north, &north.ada_token).await?.len(), 2);
    Ok(())
}

async fn it_is_open_or_closed_and_says_what_comes_next(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let [site, team] = owners(&north, &north.ada_token).await?;
    let always = put(&north, &site, every_day("Asia/Kathmandu")).await?;
    assert_eq!((always.open_now, always.next_change_at), (true, None));
    let today = &always.local_now[..10];
    let year: u32 = today[..4].parse()?;
    let rest = json!({ "name": "Moving", "from": today, "to": format!("{year}-12-31") });
    let closed = json!({ "holidays": [rest] });
    let closed = put(&north, &format!("{site}/holidays"), closed).await?;
    assert!(!closed.open_now);
    assert_eq!(
        closed.next_change_local,
        Some(format!("{}-01-01T00:00", year + 1))
    );
    assert!(closed.next_change_at.unwrap() > closed.updated_at);
    let never = put(&north, &team, json!({ "time_zone": "UTC", "week": [] })).await?;
    assert_eq!((never.open_now, never.next_change_at), (false, None));
    Ok(())
}

async fn holidays_are_replaced_and_kept_when_the_hours_change(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let [site, team] = owners(&north, &north.ada_token).await?;
    let holidays = json!({ "holidays": [{ "name": "Christmas", "from": "2026-12-24" }] });
    let path = format!("{site}/holidays");
    let early = send(
        &north,
        &north.ada_token,
        Method::PUT,
        &path,
        holidays.clone(),
    )
    .await?;
    assert_eq!(early.status(), 404, "without hours there are no holidays");
    put(&north, &site, workdays("09:00", "17:00")).await?;
    let set = put(&north, &path, holidays).await?;
    assert_eq!(set.holidays.len(), 1);
    let other = put(&north, &site, workdays("10:00", "18:00")).await?;
    assert_eq!(
        (other.week[0].opens.as_str(), other.holidays.len()),
        ("10:00", 1)
    );
    let again = put(&north, &site, workdays("10:00", "18:00")).await?;
    assert_eq!(again.updated_at, other.updated_at, "nothing has changed");
    let mut none = workdays("10:00", "18:00");
    none["holidays"] = json!([]);
    assert_eq!(put(&north, &site, none).await?.holidays, []);
    let missing = send(&north, &north.ada_token, Method::GET, &team, Value::Null).await?;
    assert_eq!(missing.status(), 404, "the team's own");
    Ok(())
}

async fn invalid_hours_are_refused_with_the_names_of_the_fields(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let [path, _] = owners(&north, &north.ada_token).await?;
    let with = |field: &str, value: Value| {
        let mut body = workdays("09:00", "17:00");
        body[field] = value;
        body
    };
    let monday =
        |opens: &str, closes: &str| json!([{ "day": "monday", "opens": opens, "closes": closes }]);
    for (body, field) in [
        (with("time_zone", json!("Vienna")), "time_zone"),
        (with("time_zone", json!("")), "time_zone"),
        (with("time_zone", json!("Factory")), "time_zone"),
        (with("week", monday("9", "17")), "week.monday"),
        (with("week", monday("09:00", "09:00")), "week.monday"),
        (with("week", monday("09:00", "25:00")), "week.monday"),
        (
            with(
                "week",
                json!([{ "day": "caturday", "opens": "09:00", "closes": "10:00" }]),
            ),
            "week",
        ),
        (
            with("holidays", json!([{ "name": "x", "from": "24.12." }])),
            "holidays.0.from",
        ),
        (
            with("holidays", json!([{ "name": "", "from": "2026-12-24" }])),
            "holidays.0.name",
        ),
        (
            with(
                "holidays",
                json!([{ "name": "x", "from": "2026-12-24", "to": "2026-12-01" }]),
            ),
            "holidays.0.to",
        ),
    ] {
        let refused = send(&north, &north.ada_token, Method::PUT, &path, body.clone()).await?;
        assert_eq!(refused.status(), 422, "{body}");
        let error: ErrorBody = refused.json().await?;
        let fields: Vec<_> = error.fields.keys().map(String::as_str).collect();
        assert_eq!(fields, [field], "{body}");
    }
    let many: Vec<_> = (0..=sizes::HOLIDAYS)
        .map(|n| json!({ "name": "x", "from": format!("2026-01-{:02}", n % 28 + 1) }))
        .collect();
    let body = with("holidays", json!(many));
    let refused = send(&north, &north.ada_token, Method::PUT, &path, body).await?;
    assert_eq!(refused.status(), 422);
    let several = json!({ "time_zone": "x", "week": monday("x", "y") });
    let refused = send(&north, &north.ada_token, Method::PUT, &path, several).await?;
    assert_eq!(refused.json::<ErrorBody>().await?.fields.len(), 2);
    assert_eq!(list(&north, &north.ada_token).await?, []);
    Ok(())
}

async fn old_names_of_time_zones_are_accepted(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let [path, _] = owners(&north, &north.ada_token).await?;
    for (sent, stored) in [
        ("Asia/Calcutta", "Asia/Calcutta"),
        ("Europe/Kiev", "Europe/Kiev"),
        ("america/new_york", "America/New_York"),
    ] {
        let set = put(&north, &path, every_day(sent)).await?;
        assert_eq!(set.time_zone, stored);
    }
    Ok(())
}

async fn holidays_are_imported_from_a_calendar(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let [path, _] = owners(&north, &north.ada_token).await?;
    let file = calendar(&[
        "SUMMARY:Christmas\nDTSTART;VALUE=DATE:20201224\nDTEND;VALUE=DATE:20201227\nRRULE:FREQ=YEARLY",
        "SUMMARY:Company party\nDTSTART;VALUE=DATE:21000312",
        "SUMMARY:Opening of the shop\nDTSTART;VALUE=DATE:20010312",
        "SUMMARY:Meeting\nDTSTART:21000312T100000Z",
    ]);
    let early = import(&north, &path, file.clone()).await?;
    assert_eq!(early.status(), 404, "there are no hours yet");
    put(&north, &path, workdays("09:00", "17:00")).await?;
    let done: ImportedHolidays = import(&north, &path, file.clone()).await?.json().await?;
    assert_eq!((done.added, done.unchanged), (2, 1));
    assert_eq!(
        (done.refused[0].name.as_str(), done.refused[0].line),
        ("Meeting", 16)
    );
    assert!(done.refused[0].reason.contains("all-day"));
    let names: Vec<_> = done
        .business_hours
        .holidays
        .iter()
        .map(|it| &*it.name)
        .collect();
    assert_eq!(names, ["Christmas", "Company party"]);
    let again: ImportedHolidays = import(&north, &path, file).await?.json().await?;
    assert_eq!((again.added, again.unchanged), (0, 3));
    assert_eq!(
        again.business_hours.updated_at,
        done.business_hours.updated_at
    );
    assert_eq!(get(&north, &path).await?.holidays.len(), 2);
    Ok(())
}

async fn files_that_are_no_calendars_or_too_large_are_refused(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let [path, _] = owners(&north, &north.ada_token).await?;
    put(&north, &path, workdays("09:00", "17:00")).await?;
    for content in [
        "",
        "hello",
        "BEGIN:VCARD\r\nEND:VCARD\r\n",
        "BEGIN:VCALENDAR\r\n",
    ] {
        let refused = import(&north, &path, content.to_owned()).await?;
        assert_eq!(refused.status(), 422);
        let error: ErrorBody = refused.json().await?;
        assert!(error.fields.contains_key("file"), "{error:?}");
    }
    let large = calendar(&["SUMMARY:x"; 12_000]);
    assert!(large.len() > sizes::ICALENDAR_BYTES);
    let refused = import(&north, &path, large).await?;
    assert_eq!(code(refused).await?, (413, ErrorCode::TooLarge));
    let days = (0..=sizes::HOLIDAYS).map(|n| format!("SUMMARY:{n}\nDTSTART;VALUE=DATE:21000312"));
    let days: Vec<_> = days.collect();
    let days: Vec<_> = days.iter().map(String::as_str).collect();
    let refused = import(&north, &path, calendar(&days)).await?;
    assert_eq!(code(refused).await?, (403, ErrorCode::LimitReached));
    assert_eq!(
        get(&north, &path).await?.holidays,
        [],
        "nothing was imported"
    );
    Ok(())
}

async fn hours_end_with_their_site_or_team(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let [site, team] = owners(&north, &north.ada_token).await?;
    for path in [&site, &team] {
        put(&north, path, workdays("09:00", "17:00")).await?;
        for status in [204, 404] {
            let deleted = send(&north, &north.ada_token, Method::DELETE, path, Value::Null).await?;
            assert_eq!(deleted.status(), status);
        }
        put(&north, path, workdays("09:00", "17:00")).await?;
        let owner = format!("/api/v1{path}");
        let deleted = request_as(
            &north.server,
            Method::DELETE,
            &owner,
            &north.ada_token,
            None,
        )
        .await?;
        assert_eq!(deleted.status(), 204);
        let gone = send(
            &north,
            &north.ada_token,
            Method::PUT,
            path,
            workdays("09:00", "17:00"),
        );
        assert_eq!(gone.await?.status(), 404);
    }
    let store = north.server.store().await?;
    let rows = store.count("SELECT COUNT(*) FROM business_hours").await?;
    assert_eq!(rows, 0);
    store.close().await;
    let [site, _] = owners(&north, &north.ada_token).await?;
    put(&north, &site, workdays("09:00", "17:00")).await?;
    // An older version deletes a site and does not know business hours.
    execute(
        &north.server,
        "UPDATE sites SET deleted_at = 1 WHERE name = 'Shop'",
    )
    .await?;
    assert_eq!(list(&north, &north.ada_token).await?, []);
    Ok(())
}

async fn agents_read_hours_and_admins_change_them(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    for path in owners(&north, &north.ada_token).await? {
        put(&north, &path, workdays("09:00", "17:00")).await?;
        let read = send(&north, &ben, Method::GET, &path, Value::Null).await?;
        assert_eq!(read.status(), 200);
        let holidays = format!("{path}/holidays");
        for (method, path, body) in [
            (Method::PUT, &path, workdays("10:00", "17:00")),
            (Method::DELETE, &path, Value::Null),
            (Method::PUT, &holidays, json!({ "holidays": [] })),
            (Method::POST, &format!("{holidays}/import"), Value::Null),
        ] {
            let refused = send(&north, &ben, method, path, body).await?;
            assert_eq!(code(refused).await?, (403, ErrorCode::Forbidden));
        }
    }
    assert_eq!(list(&north, &ben).await?.len(), 2);
    let vera = north.visitor().await?;
    let refused = send(&north, &vera.token, Method::GET, "", Value::Null).await?;
    assert_eq!(refused.status(), 401);
    Ok(())
}

async fn hours_of_another_workspace_do_not_exist(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let [site, team] = owners(&north, &north.ada_token).await?;
    for path in [&site, &team] {
        put(&north, path, workdays("09:00", "17:00")).await?;
    }
    let southern = owners(&north, &stella).await?;
    for path in [&site, &team] {
        let holidays = format!("{path}/holidays");
        for (method, path, body) in [
            (Method::GET, path, Value::Null),
            (Method::PUT, path, workdays("10:00", "17:00")),
            (Method::DELETE, path, Value::Null),
            (Method::PUT, &holidays, json!({ "holidays": [] })),
            (Method::POST, &format!("{holidays}/import"), Value::Null),
        ] {
            let refused = send(&north, &stella, method, path, body).await?;
            assert_eq!(code(refused).await?, (404, ErrorCode::NotFound));
        }
    }
    // The id of a team is not that of a site.
    let confused = site.replace("/sites/", "/teams/");
    let refused = send(
        &north,
        &north.ada_token,
        Method::GET,
        &confused,
        Value::Null,
    )
    .await?;
    assert_eq!(refused.status(), 404);
    for path in &southern {
        let set = send(&north, &stella, Method::PUT, path, every_day("UTC")).await?;
        assert_eq!(set.status(), 200);
    }
    assert_eq!(list(&north, &north.ada_token).await?.len(), 2);
    assert_eq!(list(&north, &stella).await?.len(), 2);
    assert_eq!(get(&north, &site).await?.week[0].opens, "09:00");
    Ok(())
}

async fn changes_of_hours_are_in_the_audit_log(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let [path, _] = owners(&north, &north.ada_token).await?;
    for opens in ["09:00", "10:00", "10:00"] {
        put(&north, &path, workdays(opens, "17:00")).await?;
    }
    let holidays = json!({ "holidays": [{ "name": "Christmas", "from": "2026-12-24" }] });
    put(&north, &format!("{path}/holidays"), holidays).await?;
    send(&north, &north.ada_token, Method::DELETE, &path, Value::Null).await?;
    let site = path.trim_start_matches("/sites/");
    let log = format!("/api/v1/audit?target={site}");
    let log: AuditEntries = fetch(&north.server, Method::GET, &log, &north.ada_token).await?;
    let actions: Vec<_> = log.entries.iter().rev().map(|it| &*it.action).collect();
    let changed = "business_hours.changed";
    let deleted = "business_hours.deleted";
    assert_eq!(
        actions,
        ["site.created", changed, changed, changed, deleted]
    );
    let [_, holidays, hours, ..] = &log.entries[..] else {
        anyhow::bail!("five entries");
    };
    assert_eq!(hours.details["before"]["week"][0]["opens"], "09:00");
    assert_eq!(hours.details["after"]["week"][0]["opens"], "10:00");
    let added = json!(["Christmas: 2026-12-24 to 2026-12-24"]);
    assert_eq!(holidays.details["holidays_added"], added);
    assert_eq!(holidays.target.name, "Shop");
    Ok(())
}

async fn the_server_lists_its_time_zones(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let zones = async |query: &str| {
        let path = format!("{HOURS}/time-zones{query}");
        request_as(&north.server, Method::GET, &path, &north.ada_token, None).await
    };
    let all: TimeZones = zones("").await?.json().await?;
    assert!(all.version.as_str() >= "2026f");
    assert!(all.zones.is_sorted_by(|one, other| one.name < other.name));
    let summer: TimeZones = zones("?at=1782907200000").await?.json().await?;
    let vienna = summer.zones.iter().find(|it| it.name == "Europe/Vienna");
    assert_eq!(vienna.unwrap().offset_seconds, 7_200);
    let refused = zones("?at=9000000000000000000").await?;
    assert_eq!(refused.status(), 422);
    let health = north.server.get("/healthz").await?.text().await?;
    assert_eq!(health, format!("ok\ntime zones: {}\n", all.version));
    Ok(())
}
