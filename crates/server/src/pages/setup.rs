//! The set-up page `/setup`: the first run in a browser, as a plain form.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Request, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use deskbell_domain::error::AppError;
use deskbell_domain::identity::accounts;
use deskbell_protocol::ErrorBody;
use deskbell_protocol::api::identity::setup::{Setup, SetupDone};
use leptos::prelude::*;
use serde::Deserialize;

use crate::app::App;
use crate::auth::client_info::Client;
use crate::auth::same_origin::is_under_own_name;
use crate::client_address::FromAddress;
use crate::error::{ApiError, ApiResult};
use crate::pages::layout::{AlertIcon, Card, Document, PageAssets, Snippet, render};
use crate::routes::identity::auth::set_cookies;

/// The form as a browser sends it.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct SetupForm {
    name: String,
    email: String,
    password: String,
    workspace: String,
    site: String,
    origins: String,
}

pub async fn setup_form(State(app): State<App>, request: Request) -> ApiResult<Response> {
    if accounts::is_set_up(&app.core).await? {
        return Ok(Redirect::to("/app").into_response());
    }
    Ok(form_page(&app, request, SetupForm::default(), None).await)
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
    let request = Request::default();
    match accounts::set_up(&app.core, body, &origin).await {
        Ok((done, pair)) => {
            let jar = set_cookies(&app, jar, &done.me, pair);
            let assets = PageAssets::of(&app);
            let page = move || view! { <Done assets=assets.clone() done=done.clone() /> };
            let page = render(request, None, page).await;
            Ok((jar, page).into_response())
        }
        Err(mut error) => {
            error.log();
            if let Some(message) = error.body.fields.get_mut("allowed_origins") {
                *message = as_entered(message, &form.origins);
            }
            let page = form_page(&app, request, form, Some(error.body)).await;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn form_page(
    app: &App,
    request: Request,
    form: SetupForm,
    error: Option<ErrorBody>,
) -> Response {
    let assets = PageAssets::of(app);
    let page =
        move || view! { <SetupPage assets=assets.clone() form=form.clone() error=error.clone() /> };
    let mut response = render(request, None, page).await;
    // The page may contain the password, so that an error in another field does not clear it.
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
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

#[component]
fn SetupPage(assets: PageAssets, form: SetupForm, error: Option<ErrorBody>) -> impl IntoView {
    let general = error
        .as_ref()
        .filter(|error| error.fields.is_empty())
        .map(|error| error.message.clone());
    let mut fields = error.map(|error| error.fields).unwrap_or_default();
    let mut problem = move |name: &str| fields.remove(name);
    let [name, email, password, workspace, site, origins] = [
        "name",
        "email",
        "password",
        "workspace",
        "site",
        "allowed_origins",
    ]
    .map(&mut problem);
    // The focus goes to the first field with an error.
    let errors = [&name, &email, &password, &workspace, &site, &origins];
    let first = errors.iter().position(|error| error.is_some()).unwrap_or(0);
    // The error of a password repeats the rule of the hint.
    let password_hint = match &password {
        None => "At least 8 characters, with upper- and lowercase letters and a number.",
        Some(_) => "",
    };
    // A valid password is kept when another field is refused.
    let kept_password = match password {
        None => form.password,
        Some(_) => String::new(),
    };
    view! {
        <Document title="Set up Deskbell" assets=assets>
            <Card title="Set up Deskbell" lead="Create your account and add your website.">
                <form method="post" action="/setup">
                    {general.map(|message| view! {
                        <div class="banner banner-danger" role="alert"><AlertIcon /> <span>{message}</span></div>
                    })}
                    <Field name="name" label="Your name" value=form.name error=name autocomplete="name"
                        autofocus={first == 0} />
                    <Field name="email" label="E-mail address" kind="email" value=form.email error=email
                        autocomplete="username" autofocus={first == 1} />
                    <Field name="password" label="Password" kind="password" value=kept_password error=password
                        hint=password_hint
                        autocomplete="new-password" autofocus={first == 2} />
                    <Field name="workspace" label="Workspace" value=form.workspace error=workspace
                        hint="Your company or team." autofocus={first == 3} />
                    <Field name="site" label="Website name" value=form.site error=site
                        hint="Shown at the top of the chat." autofocus={first == 4} />
                    <Field name="origins" label="Website address" value=form.origins
                        error=origins
                        hint="Where the chat may appear, e.g. https://shop.example. Separate several with commas."
                        autofocus={first == 5} />
                    <button class="button button-primary button-large" type="submit">"Set up"</button>
                </form>
            </Card>
        </Document>
    }
}

#[component]
fn Field(
    name: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = String::new())] value: String,
    error: Option<String>,
    #[prop(default = "")] hint: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    autofocus: bool,
) -> impl IntoView {
    let note = format!("{name}-note");
    let described_by = (error.is_some() || !hint.is_empty()).then(|| note.clone());
    let invalid = if error.is_some() { "true" } else { "false" };
    let error = error.map(|error| {
        view! { <p class="field-error"><AlertIcon /> <span>{error}</span></p> }
    });
    let hint = (!hint.is_empty()).then(|| view! { <p class="field-hint">{hint}</p> });
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input id=name name=name type=kind value=value required autocomplete=autocomplete aria-invalid=invalid autofocus=autofocus
                aria-describedby=described_by.clone() />
            {described_by.is_some().then(|| view! { <div class="field-note" id=note>{error}{hint}</div> })}
        </div>
    }
}

#[component]
fn Done(assets: PageAssets, done: SetupDone) -> impl IntoView {
    let lead = format!(
        "{} is set up. Add this snippet to the pages of {}, then send yourself a test message.",
        done.me.workspace.name, done.site.name
    );
    view! {
        <Document title="Deskbell is ready" assets=assets can_copy=true>
            <Card title="You're set up" lead=lead is_wide=true>
                <div class="entry-body">
                    <Snippet id="snippet" label="The snippet" copy="Copy snippet" is_main=true text=done.site.snippet />
                    <nav class="actions" aria-label="Where to go">
                        <a class="button button-large" href="/app">"Open the dashboard"</a>
                    </nav>
                </div>
            </Card>
        </Document>
    }
}
