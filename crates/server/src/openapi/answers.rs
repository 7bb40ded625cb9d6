//! Completes the operations of the API description: the refusals that follow from their inputs, a
//! unique name, and a description of each answer.
//!
//! A handler declares [`Refusals`](super::refusals::Refusals) for the common ones. Specific ones
//! (`409` and `410`, `404` without an id in the path) it declares itself.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, ResponseBuilder};

use super::limit;
use super::refusals::ANY_REFUSAL;

/// Status, name and description.
const REFUSALS: [(&str, &str, &str); 10] = [
    (
        "400",
        "BadRequest",
        "The body is not valid JSON, or a field is missing or has the wrong type",
    ),
    (
        "401",
        "Unauthenticated",
        "Not signed in, or the token has expired",
    ),
    (
        "403",
        "Forbidden",
        "Not allowed by the role, the token's scopes, a limit of the workspace, a suspension or a block; or the request did not come from a page of this server",
    ),
    ("404", "NotFound", "Not found, or not visible to you"),
    ("408", "TimedOut", "The request took too long"),
    ("413", "TooLarge", "The body is larger than the limit"),
    (
        "422",
        "Invalid",
        "A value is invalid; `fields` says which one",
    ),
    (
        "429",
        "RateLimited",
        "Too many requests; wait for `retry_after_ms`, then retry",
    ),
    ("500", "Internal", "Server error; try again"),
    (
        "503",
        "Unavailable",
        "The database is not available, or the server is down for maintenance; try again later",
    ),
];

/// Completes every operation.
pub(super) fn complete(description: &mut OpenApi) {
    let components = description.components.get_or_insert_default();
    for (status, name, what) in REFUSALS {
        let refusal = refusal(status, what).into();
        components.responses.insert(name.to_owned(), refusal);
    }
    for (path, item) in &mut description.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("delete", &mut item.delete),
            ("patch", &mut item.patch),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                operation.operation_id = Some(name(method, path));
                say_refusals(operation);
                say_words(operation);
            }
        }
    }
}

/// A unique operation id, as in `patch_sites_id`: handlers of different resources have equal names.
fn name(method: &str, path: &str) -> String {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let words = path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words.fold(method.to_owned(), |name, word| format!("{name}_{word}"))
}

fn say_refusals(operation: &mut Operation) {
    if operation.responses.responses.remove(ANY_REFUSAL).is_none() {
        return;
    }
    for (status, name) in refusals(operation) {
        let said = operation.responses.responses.entry(status.to_owned());
        said.or_insert_with(|| Ref::new(format!("#/components/responses/{name}")).into());
    }
}

/// The refusals that follow from the inputs of an operation: their status and their name in
/// [`REFUSALS`].
fn refusals(operation: &Operation) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let takes = |location: ParameterIn| parameters(operation).any(|it| it.parameter_in == location);
    let body = operation.request_body.as_ref();
    let is_json = body.is_some_and(|body| match body {
        RefOr::T(body) => body.content.contains_key("application/json"),
        RefOr::Ref(_) => true,
    });
    let takes_fields = is_json || takes(ParameterIn::Query);
    let mut ways = operation.security.iter().flatten();
    let asks_who = ways.any(|way| *way != SecurityRequirement::default());
    let takes_body = body.is_some();
    let names_something = takes(ParameterIn::Path);
    let refusals = REFUSALS.iter().filter(move |(status, _, _)| match *status {
        "400" => takes_fields,
        "401" => asks_who,
        "404" => names_something,
        "413" => takes_body,
        "422" => takes_fields || takes_body,
        _ => true,
    });
    refusals.map(|(status, name, _)| (*status, *name))
}

fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    let all = operation.parameters.iter().flatten();
    all.filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    })
}

/// The response that operations refer to.
fn refusal(status: &str, what: &str) -> Response {
    let body = Content::new(Some(Ref::from_schema_name("ErrorBody")));
    let mut response = ResponseBuilder::new().description(what);
    response = response.content("application/json", body);
    if status == "429" {
        let seconds = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .description(Some("Seconds until it may succeed"));
        let header = HeaderBuilder::new().schema(Some(seconds)).build();
        response = response.header("retry-after", header);
    }
    response.build()
}

/// Adds a description to every answer without one.
fn say_words(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        if response.description.is_empty() {
            response.description = match status.as_str() {
                "201" => "Created",
                "202" => "Accepted: it happens in a moment",
                "204" => "Done",
                _ => "Success",
            }
            .to_owned();
        }
    }
}

/// Replaces rustdoc's notation for numbers and types by text for readers without rustdoc.
pub(super) fn without_rustdoc(text: &str) -> String {
    let mut parts = text.split("[`");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once("`]") {
            Some((name, rest)) => {
                plain += &spelled(name);
                plain += rest;
            }
            None => {
                plain += "[`";
                plain += part;
            }
        }
    }
    plain
}

fn spelled(name: &str) -> String {
    let last = name.rsplit("::").next().unwrap_or(name);
    match limit(last) {
        Some((number, unit)) => format!("{number}{unit}"),
        None if name.starts_with("crate::") => format!("`{last}`"),
        None => format!("`{name}`"),
    }
}
