//! Schemas: types as text, fields as a list.

use leptos::prelude::*;

use super::document::{Document, Schema};
use super::prose::{Targets, schema_anchor};

/// A type as text; a named one links to its description.
pub fn kind(schema: &Schema) -> AnyView {
    if let Some(name) = schema.name() {
        let (target, name) = (format!("#{}", schema_anchor(name)), name.to_owned());
        return view! { <a href=target>{name}</a> }.into_any();
    }
    if let Some(items) = &schema.items {
        let plural = is_plain(items).then_some("s");
        return view! { "list of " {kind(items)} {plural} }.into_any();
    }
    if let Some(values) = &schema.additional_properties {
        return view! { "object of " {kind(values)} }.into_any();
    }
    if schema.ways().next().is_some() {
        let ways = schema.ways().enumerate();
        let ways = ways.map(|(at, way)| ((at > 0).then_some(" or "), kind(way)));
        return ways.collect_view().into_any();
    }
    let words = match schema.kinds().as_slice() {
        [] => "anything".to_owned(),
        kinds => kinds.join(" or "),
    };
    match &schema.format {
        Some(format) => format!("{words}, {format}").into_any(),
        None => words.into_any(),
    }
}

/// Whether the type is written as one English word, such as "string".
fn is_plain(schema: &Schema) -> bool {
    let is_word = schema.name().is_none() && schema.items.is_none() && schema.format.is_none();
    let is_word = is_word && schema.additional_properties.is_none();
    is_word && schema.kinds().len() == 1 && schema.ways().next().is_none()
}

/// The constraints of a value beside its type; may be empty.
fn rules(schema: &Schema) -> Vec<AnyView> {
    let between = |least: Option<u64>, most: Option<u64>, what: &str| match (least, most) {
        (Some(least), Some(most)) => Some(format!("{least} to {most} {what}")),
        (Some(least), None) => Some(format!("at least {least} {what}")),
        (None, Some(most)) => Some(format!("at most {most} {what}")),
        (None, None) => None,
    };
    let mut rules: Vec<AnyView> = [
        between(schema.min_length, schema.max_length, "characters"),
        between(schema.min_items, schema.max_items, "of them"),
        match (schema.minimum, schema.maximum) {
            (Some(least), Some(most)) => Some(format!("{least} to {most}")),
            (Some(least), None) => Some(format!("at least {least}")),
            (None, Some(most)) => Some(format!("at most {most}")),
            (None, None) => None,
        },
    ]
    .into_iter()
    .flatten()
    .map(IntoAny::into_any)
    .collect();
    if let Some(pattern) = schema.pattern.clone() {
        rules.push(view! { "matches " <code>{pattern}</code> }.into_any());
    }
    if !schema.words.is_empty() {
        let words = schema.words.iter().map(|word| {
            let word = word
                .as_str()
                .map_or_else(|| word.to_string(), str::to_owned);
            view! { " " <code>{word}</code> }
        });
        let one_of = if schema.words.len() > 1 {
            "one of"
        } else {
            "always"
        };
        rules.push(view! { {one_of} {words.collect_view()} }.into_any());
    }
    rules
}

/// One field or parameter.
pub fn field(
    name: &str,
    schema: &Schema,
    description: &str,
    note: String,
    targets: &Targets,
) -> AnyView {
    let rules = rules(schema).into_iter();
    let rules = rules.map(|rule| view! { " · " {rule} });
    let note = (!note.is_empty()).then(|| view! { " · " {note} });
    let description = match description {
        "" => schema
            .ways()
            .map(|way| way.description.as_str())
            .find(|it| !it.is_empty()),
        said => Some(said),
    };
    view! {
        <div class="api-field">
            <dt><code class="name">{name.to_owned()}</code></dt>
            <dd>
                <p class="kind">{kind(schema)} {note} {rules.collect_view()}</p>
                {description.map(|text| view! { <p>{targets.prose(text)}</p> })}
            </dd>
        </div>
    }
    .into_any()
}

/// The fields of an object, or of each of its variants.
pub fn shape(schema: &Schema, targets: &Targets) -> AnyView {
    if schema.is_sum() {
        let ways = schema.ways().map(|way| {
            view! {
                <li>
                    <p>{title(way)} " " {targets.prose(&way.description)}</p>
                    {fields(way, targets)}
                </li>
            }
        });
        return view! { <ul class="ways">{ways.collect_view()}</ul> }.into_any();
    }
    if schema.properties.is_empty() {
        let rules = rules(schema).into_iter();
        let rules = rules.map(|rule| view! { " · " {rule} });
        return view! { <p class="kind">{kind(schema)} {rules.collect_view()}</p> }.into_any();
    }
    fields(schema, targets)
}

/// The title of a variant: its tag, or its one constant field.
fn title(way: &Schema) -> AnyView {
    let told = |schema: &Schema| match schema.words.as_slice() {
        [word] => word.as_str().map(str::to_owned),
        _ => None,
    };
    let word = told(way).or_else(|| way.properties.values().find_map(told));
    match word {
        Some(word) => view! { <code class="name">{word}</code> }.into_any(),
        None => kind(way),
    }
}

fn fields(schema: &Schema, targets: &Targets) -> AnyView {
    let fields = schema.fields().into_iter();
    let fields: Vec<_> = fields
        .map(|(name, schema, required)| {
            let note = if required { "required" } else { "" };
            field(name, schema, &schema.description, note.to_owned(), targets)
        })
        .collect();
    if fields.is_empty() {
        return ().into_any();
    }
    view! { <dl class="api-fields">{fields}</dl> }.into_any()
}

/// All schemas, each with its anchor.
pub fn schemas(document: &Document, targets: &Targets) -> AnyView {
    let schemas = document.components.schemas.iter().map(|(name, schema)| {
        let (id, name) = (schema_anchor(name), name.clone());
        view! {
            <article class="schema" id=id>
                <h3>{name}</h3>
                {(!schema.description.is_empty()).then(|| view! { <p>{targets.prose(&schema.description)}</p> })}
                {shape(schema, targets)}
            </article>
        }
    });
    schemas.collect_view().into_any()
}
