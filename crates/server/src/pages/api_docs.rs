//! `/api/docs`: the documentation of the HTTP API, generated from its description.
//!
//! It needs no script, so the page needs no nonce: it has the common policy. It is generated once
//! per process.

mod document;
mod example;
mod operation;
mod prose;
mod schema;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use deskbell_domain::error::AppError;
use leptos::prelude::*;

use crate::app::App;
use crate::error::ApiResult;
use crate::pages::layout::{BellMark, Document as Sheet, style};
use crate::web::cached_body::CachedBody;
use document::Document;
use operation::{Book, operation, signature};
use prose::Targets;
use schema::schemas;

pub async fn api_docs(State(app): State<App>, headers: HeaderMap) -> ApiResult<Response> {
    if let Some(page) = app.api_docs.get() {
        return Ok(page.answer(&headers));
    }
    let page = write(&app)?;
    Ok(app.api_docs.get_or_init(|| page).answer(&headers))
}

fn write(app: &App) -> ApiResult<CachedBody> {
    let text = (app.openapi)();
    let document: Document = serde_json::from_str(text).map_err(AppError::internal)?;
    let book = Book {
        targets: Targets::of(&document),
        document,
        origin: app.config.origin(),
    };
    let style = style(app);
    let page = Owner::new().with(|| page(&book, style).to_html());
    Ok(CachedBody::new("text/html; charset=utf-8", page))
}

fn page(book: &Book, style: String) -> AnyView {
    let sections = book.document.tags.iter().map(|tag| {
        let operations = book.document.tagged(&tag.name);
        let operations = operations.map(|(path, method, it)| operation(book, method, path, it));
        let (id, name) = (format!("tag-{}", tag.name), tag.name.clone());
        view! {
            <section id=id>
                <h2>{name}</h2>
                <p class="lead">{book.targets.prose(&tag.description)}</p>
                {operations.collect_view()}
            </section>
        }
    });
    let sections = sections.collect_view().into_any();
    let (contents, opening) = (contents(&book.document), opening(book));
    let schemas = schemas(&book.document, &book.targets);
    view! {
        <Sheet title="The Deskbell API" style=style>
            <a class="skip" href="#start">"Skip the contents"</a>
            <div class="api-docs">
                <header class="brand">
                    <BellMark />
                    <h1>"The Deskbell API"</h1>
                </header>
                {contents}
                <main id="start">
                    {opening}
                    {sections}
                    <section id="schemas">
                        <h2>"schemas"</h2>
                        <p class="lead">"What goes over the wire, by name."</p>
                        {schemas}
                    </section>
                </main>
            </div>
        </Sheet>
    }
    .into_any()
}

fn contents(document: &Document) -> AnyView {
    let tags = document.tags.iter().map(|tag| {
        let operations: Vec<_> = document
            .tagged(&tag.name)
            .map(|(path, method, operation)| {
                let target = format!("#{}", operation.operation_id);
                let path = path.strip_prefix("/api/v1").unwrap_or(path);
                view! { <li><a href=target>{signature(method, path)}</a></li> }
            })
            .collect();
        let (target, name) = (format!("#tag-{}", tag.name), tag.name.clone());
        view! {
            <details>
                <summary>{tag.name.clone()} " " <span class="count">{operations.len()}</span></summary>
                <ul>
                    <li><a href=target>{format!("About {name}")}</a></li>
                    {operations}
                </ul>
            </details>
        }
    });
    let names = document.components.schemas.keys().map(|name| {
        let (target, name) = (format!("#{}", prose::schema_anchor(name)), name.clone());
        view! { <li><a href=target>{name}</a></li> }
    });
    let count = document.components.schemas.len();
    view! {
        <nav class="contents" aria-label="Contents">
            <ul>
                <li><a href="#sign-in">"Sign in"</a></li>
                <li><a href="#refusals">"Errors"</a></li>
                <li><a href="#limits">"Limits"</a></li>
                <li><a href="#live">"Live"</a></li>
            </ul>
            {tags.collect_view()}
            <details>
                <summary>"schemas " <span class="count">{count}</span></summary>
                <ul>
                    <li><a href="#schemas">"About schemas"</a></li>
                    {names.collect_view()}
                </ul>
            </details>
        </nav>
    }
    .into_any()
}

/// The introduction for developers.
fn opening(book: &Book) -> AnyView {
    let Book {
        document,
        targets,
        origin,
    } = book;
    let prose = |text: &str| targets.prose(text);
    let sign_in = format!(
        "curl -c cookies.txt '{origin}/api/v1/auth/sign-in' \\\n  -H 'content-type: application/json' \\\n  -d '{{\"email\":\"EMAIL\",\"password\":\"PASSWORD\"}}'"
    );
    let make = format!(
        "curl -b cookies.txt '{origin}/api/v1/tokens' \\\n  -H 'x-deskbell: 1' -H 'content-type: application/json' \\\n  -d '{{\"name\":\"Reports\",\"scopes\":[\"conversations:read\"]}}'"
    );
    let call = format!(
        "export DESKBELL_TOKEN='…'\ncurl '{origin}/api/v1/conversations' \\\n  -H \"authorization: Bearer $DESKBELL_TOKEN\""
    );
    let refused = "{\n  \"code\": \"invalid\",\n  \"message\": \"Enter a name (2 to 50 characters).\",\n  \"fields\": { \"name\": \"Enter a name (2 to 50 characters).\" }\n}";
    let socket = origin.replacen("http", "ws", 1) + "/api/v1/socket";
    view! {
        <p class="lead">{prose(&document.info.description)}</p>
        <p>
            {format!("Version {}. For programs: ", document.info.version)}
            <a href="/api/v1/openapi.json">"openapi.json"</a>
            ", OpenAPI 3.1."
        </p>
        <section id="sign-in">
            <h2>"Sign in"</h2>
            <p>{prose("A program sends a token: `Authorization: Bearer …`. It acts as the member who made it, within its scopes (`TokenScope`), in one workspace. An admin signs in and makes one; its secret is shown this once:")}</p>
            <pre class="snippet"><code>{sign_in}</code></pre>
            <pre class="snippet"><code>{make}</code></pre>
            <p>"From then on:"</p>
            <pre class="snippet"><code>{call}</code></pre>
            <p>{prose("A browser that has signed in sends a cookie; a request that writes with it also needs the header `x-deskbell: 1` and our own origin. What concerns one's account, tokens and the platform is for people who are signed in: no token reaches it.")}</p>
        </section>
        <section id="refusals">
            <h2>"Errors"</h2>
            <p>{prose("Every refusal is an `ErrorBody`. `code` is for programs (`ErrorCode` says of each whether a retry helps), `message` for people, `fields` says by name what is wrong with what was sent.")}</p>
            <pre class="snippet"><code>{refused}</code></pre>
            <p>{prose("What is not yours does not exist for you: `404`, not `403`.")}</p>
        </section>
        <section id="limits">
            <h2>"Limits"</h2>
            <p>{prose("Requests are limited by address. Who asks too much is answered `429` with `retry_after_ms`, and the header `retry-after` in seconds; wait that long. Lists come in pages: pass on `next_cursor` as `cursor` until there is none.")}</p>
        </section>
        <section id="live">
            <h2>"Live"</h2>
            <p>{prose("Messages are written and followed on a socket, with the same token. A client sends `ClientFrame`, the server `ServerFrame`; where no WebSocket comes through, the same frames go over `POST /api/v1/poll`. The protocol is described in `docs/protocol.md` of the source.")}</p>
            <pre class="snippet"><code>{socket}</code></pre>
        </section>
    }
    .into_any()
}
