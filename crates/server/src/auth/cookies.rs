//! The cookies of a session, and the device cookie of a known browser. They are HttpOnly.
//!
//! Any other host under the same domain can set a cookie for our host and so make a browser act in
//! a foreign session. Behind https the cookies therefore have the `__Host-` prefix: browsers accept
//! such a name from this host only. Without https, two cookies of the same name are both ignored.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use deskbell_base::secrets::token::{ACCESS_MS, DEVICE_MS, REFRESH_MS};

use crate::config::Config;

pub const ACCESS: &str = "deskbell_access";
pub const REFRESH: &str = "deskbell_refresh";
/// The device cookie: a user has signed in with this browser before.
pub const DEVICE: &str = "deskbell_device";
/// The prefix of cookies that browsers accept from the host itself only; it requires the path `/`.
const HOST_ONLY: &str = "__Host-";
/// The path of the refresh cookie without the prefix: it is sent only where it is used.
const AUTH_PATH: &str = "/api/v1/auth";

/// Sets the cookies of a session.
pub fn sign_in(jar: CookieJar, config: &Config, access: String, refresh: String) -> CookieJar {
    renew_access_cookie(jar, config, access).add(auth_cookie(config, REFRESH, refresh, REFRESH_MS))
}

/// Renews the access cookie; the refresh cookie stays.
pub fn renew_access_cookie(jar: CookieJar, config: &Config, access: String) -> CookieJar {
    jar.add(access_cookie(config, access, ACCESS_MS))
}

/// Sets the device cookie.
pub fn remember(jar: CookieJar, config: &Config, device: String) -> CookieJar {
    jar.add(auth_cookie(config, DEVICE, device, DEVICE_MS))
}

/// Removes the cookies of a session. The device cookie stays.
pub fn sign_out(jar: CookieJar, config: &Config) -> CookieJar {
    jar.add(access_cookie(config, String::new(), 0))
        .add(auth_cookie(config, REFRESH, String::new(), 0))
}

/// The value of one of our cookies.
pub fn read(headers: &HeaderMap, config: &Config, name: &str) -> Option<String> {
    let name = full_name(config, name);
    let lines = headers.get_all(COOKIE).into_iter();
    let pairs = lines.filter_map(|line| line.to_str().ok());
    let pairs = pairs.flat_map(|line| line.split(';'));
    let mut values = pairs.filter_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    });
    let value = values.next()?;
    values.all(|other| other == value).then(|| value.to_owned())
}

fn full_name(config: &Config, name: &str) -> String {
    let prefix = if config.is_secure() { HOST_ONLY } else { "" };
    format!("{prefix}{name}")
}

fn access_cookie(config: &Config, value: String, max_age_ms: i64) -> Cookie<'static> {
    cookie(config, ACCESS, value, "/", SameSite::Lax, max_age_ms)
}

fn auth_cookie(
    config: &Config,
    name: &'static str,
    value: String,
    max_age_ms: i64,
) -> Cookie<'static> {
    let path = if config.is_secure() { "/" } else { AUTH_PATH };
    cookie(config, name, value, path, SameSite::Strict, max_age_ms)
}

fn cookie(
    config: &Config,
    name: &str,
    value: String,
    path: &'static str,
    same_site: SameSite,
    max_age_ms: i64,
) -> Cookie<'static> {
    let mut cookie = Cookie::new(full_name(config, name), value);
    cookie.set_path(path);
    cookie.set_http_only(true);
    cookie.set_same_site(same_site);
    cookie.set_secure(config.is_secure());
    cookie.set_max_age(Some(time::Duration::milliseconds(max_age_ms)));
    cookie
}
