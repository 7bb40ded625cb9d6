//! `/demo`: the page of a small shop with the widget.

use axum::extract::{Request, State};
use axum::response::Response;
use deskbell_domain::platform::demo::SITE_KEY;
use deskbell_protocol::ErrorCode;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::pages::context::context;

pub async fn demo(State(app): State<App>, request: Request) -> ApiResult<Response> {
    if !app.config.demo {
        let message = "There is no demo here. Start Deskbell with --demo to see it.";
        return Err(ApiError::new(ErrorCode::NotFound, message));
    }
    Ok(deskbell_pages::demo(&context(&app), request, app.config.origin(), SITE_KEY).await)
}
