//! `/healthz`: the process runs. `/readyz`: and can do its work.

use axum::extract::State;
use axum::http::StatusCode;
use deskbell_domain::clock;

use crate::app::App;

/// The process runs.
#[utoipa::path(get, path = "/healthz", tag = "ops", responses((status = 200, body = String)), security(()))]
pub async fn healthz() -> &'static str {
    "ok"
}

/// And can do its work.
#[utoipa::path(
    get, path = "/readyz", tag = "ops",
    responses((status = 200, body = String), (status = 503, body = String, description = "The database does not answer or refuses writes, a worker has failed and is not begun again yet, or the server is stopping")),
    security(())
)]
pub async fn readyz(State(app): State<App>) -> (StatusCode, &'static str) {
    if *app.stopping.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    if !app.supervisor.are_complete() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "a worker has failed and is not begun again yet",
        );
    }
    match app.core.db.check_writable(clock::now()).await {
        Ok(()) if app.hub.is_carried() == Some(false) => (
            StatusCode::OK,
            "ok, but NATS is away: other nodes are not heard",
        ),
        Ok(()) => (StatusCode::OK, "ok"),
        Err(error) => {
            tracing::warn!(
                error = format!("{error:#}"),
                "the database does not answer, or refuses writes"
            );
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer, or refuses writes",
            )
        }
    }
}
