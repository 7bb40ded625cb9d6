//! The start page `/`: links to the dashboard and the demo. Before the set-up it redirects there.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use deskbell_domain::identity::accounts;
use deskbell_domain::platform::demo::{EMAIL, PASSWORD};
use leptos::prelude::*;

use crate::app::App;
use crate::error::ApiResult;
use crate::pages::layout::{BellMark, Document, render, style};

pub async fn home(State(app): State<App>, request: Request) -> ApiResult<Response> {
    if !accounts::is_set_up(&app.core).await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    let style = style(&app);
    let has_demo = app.config.demo;
    Ok(render(
        request,
        None,
        move || view! { <Home style=style.clone() has_demo=has_demo /> },
    )
    .await)
}

#[component]
fn Home(style: String, has_demo: bool) -> impl IntoView {
    view! {
        <Document title="Deskbell" style=style>
            <main class="sheet">
                <header class="brand">
                    <BellMark />
                    <h1>"Deskbell"</h1>
                </header>
                <p class="lead">"Live chat for customer support, on your own machine."</p>
                <p>"Visitors message you from your site. Your team replies from the dashboard."</p>
                {has_demo.then(|| view! { <DemoSignIn /> })}
                <nav class="actions" aria-label="Where to go">
                    <a class="button primary" href="/app">"Open the dashboard"</a>
                    {has_demo.then(|| view! { <a class="button" href="/demo">"Open the demo shop"</a> })}
                    <a class="button" href="/api/docs">"API reference"</a>
                </nav>
            </main>
        </Document>
    }
}

/// The sign-in of the demo workspace, which is public.
#[component]
fn DemoSignIn() -> impl IntoView {
    view! {
        <p>
            "This is a demo. Write as a visitor in the demo shop, and reply as an agent in the dashboard. Sign in as "
            <code>{EMAIL}</code> " with the password " <code>{PASSWORD}</code> "."
        </p>
    }
}
