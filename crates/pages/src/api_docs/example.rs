//! Example calls of operations, for a shell.

use serde_json::{Map, Value, json};

use super::document::{Document, Operation, Schema};

/// The depth of nested values in an example.
const DEPTH: usize = 4;

/// The arguments of `curl`. `$DESKBELL_TOKEN` is an API token, `cookies.txt` a session.
pub fn curl(
    document: &Document,
    origin: &str,
    method: &str,
    path: &str,
    operation: &Operation,
) -> String {
    let path = path
        .split('/')
        .map(|segment| match segment.strip_prefix('{') {
            Some(name) => name.trim_end_matches('}').to_uppercase(),
            None => segment.to_owned(),
        });
    let path = path.collect::<Vec<_>>().join("/");
    let verb = match method {
        "get" => String::new(),
        _ => format!("-X {} ", method.to_uppercase()),
    };
    let mut parts = vec![format!("curl {verb}'{origin}{path}'")];
    let by = |scheme: &str| {
        operation
            .security
            .iter()
            .any(|way| way.contains_key(scheme))
    };
    if by("bearer") {
        parts.push("-H \"authorization: Bearer $DESKBELL_TOKEN\"".to_owned());
    } else if by("session") {
        parts.push("-b cookies.txt".to_owned());
    }
    if method != "get" && !by("bearer") {
        parts.push("-H 'x-deskbell: 1'".to_owned());
    }
    if let Some((kind, content)) = operation
        .request_body
        .as_ref()
        .and_then(|body| body.content.first_key_value())
    {
        parts.push(format!("-H 'content-type: {kind}'"));
        parts.push(match kind.as_str() {
            "application/json" => format!("-d '{}'", sample(document, &content.schema, "", DEPTH)),
            _ => "--data-binary @FILE".to_owned(),
        });
    }
    parts.join(" \\\n  ")
}

/// A body with its required fields; if there are none, with all fields.
fn sample(document: &Document, schema: &Schema, name: &str, depth: usize) -> Value {
    let schema = document.resolve(schema);
    if let Some(word) = schema.words.first() {
        return word.clone();
    }
    if let Some(way) = schema.ways().next() {
        return sample(document, way, name, depth);
    }
    if let Some(items) = &schema.items {
        return json!([sample(document, items, name, depth)]);
    }
    match schema.kinds().first() {
        Some(&"object") if depth > 0 => {
            let all = schema.required.is_empty();
            let fields = schema.properties.iter();
            let fields = fields.filter(|(name, _)| all || schema.required.contains(name));
            let fields = fields
                .map(|(name, field)| (name.clone(), sample(document, field, name, depth - 1)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Some(&"object") => json!({}),
        Some(&"integer" | &"number") => json!(1),
        Some(&"boolean") => json!(true),
        _ => json!(name.to_uppercase()),
    }
}
