//! Times as the visitor's browser writes them.

use deskbell_protocol::UnixMs;
use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

const DAY_MS: i64 = 86_400_000;

thread_local! {
    static CLOCK: Function = formatter(&[("hour", "numeric"), ("minute", "2-digit")]);
    static DAY: Function = formatter(&[("weekday", "long"), ("day", "numeric"), ("month", "long")]);
}

/// Now.
pub(crate) fn now() -> UnixMs {
    Date::now() as UnixMs
}

/// `14:02`, or `2:02 PM` where people write it so.
pub(crate) fn clock(at: UnixMs) -> String {
    CLOCK.with(|clock| format(clock, at))
}

/// `Today`, `Yesterday`, or `Tuesday 3 November`.
pub(crate) fn day_name(at: UnixMs) -> String {
    match local_day(now()) - local_day(at) {
        0 => "Today".into(),
        1 => "Yesterday".into(),
        _ => DAY.with(|day| format(day, at)),
    }
}

/// Counts days by the visitor's clock: two times are of one day if their numbers are equal.
pub(crate) fn local_day(at: UnixMs) -> i64 {
    let offset_min = date(at).get_timezone_offset() as i64;
    (at - offset_min * 60_000).div_euclid(DAY_MS)
}

fn date(at: UnixMs) -> Date {
    Date::new(&JsValue::from_f64(at as f64))
}

fn format(formatter: &Function, at: UnixMs) -> String {
    let words = formatter.call1(&JsValue::UNDEFINED, &date(at));
    words
        .ok()
        .and_then(|words| words.as_string())
        .unwrap_or_default()
}

fn formatter(fields: &[(&str, &str)]) -> Function {
    let options = Object::new();
    for (name, value) in fields {
        let _ = Reflect::set(&options, &(*name).into(), &(*value).into());
    }
    Intl::DateTimeFormat::new(&Array::new(), &options).format()
}
