//! One operation: its permission, its inputs, its responses and an example.

use leptos::prelude::*;

use super::document::{Document, Message, Operation};
use super::example::curl;
use super::prose::Targets;
use super::schema::{field, kind, shape};
use crate::layout::Snippet;

/// The common data of all operations of a page.
pub struct Book {
    pub document: Document,
    pub targets: Targets,
    /// The origin of this installation, for examples.
    pub origin: String,
}

/// Method and path, for headings and the table of contents.
pub fn signature(method: &str, path: &str) -> AnyView {
    let class = format!("method method-{method}");
    let (method, path) = (method.to_uppercase(), path.to_owned());
    view! { <span class=class>{method}</span> " " <code class="path">{path}</code> }.into_any()
}

pub fn operation(book: &Book, method: &str, path: &str, operation: &Operation) -> AnyView {
    let Book {
        document,
        targets,
        origin,
    } = book;
    let id = operation.operation_id.clone();
    let example = curl(document, origin, method, path, operation);
    let (example_id, example_of) = (
        format!("example-{id}"),
        format!("Example: {} {path}", method.to_uppercase()),
    );
    let description = &operation.description;
    view! {
        <article class="operation" id=id>
            <h3>{signature(method, path)}</h3>
            <p>{targets.prose(&operation.summary)}</p>
            {(!description.is_empty()).then(|| view! { <p>{targets.prose(description)}</p> })}
            <p class="who">{who(operation)}</p>
            {parameters(operation, targets)}
            {operation.request_body.as_ref().map(|body| view! {
                <h4>"Body"</h4>
                {carried(body, targets)}
                {body.content.values().next().map(|content| shape(document.resolve(&content.schema), targets))}
            })}
            {responses(book, operation)}
            <h4>"Example"</h4>
            <Snippet id=example_id label=example_of text=example />
        </article>
    }
    .into_any()
}

/// The permission of an operation, from its security schemes.
fn who(operation: &Operation) -> AnyView {
    let ways = operation
        .security
        .iter()
        .map(|way| match way.first_key_value() {
            None => "everyone".into_any(),
            Some((scheme, scopes)) if scheme == "bearer" => {
                let scopes = scopes.iter().cloned();
                let scopes = scopes.map(|scope| view! { " " <code>{scope}</code> });
                view! { "tokens with the scope" {scopes.collect_view()} }.into_any()
            }
            Some(_) => "signed-in users".into_any(),
        });
    let ways = ways.enumerate();
    let ways = ways.map(|(at, way)| ((at > 0).then_some(", or "), way));
    view! { "Access: " {ways.collect_view()} }.into_any()
}

fn parameters(operation: &Operation, targets: &Targets) -> AnyView {
    if operation.parameters.is_empty() {
        return ().into_any();
    }
    let all = operation.parameters.iter().map(|it| {
        let needed = if it.required { ", required" } else { "" };
        let note = format!("in the {}{needed}", it.place);
        field(&it.name, &it.schema, &it.description, note, targets)
    });
    view! {
        <h4>"Parameters"</h4>
        <dl class="api-fields">{all.collect_view()}</dl>
    }
    .into_any()
}

/// Media type, schema and description.
fn carried(message: &Message, targets: &Targets) -> AnyView {
    let contents = message
        .content
        .iter()
        .enumerate()
        .map(|(at, (media, content))| {
            let is_text = content.schema.name().is_none() && content.schema.kinds().is_empty();
            let kind = (!is_text).then(|| view! { ": " {kind(&content.schema)} });
            view! { {(at > 0).then_some(", or ")} <code>{media.clone()}</code> {kind} }
        });
    let description = (!message.description.is_empty())
        .then(|| view! { <p>{targets.prose(&message.description)}</p> });
    let has_content = !message.content.is_empty();
    let contents = has_content.then(|| view! { <p class="kind">{contents.collect_view()}</p> });
    view! { {description} {contents} }.into_any()
}

/// Successful responses in full; errors collapsed, because most of them are the same everywhere.
fn responses(book: &Book, operation: &Operation) -> AnyView {
    let targets = &book.targets;
    let list = |errors: bool| {
        let all = operation.responses.iter();
        let all = all.filter(|(status, _)| status.starts_with(['4', '5']) == errors);
        all.map(|(status, message)| {
            let message = book.document.answer(message);
            let content = match errors {
                true => view! { <p>{targets.prose(&message.description)}</p> }.into_any(),
                false => carried(message, targets),
            };
            view! {
                <div class="api-field">
                    <dt><code class="name">{status.clone()}</code></dt>
                    <dd>{content}</dd>
                </div>
            }
        })
        .collect::<Vec<_>>()
    };
    let errors = operation.responses.keys();
    let errors: Vec<_> = errors
        .filter(|status| status.starts_with(['4', '5']))
        .map(String::as_str)
        .collect();
    let fold = (!errors.is_empty()).then(|| {
        view! {
            <details class="api-errors">
                <summary>{format!("Errors: {}", errors.join(", "))}</summary>
                <dl class="api-fields">{list(true)}</dl>
            </details>
        }
    });
    view! {
        <h4>"Responses"</h4>
        <dl class="api-fields">{list(false)}</dl>
        {fold}
    }
    .into_any()
}
