//! Health checks: `/healthz` (the process runs) and `/readyz` (the server can serve requests).

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use deskbell_base::{clock, time_zones};
use tokio::time::timeout;

use crate::app::App;

/// The timeout of the database in a readiness check. Monitors give up soon, and the database's own
/// timeouts are longer.
const READY_TIMEOUT: Duration = Duration::from_secs(4);
const NO_DATABASE: &str = "the database does not answer, or refuses writes";

/// Liveness check: the process runs. The second line is the version of its time zone database.
#[utoipa::path(get, path = "/healthz", tag = "ops", responses((status = 200, body = String)), security(()))]
pub async fn healthz() -> String {
    format!("ok\ntime zones: {}\n", time_zones::version())
}

/// Readiness check: the server can serve requests.
#[utoipa::path(
    get, path = "/readyz", tag = "ops",
    responses((status = 200, body = String), (status = 503, body = String, description = "The database does not answer or refuses writes, a background task has failed and is not restarted yet, or the server is stopping")),
    security(())
)]
pub async fn readyz(State(app): State<App>) -> (StatusCode, &'static str) {
    if *app.stopping.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    if !app.supervisor.are_complete() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "a background task has failed and is not restarted yet",
        );
    }
    let pinged = match timeout(READY_TIMEOUT, app.core.db.check_writable(clock::now())).await {
        Ok(pinged) => pinged,
        Err(_) => {
            tracing::warn!(timeout = ?READY_TIMEOUT, "{NO_DATABASE}");
            return (StatusCode::SERVICE_UNAVAILABLE, NO_DATABASE);
        }
    };
    match pinged {
        Ok(()) if app.hub.is_cluster_connected() == Some(false) => (
            StatusCode::OK,
            "ok, but NATS is away: other nodes cannot be reached",
        ),
        Ok(()) => (StatusCode::OK, "ok"),
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "{NO_DATABASE}");
            (StatusCode::SERVICE_UNAVAILABLE, NO_DATABASE)
        }
    }
}
