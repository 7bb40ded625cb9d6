//! The set-up page `/setup`: the first run in a browser, as a plain form.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use deskbell_base::error::AppError;
use deskbell_domain::identity::accounts;
use deskbell_pages::SetupForm;
use deskbell_protocol::api::identity::setup::Setup;

use crate::app::App;
use crate::auth::client_info::Client;
use crate::auth::same_origin::is_under_own_name;
use crate::client_address::FromAddress;
use crate::error::{ApiError, ApiResult};
use crate::pages::context::context;
use crate::routes::identity::auth::set_cookies;

pub async fn setup_form(State(app): State<App>, request: Request) -> ApiResult<Response> {
    if accounts::is_set_up(&app.core).await? {
        return Ok(Redirect::to("/app").into_response());
    }
    let form = SetupForm::default();
    Ok(deskbell_pages::setup_form(&context(&app), request, form, None).await)
}

pub async fn setup_submit(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    Client(origin): Client,
    headers: HeaderMap,
    jar: CookieJar,
    form: Result<Form<SetupForm>, FormRejection>,
) -> ApiResult<Response> {
    if !is_under_own_name(&app.config, &headers) {
        let message = "Set Deskbell up from its own page, at the address that public_url names.";
        return Err(ApiError::new(
            deskbell_protocol::ErrorCode::Forbidden,
            message,
        ));
    }
    let Form(form) = form.map_err(|refused| {
        let message = format!("The form is invalid: {}", refused.body_text());
        AppError::new(deskbell_protocol::ErrorCode::BadRequest, message)
    })?;
    app.core.limits.credential_attempt(from)?;
    let origins = addresses(&form.origins).map(with_scheme);
    let body = Setup {
        name: form.name.clone(),
        email: form.email.clone(),
        password: form.password.clone(),
        workspace: form.workspace.clone(),
        site: form.site.clone(),
        allowed_origins: origins.collect(),
    };
    match accounts::set_up(&app.core, body, &origin).await {
        Ok((done, pair)) => {
            let jar = set_cookies(&app, jar, &done.me, pair);
            let page = deskbell_pages::setup_done(&context(&app), done).await;
            Ok((jar, page).into_response())
        }
        Err(mut error) => {
            error.log();
            if let Some(message) = error.body.fields.get_mut("allowed_origins") {
                *message = as_entered(message, &form.origins);
            }
            let (context, request) = (context(&app), Request::default());
            let page = deskbell_pages::setup_form(&context, request, form, Some(error.body)).await;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// The addresses in a field, separated by commas or spaces.
fn addresses(field: &str) -> impl Iterator<Item = &str> {
    let all = field.split([',', '\n', ' ']).map(str::trim);
    all.filter(|address| !address.is_empty())
}

/// An error about an address, which quotes the address as it was entered.
fn as_entered(message: &str, field: &str) -> String {
    addresses(field).fold(message.to_owned(), |message, entered| {
        message.replace(
            &format!("\"{}\"", with_scheme(entered)),
            &format!("\"{entered}\""),
        )
    })
}

/// The address with its scheme: without one it means HTTPS, on this machine HTTP.
fn with_scheme(address: &str) -> String {
    let is_local = address == "localhost" || address.starts_with("localhost:");
    match address {
        full if full.contains("://") => full.to_owned(),
        local if is_local => format!("http://{local}"),
        host => format!("https://{host}"),
    }
}
