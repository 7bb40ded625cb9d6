//! What we ask of the browser beside the page itself. All of it may be refused, none of it matters
//! enough to fail for.

use leptos::prelude::window;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The browser's clock, in Unix milliseconds.
pub(crate) fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// `at` moved by the browser's time zone, so that dividing it by days gives local days.
pub(crate) fn local_ms(at: i64) -> i64 {
    let minutes = js_sys::Date::new(&(at as f64).into()).get_timezone_offset();
    at - (minutes * 60_000.0) as i64
}

/// What was kept under `key`, if it is still understood.
pub(crate) fn load<T: DeserializeOwned>(key: &str) -> Option<T> {
    let storage = window().local_storage().ok()??;
    serde_json::from_str(&storage.get_item(key).ok()??).ok()
}

/// Keeps `value` for the next visit.
pub(crate) fn save<T: Serialize>(key: &str, value: &T) {
    if let (Ok(Some(storage)), Ok(text)) = (window().local_storage(), serde_json::to_string(value))
    {
        let _ = storage.set_item(key, &text);
    }
}
