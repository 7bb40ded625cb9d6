//! The start page `/`. Before the set-up it redirects to `/setup`.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use deskbell_domain::identity::accounts;
use deskbell_domain::platform::demo::{EMAIL, PASSWORD};
use deskbell_pages::DemoSignIn;

use crate::app::App;
use crate::error::ApiResult;
use crate::pages::context::context;

pub async fn home(State(app): State<App>, request: Request) -> ApiResult<Response> {
    if !accounts::is_set_up(&app.core).await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    let demo = app.config.demo.then_some(DemoSignIn {
        email: EMAIL,
        password: PASSWORD,
    });
    Ok(deskbell_pages::home(&context(&app), request, demo).await)
}
