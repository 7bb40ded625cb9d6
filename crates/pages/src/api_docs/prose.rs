//! Descriptions as HTML: text in backticks becomes code, with a link to the schema or operation
//! that it names.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::document::Document;

/// The link targets of names in backticks.
#[derive(Default)]
pub struct Targets(BTreeMap<String, String>);

impl Targets {
    pub fn of(document: &Document) -> Self {
        let schemas = document.components.schemas.keys();
        let schemas = schemas.map(|name| (name.clone(), format!("#{}", schema_anchor(name))));
        let operations = document.paths.iter().flat_map(|(path, methods)| {
            methods.iter().map(move |(method, operation)| {
                let said = format!("{} {path}", method.to_uppercase());
                (said, format!("#{}", operation.operation_id))
            })
        });
        Self(schemas.chain(operations).collect())
    }

    /// Renders a description.
    pub fn prose(&self, text: &str) -> AnyView {
        let parts = text.split('`').enumerate().map(|(at, part)| {
            // Comments contain line breaks, which a page does not need.
            let part = part.replace('\n', " ");
            match at % 2 {
                0 => part.into_any(),
                _ => self.code(part),
            }
        });
        parts.collect_view().into_any()
    }

    fn code(&self, word: String) -> AnyView {
        match self.0.get(&word) {
            Some(target) => {
                let target = target.clone();
                view! { <a href=target><code>{word}</code></a> }.into_any()
            }
            None => view! { <code>{word}</code> }.into_any(),
        }
    }
}

/// The anchor of a schema.
pub fn schema_anchor(name: &str) -> String {
    format!("schema-{name}")
}
