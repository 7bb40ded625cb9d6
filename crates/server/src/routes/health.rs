//! `/healthz`: the process runs. `/readyz`: and can do its work.

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;

pub async fn healthz() -> &'static str {
    "ok"
}

pub async fn readyz(State(app): State<App>) -> (StatusCode, &'static str) {
    if *app.stopping.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    match app.store.ping().await {
        Ok(()) if app.hub.is_carried() == Some(false) => (
            StatusCode::OK,
            "ok, but NATS is away: other nodes are not heard",
        ),
        Ok(()) => (StatusCode::OK, "ok"),
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "the database does not answer");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer",
            )
        }
    }
}
