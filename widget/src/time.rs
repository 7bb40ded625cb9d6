//! Dates and times in the format of the visitor's browser.

use deskbell_protocol::UnixMs;
use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::text;

const DAY_MS: i64 = 86_400_000;

thread_local! {
    static CLOCK: Function = formatter(&[("timeStyle", "short")]);
    static DAY: Function = formatter(&[("weekday", "long"), ("day", "numeric"), ("month", "long")]);
}

/// The current time.
pub(crate) fn now() -> UnixMs {
    Date::now() as UnixMs
}

/// The time of day: `14:02`, or `2:02 PM` in locales that use it.
pub(crate) fn clock(at: UnixMs) -> String {
    CLOCK.with(|clock| format(clock, at))
}

/// The date: `Today`, `Yesterday`, or `Tuesday 3 November`.
pub(crate) fn day_name(at: UnixMs) -> String {
    match local_day(now()) - local_day(at) {
        0 => text::TODAY.into(),
        1 => text::YESTERDAY.into(),
        _ => DAY.with(|day| format(day, at)),
    }
}

/// The number of a time's day in the visitor's time zone.
pub(crate) fn local_day(at: UnixMs) -> i64 {
    let offset_min = date(at).get_timezone_offset() as i64;
    (at - offset_min * 60_000).div_euclid(DAY_MS)
}

fn date(at: UnixMs) -> Date {
    Date::new(&JsValue::from_f64(at as f64))
}

fn format(formatter: &Function, at: UnixMs) -> String {
    let text = formatter.call1(&JsValue::UNDEFINED, &date(at));
    text.ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

fn formatter(fields: &[(&str, &str)]) -> Function {
    let options = Object::new();
    for (name, value) in fields {
        let _ = Reflect::set(&options, &(*name).into(), &(*value).into());
    }
    Intl::DateTimeFormat::new(&Array::new(), &options).format()
}
