//! `/api/docs`: the documentation of the HTTP API, generated from its description.
//!
//! It has no inline script, so the page needs no nonce: it has the common policy.

mod document;
mod example;
mod operation;
mod prose;
mod schema;

use leptos::prelude::*;

use crate::layout::{BellMark, Document as Sheet, PageAssets, Snippet};
use document::Document;
use operation::{Book, operation, signature};
use prose::Targets;
use schema::schemas;

/// Renders the documentation of `description`, an OpenAPI document. `origin` is the server's, for
/// examples.
pub fn api_docs(
    description: &str,
    origin: String,
    assets: PageAssets,
) -> Result<String, serde_json::Error> {
    let document: Document = serde_json::from_str(description)?;
    let book = Book {
        targets: Targets::of(&document),
        document,
        origin,
    };
    Ok(Owner::new().with(|| page(&book, assets).to_html()))
}

fn page(book: &Book, assets: PageAssets) -> AnyView {
    let sections = book.document.tags.iter().map(|tag| {
        let operations = book.document.tagged(&tag.name);
        let operations = operations.map(|(path, method, it)| operation(book, method, path, it));
        let (id, name) = (format!("tag-{}", tag.name), title(&tag.name));
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
        <Sheet title="The Deskbell API" assets=assets can_copy=true has_contents=true>
            <a class="skip" href="#start">"Skip the contents"</a>
            <header class="api-head">
                <BellMark />
                <h1>"The Deskbell API"</h1>
                <a class="button" href="/app">"Open the dashboard"</a>
            </header>
            <div class="api-docs">
                {contents}
                <main id="start">
                    {opening}
                    {sections}
                    <section id="schemas">
                        <h2>"Schemas"</h2>
                        <p class="lead">"The types of all request and response bodies, in alphabetical order."</p>
                        {schemas}
                    </section>
                </main>
            </div>
        </Sheet>
    }
    .into_any()
}

/// The name of a tag as a heading.
fn title(tag: &str) -> String {
    let name = match tag {
        "auth" => "Sign-in",
        "account" => "Your account",
        "audit" => "Audit log",
        "setup" => "Set-up",
        "operator" => "Platform operators",
        "ops" => "Health",
        other => {
            let mut chars = other.chars();
            let first = chars.next().into_iter().flat_map(char::to_uppercase);
            return first.chain(chars).collect();
        }
    };
    name.to_owned()
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
        let (target, name) = (format!("#tag-{}", tag.name), title(&tag.name));
        view! {
            <details>
                <summary>{name.clone()} " " <span class="count">{operations.len()}</span></summary>
                <ul>
                    <li><a href=target>{format!("{name}: overview")}</a></li>
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
                <li><a href="#sign-in">"Authentication"</a></li>
                <li><a href="#refusals">"Errors"</a></li>
                <li><a href="#limits">"Limits"</a></li>
                <li><a href="#live">"Live messages"</a></li>
            </ul>
            {tags.collect_view()}
            <details>
                <summary>"Schemas " <span class="count">{count}</span></summary>
                <ul>
                    <li><a href="#schemas">"Schemas: overview"</a></li>
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
            {format!("Version {}. This page as an OpenAPI 3.1 document: ", document.info.version)}
            <a href="/api/v1/openapi.json">"openapi.json"</a>
        </p>
        <section id="sign-in">
            <h2>"Authentication"</h2>
            <p>{prose("A program sends a token in the header `Authorization: Bearer …`. A token belongs to one workspace and one member. It allows what that member may do, limited to the scopes of the token (`TokenScope`).")}</p>
            <p>"1. Sign in as an owner or an admin:"</p>
            <Snippet id="example-sign-in" label="Example: sign in" text=sign_in />
            <p>"2. Create a token. Its secret is in the response, and is not shown again:"</p>
            <Snippet id="example-token" label="Example: create a token" text=make />
            <p>"3. Send the token with each request:"</p>
            <Snippet id="example-request" label="Example: send a token" text=call />
            <p>{prose("Browsers send the cookie of the sign-in instead. A request that changes something then also needs the header `x-deskbell: 1`, and must come from a page of this server. Requests about your own account, about tokens and about the platform need a sign-in: a token is refused there.")}</p>
        </section>
        <section id="refusals">
            <h2>"Errors"</h2>
            <p>{prose("The body of every error is an `ErrorBody`. Programs read `code` (`ErrorCode` lists all codes and says when to retry). `message` is a text for people. `fields` has a message for each invalid field.")}</p>
            <Snippet id="example-error" label="Example: an error" text=refused />
            <p>{prose("Objects of other workspaces are reported as `404`, not as `403`.")}</p>
        </section>
        <section id="limits">
            <h2>"Limits"</h2>
            <p>{prose("The number of requests from one address is limited. Above the limit the status is `429`: wait for the `retry_after_ms` of the body (the header `retry-after` has it in seconds), then retry. Lists are divided into pages: to get the next page, send the `next_cursor` of the response as `cursor`. The last page has none.")}</p>
        </section>
        <section id="live">
            <h2>"Live messages"</h2>
            <p>{prose("Send and receive messages over a WebSocket, with the same token. The client sends `ClientFrame` objects, the server sends `ServerFrame` objects. Where WebSockets are blocked, the same objects are exchanged with `POST /api/v1/poll`. The file `docs/protocol.md` of the source describes the protocol.")}</p>
            <Snippet id="example-socket" label="The address of the socket" text=socket />
        </section>
    }
    .into_any()
}
