//! `/demo`: the page of a small shop with the widget.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use deskbell_domain::platform::demo::SITE_KEY;
use leptos::prelude::*;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::pages::layout::{Document, PageAssets, render};

const GOODS: [(&str, &str, &str); 3] = [
    (
        "The Concierge",
        "Polished brass on walnut. One clear note.",
        "€ 48",
    ),
    (
        "The Night Porter",
        "Blackened steel, for people who sleep nearby.",
        "€ 56",
    ),
    ("The Pocket Page", "As loud as it is small.", "€ 19"),
];

pub async fn demo(State(app): State<App>, request: Request) -> ApiResult<Response> {
    if !app.config.demo {
        let message = "There is no demo here. Start Deskbell with --demo to see it.";
        return Err(ApiError::new(
            deskbell_protocol::ErrorCode::NotFound,
            message,
        ));
    }
    let origin = app.config.origin();
    let script = format!("{origin}/deskbell.js");
    let assets = PageAssets::of(&app);
    let page = move || view! { <Demo assets=assets.clone() script=script.clone() /> };
    Ok(render(request, Some(origin), page).await.into_response())
}

#[component]
fn Demo(assets: PageAssets, script: String) -> impl IntoView {
    let goods = GOODS.map(|(name, words, price)| {
        view! {
            <li class="ware">
                <h2>{name}</h2>
                <p>{words}</p>
                <p class="price">{price}</p>
            </li>
        }
    });
    view! {
        <Document title="Bell & Daughters, a demo shop" assets=assets>
            <header class="shop-head">
                <p class="shop-name">"Bell & Daughters"</p>
                <p>"Desk bells since 1887. This shop is a demo: ask it something."</p>
            </header>
            <main class="shop">
                <h1>"Made to be heard"</h1>
                <ul class="wares">{goods.into_iter().collect_view()}</ul>
            </main>
            <script src=script data-site=SITE_KEY></script>
        </Document>
    }
}
