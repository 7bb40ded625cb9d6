//! The part of the API description that the page shows.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// `docs/openapi.json`.
#[derive(Deserialize)]
pub struct Document {
    pub info: Info,
    pub tags: Vec<Tag>,
    /// By path, then by method.
    pub paths: BTreeMap<String, BTreeMap<String, Operation>>,
    pub components: Components,
}

#[derive(Deserialize)]
pub struct Info {
    pub description: String,
    pub version: String,
}

#[derive(Deserialize)]
pub struct Tag {
    pub name: String,
    #[serde(default)]
    pub description: String,
}

#[derive(Deserialize)]
pub struct Components {
    pub schemas: BTreeMap<String, Schema>,
    pub responses: BTreeMap<String, Message>,
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
pub struct Operation {
    pub tags: Vec<String>,
    pub summary: String,
    pub description: String,
    pub operation_id: String,
    pub parameters: Vec<Parameter>,
    pub request_body: Option<Message>,
    pub responses: BTreeMap<String, Message>,
    /// The accepted security schemes, each with the scopes that it needs; one of them is
    /// sufficient.
    pub security: Vec<BTreeMap<String, Vec<String>>>,
}

#[derive(Deserialize)]
pub struct Parameter {
    pub name: String,
    #[serde(rename = "in")]
    pub place: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub schema: Schema,
}

/// The body of a request or an answer.
#[derive(Deserialize)]
pub struct Message {
    #[serde(rename = "$ref")]
    reference: Option<String>,
    #[serde(default)]
    pub description: String,
    /// The content by media type.
    #[serde(default)]
    pub content: BTreeMap<String, Content>,
}

#[derive(Deserialize)]
pub struct Content {
    #[serde(default)]
    pub schema: Schema,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Schema {
    #[serde(rename = "$ref")]
    pub reference: Option<String>,
    #[serde(rename = "type")]
    pub kind: Kind,
    pub format: Option<String>,
    pub description: String,
    pub properties: BTreeMap<String, Schema>,
    pub required: Vec<String>,
    pub items: Option<Box<Schema>>,
    pub additional_properties: Option<Box<Schema>>,
    pub one_of: Vec<Schema>,
    #[serde(rename = "enum")]
    pub words: Vec<Value>,
    pub min_length: Option<u64>,
    pub max_length: Option<u64>,
    pub min_items: Option<u64>,
    pub max_items: Option<u64>,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub pattern: Option<String>,
}

/// One type, or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Kind {
    One(String),
    Several(Vec<String>),
}

impl Default for Kind {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Document {
    /// The operations of a tag, in the order of their paths.
    pub fn tagged<'a>(
        &'a self,
        tag: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str, &'a Operation)> {
        let all = self.paths.iter().flat_map(|(path, methods)| {
            let methods = methods.iter();
            methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        });
        all.filter(move |(_, _, operation)| operation.tags.iter().any(|it| it == tag))
    }

    /// The schema, or the one that it refers to.
    pub fn resolve<'a>(&'a self, schema: &'a Schema) -> &'a Schema {
        let named = schema
            .name()
            .and_then(|name| self.components.schemas.get(name));
        named.unwrap_or(schema)
    }

    /// The answer, or the one that it refers to.
    pub fn answer<'a>(&'a self, answer: &'a Message) -> &'a Message {
        let reference = answer.reference.as_deref();
        let name = reference.and_then(|it| it.strip_prefix("#/components/responses/"));
        let named = name.and_then(|name| self.components.responses.get(name));
        named.unwrap_or(answer)
    }
}

impl Schema {
    /// The name of the schema that this one refers to.
    pub fn name(&self) -> Option<&str> {
        let reference = self.reference.as_deref()?;
        reference.strip_prefix("#/components/schemas/")
    }

    /// The possible types, without `null`.
    pub fn kinds(&self) -> Vec<&str> {
        let kinds = match &self.kind {
            Kind::One(kind) => std::slice::from_ref(kind),
            Kind::Several(kinds) => kinds,
        };
        let kinds = kinds.iter().map(String::as_str);
        kinds.filter(|kind| *kind != "null").collect()
    }

    /// The possible variants, without `null`.
    pub fn ways(&self) -> impl Iterator<Item = &Schema> {
        let ways = self.one_of.iter();
        ways.filter(|way| !matches!(&way.kind, Kind::One(kind) if kind == "null"))
    }

    /// Whether every variant is distinguished by its fields or its tag.
    pub fn is_sum(&self) -> bool {
        self.ways().count() > 1
    }

    /// The fields, the required ones first.
    pub fn fields(&self) -> Vec<(&str, &Schema, bool)> {
        let fields = self.properties.iter();
        let mut fields: Vec<_> = fields
            .map(|(name, schema)| (name.as_str(), schema, self.required.contains(name)))
            .collect();
        fields.sort_by_key(|(_, _, required)| !required);
        fields
    }
}
