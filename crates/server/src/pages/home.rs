//! The start page `/`: links to the dashboard and the demo. Before the set-up it redirects to `/setup`.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use deskbell_domain::identity::accounts;
use deskbell_domain::platform::demo::{EMAIL, PASSWORD};
use leptos::prelude::*;

use crate::app::App;
use crate::error::ApiResult;
use crate::pages::layout::{Card, Document, PageAssets, render};

pub async fn home(State(app): State<App>, request: Request) -> ApiResult<Response> {
    if !accounts::is_set_up(&app.core).await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    let assets = PageAssets::of(&app);
    let has_demo = app.config.demo;
    Ok(render(
        request,
        None,
        move || view! { <Home assets=assets.clone() has_demo=has_demo /> },
    )
    .await)
}

#[component]
fn Home(assets: PageAssets, has_demo: bool) -> impl IntoView {
    view! {
        <Document title="Deskbell" assets=assets>
            <Card
                title="Deskbell"
                lead="Live chat on your own server. Visitors message you from your site, and your team replies from the dashboard."
            >
                {has_demo.then(|| view! { <DemoSignIn /> })}
                <nav class="actions" aria-label="Where to go">
                    <a class="button button-primary button-large" href="/app">"Open the dashboard"</a>
                    {has_demo.then(|| view! { <a class="button button-large" href="/demo">"Open the demo shop"</a> })}
                    <a class="button button-large" href="/api/docs">"API reference"</a>
                </nav>
            </Card>
        </Document>
    }
}

/// The sign-in of the demo workspace, which is public.
#[component]
fn DemoSignIn() -> impl IntoView {
    view! {
        <section class="demo-sign-in" aria-label="Sign-in of the demo">
            <p>"This is a demo. Write as a visitor in the demo shop, and reply as an agent in the dashboard. Sign in with:"</p>
            <dl>
                <dt>"E-mail address"</dt>
                <dd><code>{EMAIL}</code></dd>
                <dt>"Password"</dt>
                <dd><code>{PASSWORD}</code></dd>
            </dl>
        </section>
    }
}
