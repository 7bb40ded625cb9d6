//! The two cookies that keep a browser signed in. Scripts see neither.

use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::auth::token::{ACCESS_MS, REFRESH_MS};
use crate::config::Config;

pub const ACCESS: &str = "deskbell_access";
pub const REFRESH: &str = "deskbell_refresh";
/// The refresh token goes only where it is used.
const REFRESH_PATH: &str = "/api/v1/auth";

/// Sets both cookies.
pub fn sign_in(jar: CookieJar, config: &Config, access: String, refresh: String) -> CookieJar {
    jar.add(cookie(
        config,
        ACCESS,
        access,
        "/",
        SameSite::Lax,
        ACCESS_MS,
    ))
    .add(cookie(
        config,
        REFRESH,
        refresh,
        REFRESH_PATH,
        SameSite::Strict,
        REFRESH_MS,
    ))
}

/// Removes both cookies.
pub fn sign_out(jar: CookieJar, config: &Config) -> CookieJar {
    jar.add(cookie(config, ACCESS, String::new(), "/", SameSite::Lax, 0))
        .add(cookie(
            config,
            REFRESH,
            String::new(),
            REFRESH_PATH,
            SameSite::Strict,
            0,
        ))
}

fn cookie(
    config: &Config,
    name: &'static str,
    value: String,
    path: &'static str,
    same_site: SameSite,
    max_age_ms: i64,
) -> Cookie<'static> {
    let mut cookie = Cookie::new(name, value);
    cookie.set_path(path);
    cookie.set_http_only(true);
    cookie.set_same_site(same_site);
    cookie.set_secure(config.is_secure());
    cookie.set_max_age(Some(time::Duration::milliseconds(max_age_ms)));
    cookie
}
