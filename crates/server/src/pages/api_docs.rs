//! `/api/docs`: the documentation of the HTTP API. It is rendered once per process.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use deskbell_base::error::AppError;

use crate::app::App;
use crate::error::ApiResult;
use crate::pages::context::assets;
use crate::web::cached_body::CachedBody;

pub async fn api_docs(State(app): State<App>, headers: HeaderMap) -> ApiResult<Response> {
    if let Some(page) = app.api_docs.get() {
        return Ok(page.answer(&headers));
    }
    let page = deskbell_pages::api_docs((app.openapi)(), app.config.origin(), assets(&app));
    let page = page.map_err(AppError::internal)?;
    let page = CachedBody::new("text/html; charset=utf-8", page);
    Ok(app.api_docs.get_or_init(|| page).answer(&headers))
}
