//! The demo: the page of a small shop with the widget.

use axum::extract::Request;
use axum::response::Response;
use leptos::prelude::*;

use crate::layout::{Document, PageAssets, PageContext, render};

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

/// Renders the shop, whose widget belongs to the site with this key. `origin` is the server's.
pub async fn demo(
    context: &PageContext,
    request: Request,
    origin: String,
    site_key: &'static str,
) -> Response {
    let script = format!("{origin}/deskbell.js");
    render(context, request, Some(origin), move |assets| {
        view! { <Demo assets=assets script=script.clone() site_key=site_key /> }
    })
    .await
}

#[component]
fn Demo(assets: PageAssets, script: String, site_key: &'static str) -> impl IntoView {
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
            <script src=script data-site=site_key></script>
        </Document>
    }
}
