//! Sentences of the description: what stands in backticks is code, and leads to the schema or the
//! operation that it names.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::document::Document;

/// Where a word in backticks leads.
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

    /// A sentence or several.
    pub fn prose(&self, text: &str) -> AnyView {
        let parts = text.split('`').enumerate().map(|(at, part)| {
            // Comments are broken into lines; a page breaks them anew.
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

/// Where the schema stands on the page.
pub fn schema_anchor(name: &str) -> String {
    format!("schema-{name}")
}
