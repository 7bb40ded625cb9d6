//! The set-up page: the first run in a browser, as a plain form.

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use deskbell_protocol::ErrorBody;
use deskbell_protocol::api::identity::setup::SetupDone;
use leptos::prelude::*;
use serde::Deserialize;

use crate::layout::{AlertIcon, Card, Document, PageAssets, PageContext, Snippet, render};

/// The form as a browser sends it.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct SetupForm {
    pub name: String,
    pub email: String,
    pub password: String,
    pub workspace: String,
    pub site: String,
    pub origins: String,
}

/// Renders the form with these values, and the error of the last attempt.
pub async fn setup_form(
    context: &PageContext,
    request: Request,
    form: SetupForm,
    error: Option<ErrorBody>,
) -> Response {
    let page = move |assets| {
        view! { <SetupPage assets=assets form=form.clone() error=error.clone() /> }
    };
    let mut response = render(context, request, None, page).await;
    // The page may contain the password, so that an error in another field does not clear it.
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Renders the page after the set-up, with the snippet of the first site.
pub async fn setup_done(context: &PageContext, done: SetupDone) -> Response {
    render(context, Request::default(), None, move |assets| {
        view! { <Done assets=assets done=done.clone() /> }
    })
    .await
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
                        hint="Where the chat works, e.g. https://shop.example. Separate several with commas."
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
