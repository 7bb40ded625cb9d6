//! The browser's locale: its time zone, and `Intl` for clocks, dates and names of languages.

use js_sys::{Array, Date, Intl, Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::format::Locale;

/// Formatters of the browser, made once: creating one costs more than using it a hundred times.
struct Formats {
    clock: Intl::DateTimeFormat,
    weekday: Intl::DateTimeFormat,
    date: Intl::DateTimeFormat,
    date_with_year: Intl::DateTimeFormat,
}

thread_local! {
    static FORMATS: Formats = Formats {
        clock: format(&[("timeStyle", "short")]),
        weekday: format(&[("weekday", "long")]),
        date: format(&[("day", "numeric"), ("month", "short")]),
        date_with_year: format(&[("day", "numeric"), ("month", "short"), ("year", "numeric")]),
    };
}

#[wasm_bindgen]
extern "C" {
    /// `Intl.DisplayNames`, which js-sys does not have.
    #[wasm_bindgen(js_namespace = Intl)]
    type DisplayNames;

    #[wasm_bindgen(constructor, js_namespace = Intl, catch)]
    fn new(locales: &Array, options: &Object) -> Result<DisplayNames, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn of(this: &DisplayNames, code: &str) -> Result<String, JsValue>;
}

thread_local! {
    static LANGUAGES: Option<DisplayNames> = {
        let options = Object::new();
        let _ = Reflect::set(&options, &"type".into(), &"language".into());
        DisplayNames::new(&Array::new(), &options).ok()
    };
}

/// The locale of this browser.
#[derive(Clone, Copy)]
pub(crate) struct BrowserLocale;

impl Locale for BrowserLocale {
    fn local_ms(&self, at: i64) -> i64 {
        let minutes = date(at).get_timezone_offset();
        at - (minutes * 60_000.0) as i64
    }

    fn clock(&self, at: i64) -> String {
        FORMATS.with(|formats| write(&formats.clock, at))
    }

    fn weekday(&self, at: i64) -> String {
        FORMATS.with(|formats| write(&formats.weekday, at))
    }

    fn date(&self, at: i64, with_year: bool) -> String {
        FORMATS.with(|formats| match with_year {
            true => write(&formats.date_with_year, at),
            false => write(&formats.date, at),
        })
    }
}

/// The name of a language in this browser's language, as in `Brazilian Portuguese`; the tag itself if
/// the browser does not know it.
pub(crate) fn language_name(tag: &str) -> String {
    LANGUAGES.with(|names| {
        let name = names.as_ref().and_then(|names| names.of(tag).ok());
        name.unwrap_or_else(|| tag.to_owned())
    })
}

fn date(at: i64) -> Date {
    Date::new(&(at as f64).into())
}

/// A formatter of the browser's own language: an empty list of locales means that one.
pub(super) fn format(parts: &[(&str, &str)]) -> Intl::DateTimeFormat {
    let options = Object::new();
    for (name, style) in parts {
        // Setting a property of a plain object cannot fail.
        let _ = Reflect::set(&options, &(*name).into(), &(*style).into());
    }
    Intl::DateTimeFormat::new(&Array::new(), &options)
}

/// A time as a formatter writes it.
pub(super) fn write(format: &Intl::DateTimeFormat, at: i64) -> String {
    let text = format.format().call1(&JsValue::UNDEFINED, &date(at));
    text.ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}
