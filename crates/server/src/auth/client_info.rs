//! The extractor of [`ClientInfo`]: the client's address and user agent.

use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use deskbell_base::client_info::ClientInfo;

use crate::app::App;
use crate::client_address::client_of;
use crate::config::Config;
use crate::error::ApiError;

/// The longest part of a user agent that is stored, in characters.
const USER_AGENT_CHARS: usize = 200;

/// [`ClientInfo`] as an extractor.
pub struct Client(pub ClientInfo);

impl FromRequestParts<App> for Client {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(of(parts, &app.config)))
    }
}

/// The client of a request.
pub fn of(parts: &Parts, config: &Config) -> ClientInfo {
    let agent = parts.headers.get(USER_AGENT);
    let agent = agent.map(|value| String::from_utf8_lossy(value.as_bytes()));
    let printable = |c: &char| !c.is_control();
    ClientInfo {
        ip: client_of(parts, &config.proxies).to_canonical(),
        user_agent: agent.map_or_else(String::new, |agent| {
            let printed = agent.chars().filter(printable);
            printed.take(USER_AGENT_CHARS).collect()
        }),
    }
}
