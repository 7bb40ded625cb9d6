//! The start page: links to the dashboard and the demo.

use axum::extract::Request;
use axum::response::Response;
use leptos::prelude::*;

use crate::layout::{Card, Document, PageAssets, PageContext, render};

/// The sign-in of the demo workspace, which is public.
#[derive(Clone, Copy)]
pub struct DemoSignIn {
    pub email: &'static str,
    pub password: &'static str,
}

/// Renders the start page; `demo` is set if this server has a demo.
pub async fn home(context: &PageContext, request: Request, demo: Option<DemoSignIn>) -> Response {
    render(context, request, None, move |assets| {
        view! { <Home assets=assets demo=demo /> }
    })
    .await
}

#[component]
fn Home(assets: PageAssets, demo: Option<DemoSignIn>) -> impl IntoView {
    view! {
        <Document title="Deskbell" assets=assets>
            <Card
                title="Deskbell"
                lead="Live chat on your own server. Visitors message you from your site, and your team replies from the dashboard."
            >
                {demo.map(|demo| view! { <SignIn demo=demo /> })}
                <nav class="actions" aria-label="Where to go">
                    <a class="button button-primary button-large" href="/app">"Open the dashboard"</a>
                    {demo.is_some().then(|| view! { <a class="button button-large" href="/demo">"Open the demo shop"</a> })}
                    <a class="button button-large" href="/api/docs">"API reference"</a>
                </nav>
            </Card>
        </Document>
    }
}

#[component]
fn SignIn(demo: DemoSignIn) -> impl IntoView {
    view! {
        <section class="demo-sign-in" aria-label="Sign-in of the demo">
            <p>"This is a demo. Write as a visitor in the demo shop, and reply as an agent in the dashboard. Sign in with:"</p>
            <dl>
                <dt>"E-mail address"</dt>
                <dd><code>{demo.email}</code></dd>
                <dt>"Password"</dt>
                <dd><code>{demo.password}</code></dd>
            </dl>
        </section>
    }
}
